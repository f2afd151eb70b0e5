// Offsets of a group, added to a producer's transaction under the membership that the consumer has at this moment (E4).

#ifndef LANE_OFFSETS_H
#define LANE_OFFSETS_H

#include "client.h"

typedef struct {
  rd_kafka_resp_err_t code;
  bool is_fatal, is_retriable, requires_abort;
  char text[512];
} lane_error;

/** Blocks until the group has them or the time is over. False where it failed. */
bool lane_send_offsets(lane_client *producer, lane_client *consumer, const rd_kafka_topic_partition_list_t *offsets,
                       int timeout_ms, lane_error *failure);

#endif
