// See offsets.h.

#include "offsets.h"

#include <stdio.h>

bool lane_send_offsets(lane_client *producer, lane_client *consumer, const rd_kafka_topic_partition_list_t *offsets,
                       int timeout_ms, lane_error *failure) {
  rd_kafka_consumer_group_metadata_t *membership = k.rd_kafka_consumer_group_metadata(consumer->rk);
  if (membership == NULL) {
    *failure = (lane_error){.code = RD_KAFKA_RESP_ERR__STATE};
    snprintf(failure->text, sizeof failure->text, "the consumer is in no group");
    return false;
  }
  rd_kafka_error_t *error = k.rd_kafka_send_offsets_to_transaction(producer->rk, offsets, membership, timeout_ms);
  k.rd_kafka_consumer_group_metadata_destroy(membership);
  if (error == NULL) return true;
  *failure = (lane_error){
      .code = k.rd_kafka_error_code(error),
      .is_fatal = k.rd_kafka_error_is_fatal(error) != 0,
      .is_retriable = k.rd_kafka_error_is_retriable(error) != 0,
      .requires_abort = k.rd_kafka_error_txn_requires_abort(error) != 0,
  };
  snprintf(failure->text, sizeof failure->text, "%s", k.rd_kafka_error_string(error));
  k.rd_kafka_error_destroy(error);
  return false;
}
