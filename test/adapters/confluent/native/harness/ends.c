// What ends when (L1, L2): the client itself, the lane's part of it, calls on other threads, JavaScript's handle.

#include <pthread.h>
#include <string.h>

#include "consume.h"
#include "harness.h"
#include "offsets.h"
#include "produce.h"

static void *destroying(void *rk) {
  rd_kafka_destroy(rk);
  return NULL;
}

/** As a work item does it, again and again, until it is told that the client is closed. */
static void *consuming(void *given) {
  lane_client *client = given;
  while (client_enter(client)) {
    lane_taken taken;
    MUST(lane_consume(client, 10, 1, &taken));
    client_leave(client);
    lane_taken_free(&taken);
  }
  client_release(client);
  return NULL;
}

static void *producing(void *given) {
  lane_client *client = given;
  static const uint8_t bytes[100];
  const int32_t none[1] = {-1}, zero[1] = {0}, end[1] = {100};
  const double now[1] = {1};
  const lane_outputs outputs = {bytes, sizeof bytes, 1, zero, zero, now, none, none, zero, end, none, none};
  lane_refusal refusal;
  const char *const topics[] = {"produced"};
  if (client_enter(client)) {
    MUST(lane_set_topics(client, topics, 1, &refusal));
    client_leave(client);
  }
  while (client_enter(client)) {
    for (int i = 0; i < 10; i++) lane_produce(client, &outputs, 0, &refusal);
    client_leave(client);
    pause_us(50);
  }
  client_release(client);
  return NULL;
}

static lane_client *held(uint32_t mark) {
  lane_client *client = client_find(mark);
  MUST(client != NULL);
  return client;
}

/**
 * Each of them at some time, in any order; what is not called by a thread of its own is called by this one. Who reads has
 * ended before the consumer is destroyed, as L1 demands, and is told to at any time before.
 */
static void one_life(rd_kafka_type_t type) {
  const bool is_consumer = type == RD_KAFKA_CONSUMER;
  const char *const consumer[] = {"bootstrap.servers", brokers, "group.id", "ends", NULL};
  const char *const producer[] = {"bootstrap.servers", brokers, "linger.ms", "0", NULL};
  uint32_t mark;
  rd_kafka_conf_t *conf = configured(&mark, is_consumer ? consumer : producer);
  rd_kafka_t *rk = made(type, conf);
  MUST(rk != NULL);
  const bool is_attached = chosen(8) > 0;
  lane_client *handle = is_attached ? held(mark) : NULL;
  pthread_t worker, destroyer;
  const bool works = is_attached && chosen(4) > 0;
  if (is_consumer && works) MUST(client_read(handle));
  lane_client *const read_from = handle;
  if (works) {
    client_refer(handle);
    if (is_consumer) client_refer(handle);
    MUST(pthread_create(&worker, NULL, is_consumer ? consuming : producing, handle) == 0);
    pause_us(chosen(500));
  }
  enum { destroy, close, release, steps };
  int order[steps] = {destroy, close, release};
  for (int i = steps - 1; i > 0; i--) {
    const int other = (int)chosen((uint32_t)i + 1), kept = order[i];
    order[i] = order[other];
    order[other] = kept;
  }
  const bool is_closed = chosen(3) > 0;
  for (int i = 0; i < steps; i++) {
    if (order[i] == destroy) {
      if (is_consumer && works) {
        // Through the worker's own reference where JavaScript has let its handle go.
        client_close(read_from);
        pthread_join(worker, NULL);
        client_release(read_from);
      }
      MUST(pthread_create(&destroyer, NULL, destroying, rk) == 0);
    } else if (order[i] == close) {
      if (handle != NULL && is_closed) client_close(handle);
    } else {
      // A handle can be collected while work goes on and the client is there: both refer to it by themselves.
      if (handle != NULL) client_release(handle);
      handle = NULL;
    }
    pause_us(chosen(2) == 0 ? 0 : chosen(300));
  }
  pthread_join(destroyer, NULL);
  if (works && !is_consumer) pthread_join(worker, NULL);
  // The binding keeps what it has copied from for as long as its object lives.
  rd_kafka_conf_destroy(conf);
  MUST(client_find(mark) == NULL);
}

void ends_in_every_order(int times) {
  for (int i = 0; i < times; i++) {
    one_life(chosen(2) == 0 ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER);
    MUST(client_count() == 0);
  }
}

void failures_leave_nothing_behind(int times) {
  const char *const bad[] = {"security.protocol", "sasl_plaintext", "sasl.mechanism", "NONE-SUCH", NULL};
  for (int i = 0; i < times; i++) {
    uint32_t mark;
    rd_kafka_conf_t *conf = configured(&mark, bad);
    MUST(made(RD_KAFKA_PRODUCER, conf) == NULL);
    MUST(client_find(mark) == NULL && client_count() == 0);
    // The very same configuration can be made well and tried again.
    MUST(rd_kafka_conf_set(conf, "security.protocol", "plaintext", NULL, 0) == RD_KAFKA_CONF_OK);
    rd_kafka_t *rk = made(RD_KAFKA_PRODUCER, conf);
    lane_client *client = held(mark);
    rd_kafka_conf_destroy(conf);
    rd_kafka_destroy(rk);
    MUST(!client_enter(client));
    client_release(client);
  }
}

void copies_are_told_apart(void) {
  uint32_t marks[2];
  rd_kafka_conf_t *first = configured(&marks[0], NULL), *second = configured(&marks[1], NULL);
  MUST(marks[0] != marks[1]);
  rd_kafka_t *of_second = made(RD_KAFKA_PRODUCER, second), *of_first = made(RD_KAFKA_PRODUCER, first);
  lane_client *a = held(marks[0]), *b = held(marks[1]);
  MUST(a->rk == of_first && b->rk == of_second);
  MUST(client_find(marks[1] + 1) == NULL);
  // A copy of a copy has the mark, too, and one of which no client was made is nothing.
  rd_kafka_conf_t *copy = rd_kafka_conf_dup(first), *again = rd_kafka_conf_dup(copy);
  rd_kafka_destroy(of_first);
  MUST(client_find(marks[0]) == NULL);
  rd_kafka_t *of_copy = made(RD_KAFKA_PRODUCER, again);
  lane_client *c = held(marks[0]);
  MUST(c->rk == of_copy && c != a);
  rd_kafka_destroy(of_copy);
  rd_kafka_destroy(of_second);
  rd_kafka_conf_destroy(again);
  rd_kafka_conf_destroy(copy);
  rd_kafka_conf_destroy(second);
  rd_kafka_conf_destroy(first);
  client_release(a);
  client_release(b);
  client_release(c);
}

typedef struct {
  lane_client *producer, *consumer;
} pair;

static void *sending(void *given) {
  const pair *both = given;
  rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(offsets, "produced", 0)->offset = 1;
  for (int i = 0; i < 3; i++) {
    lane_error failure;
    if (!client_enter(both->producer)) break;
    if (client_enter(both->consumer)) {
      lane_send_offsets(both->producer, both->consumer, offsets, 50, &failure);
      client_leave(both->consumer);
    }
    client_leave(both->producer);
  }
  rd_kafka_topic_partition_list_destroy(offsets);
  return NULL;
}

/** The consumer at any time; the producer when its calls have returned, as L1 demands. */
void offsets_while_clients_end(int times) {
  for (int i = 0; i < times; i++) {
    const char *const consumer[] = {"bootstrap.servers", brokers, "group.id", "offsets", NULL};
    const char *const producer[] = {"bootstrap.servers", brokers, "transactional.id", "id", NULL};
    uint32_t marks[2];
    rd_kafka_conf_t *confs[2] = {configured(&marks[0], producer), configured(&marks[1], consumer)};
    rd_kafka_t *rks[2] = {made(RD_KAFKA_PRODUCER, confs[0]), made(RD_KAFKA_CONSUMER, confs[1])};
    rd_kafka_error_t *error = rd_kafka_init_transactions(rks[0], 5000);
    MUST(error == NULL);
    MUST(rd_kafka_begin_transaction(rks[0]) == NULL);
    pair both = {held(marks[0]), held(marks[1])};
    pthread_t sender, destroyer;
    MUST(pthread_create(&sender, NULL, sending, &both) == 0);
    pause_us(chosen(3000));
    if (chosen(2) == 0) client_close(both.consumer);
    MUST(pthread_create(&destroyer, NULL, destroying, rks[1]) == 0);
    pause_us(chosen(1000));
    client_close(both.producer);
    pthread_join(sender, NULL);
    pthread_join(destroyer, NULL);
    rd_kafka_destroy(rks[0]);
    client_release(both.producer);
    client_release(both.consumer);
    for (int j = 0; j < 2; j++) rd_kafka_conf_destroy(confs[j]);
  }
}
