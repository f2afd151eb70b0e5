// See consume.h. Messages are copied and destroyed within one call: one that is kept makes the client's destruction hang.

#include "consume.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Starts and ends are int32. */
#ifndef LANE_BATCH_BYTES_MAX
#define LANE_BATCH_BYTES_MAX INT32_MAX
#endif

/** Where a message goes: which batch, and what its headers take there. */
typedef struct {
  uint32_t batch;
  size_t headers_size;
} place;

/** A batch while it is measured and filled. */
typedef struct {
  const rd_kafka_topic_t *topic;
  int32_t partition;
  uint32_t length;
  size_t bytes;
  /** Later records of the partition are in another one. */
  bool is_full;
  uint32_t filled;
  size_t at;
  double *offset;
  double *timestamp;
  int32_t *ranges[6];
  uint8_t *data;
} filling;

enum { key_start, key_end, value_start, value_end, headers_start, headers_end };

static const size_t column_bytes = 2 * sizeof(double) + 6 * sizeof(int32_t);

static size_t headers_size(const rd_kafka_message_t *message) {
  rd_kafka_headers_t *headers;
  if (k.rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return 0;
  size_t total = 0;
  const char *name;
  const void *value;
  size_t size;
  for (size_t i = 0; k.rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; i++)
    total += 8 + strlen(name) + (value == NULL ? 0 : size);
  return total;
}

static uint8_t *put_int32(uint8_t *to, int32_t value) {
  const uint32_t bits = (uint32_t)value;
  to[0] = (uint8_t)(bits >> 24);
  to[1] = (uint8_t)(bits >> 16);
  to[2] = (uint8_t)(bits >> 8);
  to[3] = (uint8_t)bits;
  return to + 4;
}

static uint8_t *put_bytes(uint8_t *to, const void *from, size_t size) {
  if (size > 0) memcpy(to, from, size);
  return to + size;
}

/** As ports/headers.ts reads them. */
static uint8_t *put_headers(uint8_t *to, const rd_kafka_message_t *message) {
  rd_kafka_headers_t *headers;
  if (k.rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return to;
  const char *name;
  const void *value;
  size_t size;
  for (size_t i = 0; k.rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
    const size_t name_size = strlen(name);
    to = put_bytes(put_int32(to, (int32_t)name_size), name, name_size);
    to = value == NULL ? put_int32(to, -1) : put_bytes(put_int32(to, (int32_t)size), value, size);
  }
  return to;
}

static bool fail(lane_taken *taken, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(taken->failure, sizeof taken->failure, format, arguments);
  va_end(arguments);
  return false;
}

static bool is_of(const filling *batch, const rd_kafka_message_t *message) {
  return batch->topic == message->rkt && batch->partition == message->partition && !batch->is_full;
}

/** Messages of a partition come in runs: the last batch is nearly always the right one. UINT32_MAX where there is no memory. */
static uint32_t batch_of(filling **batches, size_t *count, uint32_t last, const rd_kafka_message_t *message, size_t bytes) {
  filling *at = *batches;
  uint32_t found = last;
  if (*count == 0 || !is_of(&at[last], message)) {
    found = 0;
    while (found < *count && !is_of(&at[found], message)) found++;
  }
  if (found < *count) {
    if (at[found].bytes + bytes <= LANE_BATCH_BYTES_MAX) return found;
    at[found].is_full = true;
  }
  filling *grown = realloc(*batches, (*count + 1) * sizeof *grown);
  if (grown == NULL) return UINT32_MAX;
  *batches = grown;
  grown[*count] = (filling){.topic = message->rkt, .partition = message->partition};
  return (uint32_t)(*count)++;
}

static bool make_block(filling *batch, lane_batch *made) {
  const size_t n = batch->length;
  made->block_size = n * column_bytes + batch->bytes;
  made->block = malloc(made->block_size);
  made->topic = strdup(k.rd_kafka_topic_name(batch->topic));
  made->partition = batch->partition;
  made->length = batch->length;
  made->position = -1;
  made->goes_on = batch->is_full;
  if (made->block == NULL || made->topic == NULL) return false;
  batch->offset = (double *)made->block;
  batch->timestamp = batch->offset + n;
  int32_t *narrow = (int32_t *)(batch->timestamp + n);
  for (int i = 0; i < 6; i++) batch->ranges[i] = narrow + (size_t)i * n;
  batch->data = made->block + n * column_bytes;
  return true;
}

static void put_part(filling *batch, int start, uint32_t at, const void *bytes, size_t size) {
  batch->ranges[start][at] = bytes == NULL ? -1 : (int32_t)batch->at;
  if (bytes != NULL) batch->at = (size_t)(put_bytes(batch->data + batch->at, bytes, size) - batch->data);
  batch->ranges[start + 1][at] = bytes == NULL ? -1 : (int32_t)batch->at;
}

static void put_message(filling *batch, const rd_kafka_message_t *message, size_t headers_bytes) {
  const uint32_t at = batch->filled++;
  rd_kafka_timestamp_type_t type;
  batch->offset[at] = (double)message->offset;
  batch->timestamp[at] = (double)k.rd_kafka_message_timestamp(message, &type);
  put_part(batch, key_start, at, message->key, message->key_len);
  put_part(batch, value_start, at, message->payload, message->len);
  batch->ranges[headers_start][at] = headers_bytes > 0 ? (int32_t)batch->at : 0;
  if (headers_bytes > 0) batch->at = (size_t)(put_headers(batch->data + batch->at, message) - batch->data);
  batch->ranges[headers_end][at] = headers_bytes > 0 ? (int32_t)batch->at : 0;
}

static bool take_notice(lane_taken *taken, const rd_kafka_message_t *message) {
  lane_notice *grown = realloc(taken->notices, (taken->notice_count + 1) * sizeof *grown);
  if (grown == NULL) return false;
  taken->notices = grown;
  lane_notice *notice = &grown[taken->notice_count++];
  *notice = (lane_notice){
      .code = message->err,
      .text = strdup(k.rd_kafka_message_errstr(message)),
      .topic = strdup(message->rkt == NULL ? "" : k.rd_kafka_topic_name(message->rkt)),
      .partition = message->partition,
      .offset = message->offset,
  };
  return notice->text != NULL && notice->topic != NULL;
}

/** E12: nothing was handed out between the records and this. */
static void read_positions(rd_kafka_t *rk, lane_taken *taken) {
  rd_kafka_topic_partition_list_t *asked = k.rd_kafka_topic_partition_list_new((int)taken->batch_count);
  for (size_t i = 0; i < taken->batch_count; i++)
    k.rd_kafka_topic_partition_list_add(asked, taken->batches[i].topic, taken->batches[i].partition);
  if (k.rd_kafka_position(rk, asked) == RD_KAFKA_RESP_ERR_NO_ERROR)
    for (size_t i = 0; i < taken->batch_count; i++)
      if (!taken->batches[i].goes_on) taken->batches[i].position = asked->elems[i].offset;
  k.rd_kafka_topic_partition_list_destroy(asked);
}

/** Where each message goes, and how large the batches are. */
static bool measure(rd_kafka_message_t **messages, size_t count, place *places, filling **batches, size_t *batch_count,
                    lane_taken *taken) {
  uint32_t last = 0;
  for (size_t i = 0; i < count; i++) {
    const rd_kafka_message_t *message = messages[i];
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (!take_notice(taken, message)) return fail(taken, "out of memory");
      continue;
    }
    places[i].headers_size = headers_size(message);
    const size_t bytes = message->key_len + message->len + places[i].headers_size;
    if (bytes > LANE_BATCH_BYTES_MAX)
      return fail(taken, "the record at offset %lld of %s/%d is of %zu bytes, which no batch can hold", (long long)message->offset,
                  k.rd_kafka_topic_name(message->rkt), (int)message->partition, bytes);
    last = batch_of(batches, batch_count, last, message, bytes);
    if (last == UINT32_MAX) return fail(taken, "out of memory");
    places[i].batch = last;
    (*batches)[last].length++;
    (*batches)[last].bytes += bytes;
  }
  return true;
}

static bool fill(rd_kafka_message_t **messages, size_t count, const place *places, filling *batches, size_t batch_count,
                 lane_taken *taken) {
  if (batch_count == 0) return true;
  taken->batches = calloc(batch_count, sizeof *taken->batches);
  if (taken->batches == NULL) return fail(taken, "out of memory");
  taken->batch_count = batch_count;
  for (size_t i = 0; i < batch_count; i++)
    if (!make_block(&batches[i], &taken->batches[i]))
      return fail(taken, "no memory for %zu bytes of %s/%d", batches[i].bytes, k.rd_kafka_topic_name(batches[i].topic),
                  (int)batches[i].partition);
  for (size_t i = 0; i < count; i++)
    if (messages[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR)
      put_message(&batches[places[i].batch], messages[i], places[i].headers_size);
  return true;
}

static bool to_batches(rd_kafka_message_t **messages, size_t count, lane_taken *taken) {
  place *places = malloc(count * sizeof *places);
  if (places == NULL) return fail(taken, "out of memory");
  filling *batches = NULL;
  size_t batch_count = 0;
  const bool is_done = measure(messages, count, places, &batches, &batch_count, taken) &&
                       fill(messages, count, places, batches, batch_count, taken);
  free(batches);
  free(places);
  return is_done;
}

bool lane_consume(lane_client *client, size_t records_max, int timeout_ms, lane_taken *taken) {
  memset(taken, 0, sizeof *taken);
  rd_kafka_message_t **messages = calloc(records_max, sizeof *messages);
  if (messages == NULL || client->queue == NULL) {
    free(messages);
    return fail(taken, messages == NULL ? "out of memory" : "the client reads nothing");
  }
  // A call for several waits until it has them all or its time is over, so only the first one is waited for.
  ssize_t count = k.rd_kafka_consume_batch_queue(client->queue, timeout_ms, messages, 1);
  if (count == 1 && records_max > 1) {
    const ssize_t more = k.rd_kafka_consume_batch_queue(client->queue, 0, messages + 1, records_max - 1);
    if (more > 0) count += more;
  }
  const size_t there = count > 0 ? (size_t)count : 0;
  const bool is_done = there == 0 || to_batches(messages, there, taken);
  for (size_t i = 0; i < there; i++) k.rd_kafka_message_destroy(messages[i]);
  free(messages);
  if (is_done && taken->batch_count > 0) read_positions(client->rk, taken);
  return is_done;
}

void lane_taken_free(lane_taken *taken) {
  for (size_t i = 0; i < taken->batch_count; i++) {
    free(taken->batches[i].topic);
    free(taken->batches[i].block);
  }
  for (size_t i = 0; i < taken->notice_count; i++) {
    free(taken->notices[i].text);
    free(taken->notices[i].topic);
  }
  free(taken->batches);
  free(taken->notices);
  memset(taken, 0, sizeof *taken);
}
