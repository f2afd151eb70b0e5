// The lane's C code without Node.js, on the client's own librdkafka and its mock cluster: so that sanitizers see every access and
// every allocation. Each story ends the program where something is not as it must be.

#ifndef HARNESS_H
#define HARNESS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "client.h"
#include "rdkafka_mock.h"

#define MUST(condition)                                                               \
  do {                                                                                \
    if (!(condition)) {                                                               \
      fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, __LINE__, #condition);      \
      abort();                                                                        \
    }                                                                                 \
  } while (0)

/** For the main thread. What is chosen follows from the seed; what threads make of it does not. */
uint32_t chosen(uint32_t below);
void pause_us(uint32_t us);

/** A configuration that names the lane, with pairs of names and values up to NULL. */
rd_kafka_conf_t *configured(uint32_t *mark, const char *const *settings);
rd_kafka_t *made(rd_kafka_type_t type, rd_kafka_conf_t *conf);

/** Brokers for the stories that need some. */
extern const char *brokers;

void ends_in_every_order(int times);
void failures_leave_nothing_behind(int times);
void copies_are_told_apart(void);
void offsets_while_clients_end(int times);
void records_come_as_they_went(void);
void batches_that_are_too_large_are_split(void);
void columns_that_are_wrong_are_refused(int times);

#endif
