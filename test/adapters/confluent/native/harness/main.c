// main <librdkafka.so> <lane.so> <seed> <times>: see harness.h. Says a line for each story that has ended well.

#include "harness.h"

#include <string.h>
#include <unistd.h>

const char *brokers;
static const char *lane_file;
static uint32_t state;

uint32_t chosen(uint32_t below) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state % below;
}

void pause_us(uint32_t us) {
  if (us > 0) usleep(us);
}

static void silent(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
  (void)rk, (void)level, (void)facility, (void)text;
}

rd_kafka_conf_t *configured(uint32_t *mark, const char *const *settings) {
  char error[256];
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  rd_kafka_conf_set_log_cb(conf, silent);
  MUST(rd_kafka_conf_set(conf, "plugin.library.paths", lane_file, error, sizeof error) == RD_KAFKA_CONF_OK);
  if (mark != NULL) *mark = client_latest_mark();
  for (; settings != NULL && *settings != NULL; settings += 2)
    if (rd_kafka_conf_set(conf, settings[0], settings[1], error, sizeof error) != RD_KAFKA_CONF_OK) {
      fprintf(stderr, "%s\n", error);
      abort();
    }
  return conf;
}

rd_kafka_t *made(rd_kafka_type_t type, rd_kafka_conf_t *conf) {
  char error[256];
  // As the binding does it: from a copy, which plugins are loaded for anew.
  rd_kafka_conf_t *copy = rd_kafka_conf_dup(conf);
  rd_kafka_t *rk = rd_kafka_new(type, copy, error, sizeof error);
  if (rk == NULL) rd_kafka_conf_destroy(copy);
  return rk;
}

/** Where a client cannot be made, librdkafka forgets its list of interceptors: not ours to free. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:rd_list_grow"; }

static void told(const char *story) {
  MUST(client_count() == 0);
  printf("%s\n", story);
  fflush(stdout);
}

int main(int count, char **given) {
  MUST(count == 5);
  MUST(librdkafka_find("/nowhere/librdkafka.so") != NULL && !librdkafka_is_found);
  MUST(librdkafka_find(given[1]) == NULL);
  lane_file = given[2];
  state = (uint32_t)strtoul(given[3], NULL, 10) | 1;
  const int times = atoi(given[4]);

  const char *const mock[] = {"test.mock.num.brokers", "1", NULL};
  char error[256];
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  rd_kafka_conf_set_log_cb(conf, silent);
  MUST(rd_kafka_conf_set(conf, mock[0], mock[1], error, sizeof error) == RD_KAFKA_CONF_OK);
  rd_kafka_t *owner = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  MUST(owner != NULL);
  brokers = rd_kafka_mock_cluster_bootstraps(rd_kafka_handle_mock_cluster(owner));

  copies_are_told_apart();
  told("copies are told apart");
  failures_leave_nothing_behind(20);
  told("failures leave nothing behind");
  records_come_as_they_went();
  told("records come as they went");
  batches_that_are_too_large_are_split();
  told("batches that are too large are split");
  columns_that_are_wrong_are_refused(100 * times);
  told("columns that are wrong are refused");
  offsets_while_clients_end(times / 100);
  told("offsets while clients end");
  ends_in_every_order(times);
  told("ends in every order");
  rd_kafka_destroy(owner);
  return 0;
}
