// The functions of librdkafka that the lane calls, found in the library that the Kafka client has already loaded. Nothing is
// linked: a copy of librdkafka beside the client's would know nothing of the client's handles.

#ifndef LANE_LIBRDKAFKA_H
#define LANE_LIBRDKAFKA_H

#include <stdbool.h>
#include <stddef.h>

#include "rdkafka.h"

#define LANE_FUNCTIONS(F)                         \
  F(rd_kafka_version)                             \
  F(rd_kafka_conf_get)                            \
  F(rd_kafka_conf_interceptor_add_on_new)         \
  F(rd_kafka_conf_interceptor_add_on_conf_dup)    \
  F(rd_kafka_conf_interceptor_add_on_conf_destroy) \
  F(rd_kafka_interceptor_add_on_destroy)          \
  F(rd_kafka_interceptor_add_on_request_sent)     \
  F(rd_kafka_interceptor_add_on_thread_start)     \
  F(rd_kafka_interceptor_add_on_response_received) \
  F(rd_kafka_interceptor_add_on_acknowledgement)  \
  F(rd_kafka_queue_get_consumer)                  \
  F(rd_kafka_queue_destroy)                       \
  F(rd_kafka_consume_batch_queue)                 \
  F(rd_kafka_message_timestamp)                   \
  F(rd_kafka_message_headers)                     \
  F(rd_kafka_message_errstr)                      \
  F(rd_kafka_message_destroy)                     \
  F(rd_kafka_header_get_all)                      \
  F(rd_kafka_headers_new)                         \
  F(rd_kafka_header_add)                          \
  F(rd_kafka_headers_destroy)                     \
  F(rd_kafka_position)                            \
  F(rd_kafka_topic_name)                          \
  F(rd_kafka_topic_new)                           \
  F(rd_kafka_topic_destroy)                       \
  F(rd_kafka_produceva)                           \
  F(rd_kafka_err2str)                             \
  F(rd_kafka_last_error)                          \
  F(rd_kafka_error_code)                          \
  F(rd_kafka_error_string)                        \
  F(rd_kafka_error_is_fatal)                      \
  F(rd_kafka_error_is_retriable)                  \
  F(rd_kafka_error_txn_requires_abort)            \
  F(rd_kafka_error_destroy)                       \
  F(rd_kafka_fatal_error)                         \
  F(rd_kafka_consumer_group_metadata)             \
  F(rd_kafka_consumer_group_metadata_destroy)     \
  F(rd_kafka_send_offsets_to_transaction)         \
  F(rd_kafka_topic_partition_list_new)            \
  F(rd_kafka_topic_partition_list_add)            \
  F(rd_kafka_topic_partition_list_destroy)

typedef struct {
#define LANE_POINTER(name) __typeof__(name) *name;
  LANE_FUNCTIONS(LANE_POINTER)
#undef LANE_POINTER
} librdkafka_t;

/** All of them are there once `librdkafka_find` has returned NULL. */
extern librdkafka_t k;

extern bool librdkafka_is_found;

/**
 * Finds every function, or says which is missing. `binding` is the path of the client's addon, which is loaded already. What was
 * found stays: clients work with it on other threads.
 */
const char *librdkafka_find(const char *binding);

#endif
