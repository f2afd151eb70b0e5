// Records of a batch, handed to a producer in one call.

#ifndef LANE_PRODUCE_H
#define LANE_PRODUCE_H

#include "client.h"

/** The columns of an `OutputBatch` (ports/output-batch.ts), each for `length` records. */
typedef struct {
  const uint8_t *bytes;
  size_t bytes_size;
  size_t length;
  const int32_t *topic;
  const int32_t *partition;
  const double *timestamp;
  const int32_t *key_start, *key_end;
  const int32_t *value_start, *value_end;
  const int32_t *headers_start, *headers_end;
} lane_outputs;

/** Why a record was not taken; those before it were. */
typedef struct {
  size_t index;
  rd_kafka_resp_err_t code;
  char text[256];
} lane_refusal;

/** The topics that the column `topic` counts from now on. False where one cannot be had; `refusal` says which and why. */
bool lane_set_topics(lane_client *client, const char *const *names, size_t count, lane_refusal *refusal);

/** Queues the records from index `from` on. False where one was not taken: then `refusal` says which. */
bool lane_produce(lane_client *client, const lane_outputs *outputs, size_t from, lane_refusal *refusal);

#endif
