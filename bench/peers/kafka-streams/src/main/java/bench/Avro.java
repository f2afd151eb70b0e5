// Avro by classes that its Maven plugin generated, in the wire format of schema registries: a zero, the schema's id in four
// bytes, the value. The ids are known, so no registry is asked.

package bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

final class Avro {
  private static final int headerBytes = 5;

  static <T extends SpecificRecord> Serde<T> of(Class<T> type, int schemaId) {
    return Serdes.serdeFrom(new Writer<>(type, schemaId)::write, new Reader<>(type)::read);
  }

  /** Serdes are shared by all threads of a program: what is used again belongs to one of them. */
  private static final class Reader<T extends SpecificRecord> {
    private final ThreadLocal<SpecificDatumReader<T>> reader;
    private final ThreadLocal<BinaryDecoder> decoder = new ThreadLocal<>();

    Reader(Class<T> type) {
      reader = ThreadLocal.withInitial(() -> new SpecificDatumReader<>(type));
    }

    T read(String topic, byte[] bytes) {
      try {
        BinaryDecoder again =
            DecoderFactory.get()
                .binaryDecoder(bytes, headerBytes, bytes.length - headerBytes, decoder.get());
        decoder.set(again);
        return reader.get().read(null, again);
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    }
  }

  private static final class Writer<T extends SpecificRecord> {
    private final byte[] header;
    private final ThreadLocal<SpecificDatumWriter<T>> writer;
    private final ThreadLocal<BinaryEncoder> encoder = new ThreadLocal<>();

    Writer(Class<T> type, int schemaId) {
      header = ByteBuffer.allocate(headerBytes).put((byte) 0).putInt(schemaId).array();
      writer = ThreadLocal.withInitial(() -> new SpecificDatumWriter<>(type));
    }

    byte[] write(String topic, T value) {
      try {
        ByteArrayOutputStream out = new ByteArrayOutputStream(128);
        out.write(header);
        BinaryEncoder again = EncoderFactory.get().directBinaryEncoder(out, encoder.get());
        encoder.set(again);
        writer.get().write(value, again);
        return out.toByteArray();
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    }
  }
}
