// What is done with a record, as a user of Kafka Streams writes it. The outputs are those of every other side.

package bench;

import bench.avro.EnrichedOrder;
import java.util.List;
import java.util.function.Function;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Produced;

final class Workloads {
  static Topology topology(Options options) {
    return switch (options.workload()) {
      case "json-enrich" -> mapped(options, Json.of(Order.class), Json.of(Enriched.class), Workloads::enrich);
      case "avro-enrich" -> mapped(
          options,
          Avro.of(bench.avro.Order.class, options.inputSchemaId()),
          Avro.of(EnrichedOrder.class, options.outputSchemaId()),
          Workloads::enrichAvro);
      case "pass-through", "pass-through-100", "pass-through-10k" -> bytes(options, stream -> stream);
      case "filter" -> bytes(options, stream -> stream.filter((key, value) -> isHundredth(value)));
      case "fan-out" -> bytes(options, stream -> stream.flatMapValues(value -> List.of(value, value, value)));
      default -> throw new IllegalArgumentException("no such workload: " + options.workload());
    };
  }

  private static <In, Out> Topology mapped(
      Options options, Serde<In> input, Serde<Out> output, Function<In, Out> compute) {
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(options.input(), Consumed.with(Serdes.String(), input))
        .mapValues(
            value -> {
              Side.begin();
              return compute.apply(value);
            })
        .to(options.output(), Produced.with(Serdes.String(), output));
    return builder.build();
  }

  private static Topology bytes(
      Options options, Function<KStream<byte[], byte[]>, KStream<byte[], byte[]>> compute) {
    StreamsBuilder builder = new StreamsBuilder();
    KStream<byte[], byte[]> stream =
        builder.stream(options.input(), Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
            .peek((key, value) -> Side.begin());
    compute.apply(stream).to(options.output(), Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));
    return builder.build();
  }

  private static Enriched enrich(Order order) {
    double unitCents = (double) order.cents() / order.quantity();
    return new Enriched(
        order.orderId(), order.customerId(), order.date(), order.quantity(), order.cents(), unitCents);
  }

  private static EnrichedOrder enrichAvro(bench.avro.Order order) {
    double unitCents = (double) order.getCents() / order.getQuantity();
    return new EnrichedOrder(
        order.getOrderId(),
        order.getCustomerId(),
        order.getDate(),
        order.getQuantity(),
        order.getCents(),
        unitCents);
  }

  /** Whether the order's id, the first number in its JSON, ends in 00. */
  private static boolean isHundredth(byte[] json) {
    int comma = 0;
    while (json[comma] != ',') comma++;
    return json[comma - 1] == '0' && json[comma - 2] == '0';
  }

  record Order(int orderId, String customerId, String date, int quantity, long cents) {}

  record Enriched(int orderId, String customerId, String date, int quantity, long cents, double unitCents) {}
}
