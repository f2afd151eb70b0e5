// The clients that exist in this process, as librdkafka tells of them, and what of each must be gone before it is destroyed.
//
// Who owns what: librdkafka owns the handle; a `lane_client` outlives it for as long as JavaScript or a work item refers to it.
// L1: no call uses a handle unless it is between `client_enter` and `client_leave`; a client is destroyed only when nobody is.
// L2: queue and topics of a client are destroyed before the client is, whoever destroys it, and on whichever thread.

#ifndef LANE_CLIENT_H
#define LANE_CLIENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "librdkafka.h"

typedef struct lane_client {
  /** NULL once it is destroyed. Under the lock of client.c. */
  rd_kafka_t *rk;
  /** How many refer to this struct: the list of clients, a handle in JavaScript, each call that is under way. */
  int references;
  /** How many calls use `rk` at the moment. */
  int users;
  bool is_closing;
  /** Of a consumer that is read; else NULL. */
  rd_kafka_queue_t *queue;
  /** Topics that records are produced to, by the index that a batch's column holds. */
  rd_kafka_topic_t **topics;
  size_t topic_count;
  /** Requests of transactions that went out, and those that a broker has answered (E7). */
  atomic_long sent;
  atomic_long answered;
  /** Records that brokers have acknowledged, and those that they have not, with the first reason (outside transactions). */
  atomic_long acknowledged;
  atomic_long refused;
  atomic_int refusal;
  struct lane_client *next;
} lane_client;

/**
 * While a thread hands over a record. The client counts some of those that it refuses right then as not acknowledged, others
 * not; whoever hands them over is told anyway.
 */
extern _Thread_local bool client_is_producing;

/** The client with this name, referred to once more; NULL where there is none. */
lane_client *client_find(const char *name);

/** For as long as a work item needs it. */
void client_refer(lane_client *client);
void client_release(lane_client *client);

/** False where the client is destroyed or about to be. Refers to it once more. */
bool client_enter(lane_client *client);
void client_leave(lane_client *client);

/** From now on nobody enters, and when the last one has left, queue and topics are gone. */
void client_close(lane_client *client);

/** How many clients there are: for tests of what is left behind. */
size_t client_count(void);

#endif
