// See produce.h. One record at a time by `rd_kafka_produceva`: the call for many knows no timestamps, and loses a record of a
// partition that is unknown in a way that makes a flush wait for ever.

#include "produce.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool refuse(lane_refusal *refusal, size_t index, rd_kafka_resp_err_t code, const char *text) {
  refusal->index = index;
  refusal->code = code;
  snprintf(refusal->text, sizeof refusal->text, "%s", text);
  return false;
}

bool lane_set_topics(lane_client *client, const char *const *names, size_t count, lane_refusal *refusal) {
  rd_kafka_topic_t **topics = calloc(count > 0 ? count : 1, sizeof *topics);
  if (topics == NULL) return refuse(refusal, 0, RD_KAFKA_RESP_ERR__FAIL, "out of memory");
  for (size_t i = 0; i < count; i++) {
    topics[i] = k.rd_kafka_topic_new(client->rk, names[i], NULL);
    if (topics[i] != NULL) continue;
    const rd_kafka_resp_err_t code = k.rd_kafka_last_error();
    while (i-- > 0) k.rd_kafka_topic_destroy(topics[i]);
    free(topics);
    return refuse(refusal, 0, code, k.rd_kafka_err2str(code));
  }
  for (size_t i = 0; i < client->topic_count; i++) k.rd_kafka_topic_destroy(client->topics[i]);
  free(client->topics);
  client->topics = topics;
  client->topic_count = count;
  return true;
}

static int32_t int32_at(const uint8_t *bytes) {
  return (int32_t)((uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | (uint32_t)bytes[3]);
}

/** As ports/headers.ts writes them. NULL where they are not well formed. */
static rd_kafka_headers_t *headers_of(const uint8_t *at, const uint8_t *end) {
  rd_kafka_headers_t *headers = k.rd_kafka_headers_new(8);
  while (at < end) {
    if (end - at < 4) goto malformed;
    const int32_t name_size = int32_at(at);
    at += 4;
    if (name_size < 0 || end - at < (ptrdiff_t)name_size + 4) goto malformed;
    const char *name = (const char *)at;
    at += name_size;
    const int32_t value_size = int32_at(at);
    at += 4;
    if (value_size >= 0 && end - at < value_size) goto malformed;
    if (k.rd_kafka_header_add(headers, name, name_size, value_size < 0 ? NULL : at, value_size < 0 ? 0 : value_size) !=
        RD_KAFKA_RESP_ERR_NO_ERROR)
      goto malformed;
    if (value_size > 0) at += value_size;
  }
  return headers;
malformed:
  k.rd_kafka_headers_destroy(headers);
  return NULL;
}

/** What a number of JavaScript counts without a gap: far from where an int64 ends. */
static const double timestamp_max = 9007199254740991.0;

/** Null parts start at -1. */
static bool is_range(const lane_outputs *outputs, int32_t start, int32_t end) {
  return start < 0 || (start <= end && (size_t)end <= outputs->bytes_size);
}

static rd_kafka_vu_t part(rd_kafka_vtype_t type, const lane_outputs *outputs, int32_t start, int32_t end) {
  rd_kafka_vu_t given = {.vtype = type};
  given.u.mem.ptr = start < 0 ? NULL : (void *)(outputs->bytes + start);
  given.u.mem.size = start < 0 ? 0 : (size_t)(end - start);
  return given;
}

static bool produce_one(lane_client *client, const lane_outputs *outputs, size_t i, lane_refusal *refusal) {
  const int32_t topic = outputs->topic[i];
  if (topic < 0 || (size_t)topic >= client->topic_count)
    return refuse(refusal, i, RD_KAFKA_RESP_ERR__INVALID_ARG, "a topic that was not named");
  if (!is_range(outputs, outputs->key_start[i], outputs->key_end[i]) ||
      !is_range(outputs, outputs->value_start[i], outputs->value_end[i]) ||
      !is_range(outputs, outputs->headers_start[i], outputs->headers_end[i]))
    return refuse(refusal, i, RD_KAFKA_RESP_ERR__INVALID_ARG, "a range that is not in the batch");
  const double timestamp = outputs->timestamp[i];
  if (!(timestamp >= -timestamp_max && timestamp <= timestamp_max))
    return refuse(refusal, i, RD_KAFKA_RESP_ERR__INVALID_ARG, "a timestamp that is none");
  rd_kafka_headers_t *headers = NULL;
  if (outputs->headers_start[i] >= 0 && outputs->headers_end[i] > outputs->headers_start[i]) {
    headers = headers_of(outputs->bytes + outputs->headers_start[i], outputs->bytes + outputs->headers_end[i]);
    if (headers == NULL) return refuse(refusal, i, RD_KAFKA_RESP_ERR__INVALID_ARG, "headers that are not well formed");
  }
  rd_kafka_vu_t given[7] = {
      {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = client->topics[topic]},
      {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = outputs->partition[i]},
      {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
      // The client takes 0 for now, which would be another time at each attempt: the second millisecond of 1970 is as near to
      // the first as can be had.
      {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = timestamp == 0 ? 1 : (int64_t)timestamp},
      part(RD_KAFKA_VTYPE_KEY, outputs, outputs->key_start[i], outputs->key_end[i]),
      part(RD_KAFKA_VTYPE_VALUE, outputs, outputs->value_start[i], outputs->value_end[i]),
      {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
  };
  client_is_producing = true;
  rd_kafka_error_t *error = k.rd_kafka_produceva(client->rk, given, headers == NULL ? 6 : 7);
  client_is_producing = false;
  if (error == NULL) return true;
  // What was not taken still belongs to the caller.
  if (headers != NULL) k.rd_kafka_headers_destroy(headers);
  refuse(refusal, i, k.rd_kafka_error_code(error), k.rd_kafka_error_string(error));
  k.rd_kafka_error_destroy(error);
  return false;
}

bool lane_produce(lane_client *client, const lane_outputs *outputs, size_t from, lane_refusal *refusal) {
  for (size_t i = from; i < outputs->length; i++)
    if (!produce_one(client, outputs, i, refusal)) return false;
  return true;
}
