// What the benchmark passes on; `settings` are Kafka's own names.

package bench;

import java.util.Map;

public record Options(
    String brokers,
    String group,
    String input,
    String output,
    String workload,
    int inputSchemaId,
    int outputSchemaId,
    Map<String, String> settings) {}
