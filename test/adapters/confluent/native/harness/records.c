// What goes through the lane: as it was sent, in pieces that columns can hold, or not at all.

#include <string.h>
#include <unistd.h>

#include "consume.h"
#include "harness.h"
#include "produce.h"

typedef struct {
  rd_kafka_conf_t *conf;
  rd_kafka_t *rk;
  lane_client *client;
} one;

static one opened(rd_kafka_type_t type, const char *const *settings) {
  uint32_t mark;
  one made_one = {.conf = configured(&mark, settings)};
  made_one.rk = made(type, made_one.conf);
  made_one.client = client_find(mark);
  MUST(made_one.client != NULL && client_enter(made_one.client));
  return made_one;
}

static void closed(one it) {
  client_leave(it.client);
  client_close(it.client);
  rd_kafka_destroy(it.rk);
  rd_kafka_conf_destroy(it.conf);
  client_release(it.client);
}

static one producer(const char *topic) {
  const char *const settings[] = {"bootstrap.servers", brokers, "linger.ms", "5", NULL};
  one it = opened(RD_KAFKA_PRODUCER, settings);
  lane_refusal refusal;
  const char *const topics[] = {topic};
  MUST(lane_set_topics(it.client, topics, 1, &refusal));
  // And once more: what was set before is let go.
  MUST(lane_set_topics(it.client, topics, 1, &refusal));
  return it;
}

static one consumer(const char *topic) {
  const char *const settings[] = {"bootstrap.servers", brokers,    "group.id",           "records",
                                  "auto.offset.reset", "earliest", "enable.partition.eof", "true", NULL};
  one it = opened(RD_KAFKA_CONSUMER, settings);
  MUST(client_read(it.client) && client_read(it.client));
  rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(all, topic, 0)->offset = 0;
  MUST(rd_kafka_assign(it.rk, all) == RD_KAFKA_RESP_ERR_NO_ERROR);
  rd_kafka_topic_partition_list_destroy(all);
  return it;
}

static const double *offsets_of(const lane_batch *batch) { return (const double *)batch->block; }

static const int32_t *ranges_of(const lane_batch *batch, int column) {
  return (const int32_t *)(batch->block + 16 * (size_t)batch->length) + (size_t)column * batch->length;
}

static const uint8_t *bytes_of(const lane_batch *batch) { return batch->block + 40 * (size_t)batch->length; }

void records_come_as_they_went(void) {
  // A name and a value, a name whose value is null, an empty value.
  static const uint8_t bytes[] = "keyvalue\0\0\0\1a\0\0\0\1x\0\0\0\1b\377\377\377\377\0\0\0\1a\0\0\0\0";
  const int32_t size = (int32_t)sizeof bytes - 1, headers = 8;
  const int32_t topic[] = {0, 0, 0}, partition[] = {0, 0, 0};
  const double timestamp[] = {1000, 2000, 3000};
  const int32_t key_start[] = {0, -1, 0}, key_end[] = {3, -1, 0};
  const int32_t value_start[] = {3, -1, 0}, value_end[] = {8, -1, 0};
  const int32_t headers_start[] = {headers, 0, -1}, headers_end[] = {size, 0, -1};
  uint8_t *exact = malloc((size_t)size);  // so that one byte too far is seen
  memcpy(exact, bytes, (size_t)size);
  const lane_outputs outputs = {exact,   (size_t)size, 3,           topic,     partition,     timestamp,
                                key_start, key_end,    value_start, value_end, headers_start, headers_end};
  one to = producer("round");
  lane_refusal refusal;
  MUST(lane_produce(to.client, &outputs, 0, &refusal));
  free(exact);
  MUST(rd_kafka_flush(to.rk, 10000) == RD_KAFKA_RESP_ERR_NO_ERROR);
  MUST(atomic_load(&to.client->acknowledged) == 3 && atomic_load(&to.client->refused) == 0);

  one from = consumer("round");
  uint32_t seen = 0;
  bool is_at_end = false;
  while (!is_at_end) {
    lane_taken taken;
    MUST(lane_consume(from.client, 2, 1000, &taken));
    for (size_t i = 0; i < taken.batch_count; i++) {
      const lane_batch *batch = &taken.batches[i];
      MUST(strcmp(batch->topic, "round") == 0 && batch->partition == 0);
      MUST(batch->position == (int64_t)offsets_of(batch)[batch->length - 1] + 1);
      for (uint32_t at = 0; at < batch->length; at++, seen++) {
        MUST(offsets_of(batch)[at] == seen && offsets_of(batch)[batch->length + at] == timestamp[seen]);
        const int32_t from_key = ranges_of(batch, 0)[at], to_key = ranges_of(batch, 1)[at];
        const int32_t from_value = ranges_of(batch, 2)[at], to_value = ranges_of(batch, 3)[at];
        const int32_t from_headers = ranges_of(batch, 4)[at], to_headers = ranges_of(batch, 5)[at];
        MUST((from_key < 0) == (key_start[seen] < 0) && (from_value < 0) == (value_start[seen] < 0));
        MUST(to_key - from_key == key_end[seen] - key_start[seen]);
        MUST(to_value - from_value == value_end[seen] - value_start[seen]);
        if (seen != 0) MUST(from_headers == to_headers);
        if (seen != 0) continue;
        MUST(memcmp(bytes_of(batch) + from_key, "key", 3) == 0 && memcmp(bytes_of(batch) + from_value, "value", 5) == 0);
        MUST(to_headers - from_headers == size - headers);
        MUST(memcmp(bytes_of(batch) + from_headers, bytes + headers, (size_t)(size - headers)) == 0);
      }
    }
    for (size_t i = 0; i < taken.notice_count; i++) {
      MUST(taken.notices[i].code == RD_KAFKA_RESP_ERR__PARTITION_EOF && strcmp(taken.notices[i].topic, "round") == 0);
      MUST(taken.notices[i].partition == 0 && taken.notices[i].offset == 3);
      is_at_end = true;
    }
    lane_taken_free(&taken);
  }
  MUST(seen == 3);
  closed(from);
  closed(to);
}

/** Built with a limit of LANE_BATCH_BYTES_MAX that a test can reach. */
void batches_that_are_too_large_are_split(void) {
  enum { count = 10, too_large = LANE_BATCH_BYTES_MAX + 1 };
  static uint8_t bytes[too_large];
  int32_t zero[count] = {0}, none[count], end[count];
  double now[count];
  for (int i = 0; i < count; i++) none[i] = -1, end[i] = LANE_BATCH_BYTES_MAX / 3, now[i] = 1;
  end[count - 1] = too_large;
  const lane_outputs outputs = {bytes, sizeof bytes, count, zero, zero, now, none, none, zero, end, none, none};
  one to = producer("split");
  lane_refusal refusal;
  MUST(lane_produce(to.client, &outputs, 0, &refusal));
  MUST(rd_kafka_flush(to.rk, 10000) == RD_KAFKA_RESP_ERR_NO_ERROR);
  closed(to);

  one from = consumer("split");
  // All are in the client's queue after a while; of nine records three make a batch.
  sleep(1);
  lane_taken taken;
  MUST(lane_consume(from.client, count - 1, 5000, &taken));
  MUST(taken.batch_count == 3);
  for (size_t i = 0; i < 3; i++) {
    MUST(taken.batches[i].length == 3 && offsets_of(&taken.batches[i])[0] == 3.0 * (double)i);
    MUST(taken.batches[i].position == (i == 2 ? count - 1 : -1));
  }
  lane_taken_free(&taken);
  MUST(!lane_consume(from.client, 1, 5000, &taken));
  MUST(strstr(taken.failure, "the record at offset 9 of split/0 is of ") == taken.failure);
  lane_taken_free(&taken);
  closed(from);
}

void columns_that_are_wrong_are_refused(int times) {
  one to = producer("wrong");
  enum { size = 64 };
  uint8_t *bytes = malloc(size);
  for (int i = 0; i < times; i++) {
    // Mostly small numbers of four bytes, as lengths are: much of it is nearly well formed.
    for (size_t at = 0; at < size; at++) bytes[at] = (uint8_t)(chosen(16) == 0 ? chosen(256) : at % 4 == 3 ? chosen(24) : 0);
    int32_t parts[6];
    for (int at = 0; at < 6; at++) parts[at] = chosen(8) == 0 ? (int32_t)(chosen(1u << 31) * 2) : (int32_t)chosen(size + 2) - 1;
    const int32_t topic = (int32_t)chosen(3) - 1, partition = (int32_t)chosen(4) - 1;
    const double timestamp = chosen(4) == 0 ? (double)chosen(1000) * 1e300 : (double)chosen(1000);
    const lane_outputs outputs = {bytes,     size,      1,         &topic,    &partition, &timestamp,
                                  &parts[0], &parts[1], &parts[2], &parts[3], &parts[4],  &parts[5]};
    lane_refusal refusal;
    if (!lane_produce(to.client, &outputs, 0, &refusal)) MUST(refusal.code != 0 && refusal.text[0] != 0);
  }
  free(bytes);
  rd_kafka_flush(to.rk, 10000);
  closed(to);
}
