// The clients that exist in this process, as librdkafka tells of them, and what of each must be gone before it is destroyed.
//
// Who owns what: librdkafka owns the handle. A `lane_client` is made with the configuration and referred to by it, because the
// client's threads count into it until they are joined, which is after `on_destroy`; it outlives both for as long as JavaScript
// or a work item refers to it.
// L1: no call uses a handle unless it is between `client_enter` and `client_leave`; a client is destroyed only when nobody is.
//     Two kinds of calls their caller has to wait for all the same, as producer.ts and consumer.ts do, because on_destroy comes
//     too late: a call of a transaction hangs when what it waits for is torn down, and one that reads from a consumer while
//     that is being closed can take the word away that the close waits for.
// L2: queue and topics of a client are destroyed before the client is, whoever destroys it, and on whichever thread.
// L3: JavaScript's one thread attaches, closes, sets topics and produces; other threads only enter, leave and destroy.

#ifndef LANE_CLIENT_H
#define LANE_CLIENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "librdkafka.h"

typedef struct lane_client {
  /** NULL before it is made and once it is destroyed. Under the lock of client.c, as is all up to `queue`. */
  rd_kafka_t *rk;
  /** What it has in common with the configuration that it was copied from, and with no other client. */
  uint32_t mark;
  /** How many refer to this struct: its configuration, a handle in JavaScript, each call that is under way. */
  int references;
  /** How many calls use `rk` at the moment. */
  int users;
  bool is_closing;
  /** Of a consumer that is read; else NULL. It is set once, and gone when nobody can enter any more. */
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

/** The mark of the configuration that this thread made last; 0 where it has made none. */
uint32_t client_latest_mark(void);

/** The client with this mark, referred to once more; NULL where there is none. It must have been made completely. */
lane_client *client_find(uint32_t mark);

/** What it reads from. False where it is no member of a group, or about to be destroyed. */
bool client_read(lane_client *client);

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
