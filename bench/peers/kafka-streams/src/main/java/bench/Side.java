// Kafka Streams as a side of the benchmark: gets its options as one JSON argument, says when the first record is in hand,
// works until its standard input ends, and gives its result as one line of JSON.

package bench;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;

public final class Side {
  /** The first record is in hand. Read by each record, so it is no volatile: a second look under the lock decides. */
  private static boolean hasBegun = false;

  public static void main(String[] args) throws IOException {
    Options options =
        new ObjectMapper()
            .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false)
            .readValue(args[0], Options.class);
    KafkaStreams streams = new KafkaStreams(Workloads.topology(options), settings(options));
    streams.setUncaughtExceptionHandler(
        error -> {
          error.printStackTrace();
          Runtime.getRuntime().halt(1);
          return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    streams.start();
    while (System.in.read() >= 0) {}
    long transactions = commits(streams);
    streams.close(Duration.ofSeconds(30));
    streams.cleanUp();
    System.out.println("{\"transactions\":" + transactions + "}");
  }

  static void begin() {
    if (!hasBegun) sayBegun();
  }

  private static synchronized void sayBegun() {
    if (hasBegun) return;
    hasBegun = true;
    System.out.println("{\"began\":true}");
  }

  private static Properties settings(Options options) {
    Properties settings = new Properties();
    settings.put("application.id", options.group());
    settings.put("bootstrap.servers", options.brokers());
    settings.put("state.dir", System.getProperty("java.io.tmpdir") + "/processor-bench-streams");
    settings.put("replication.factor", 1);
    settings.put("auto.offset.reset", "earliest");
    settings.putAll(options.settings());
    return settings;
  }

  /** With exactly-once each commit of a thread is one transaction. */
  private static long commits(KafkaStreams streams) {
    return streams.metrics().values().stream()
        .filter(metric -> metric.metricName().name().equals("commit-total"))
        .filter(metric -> metric.metricName().group().equals("stream-thread-metrics"))
        .mapToLong(metric -> ((Double) metric.metricValue()).longValue())
        .sum();
  }
}
