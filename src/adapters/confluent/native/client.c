// See client.h. librdkafka loads this very file as a plugin (`plugin.library.paths`) and calls `conf_init` for each
// configuration that names it: the documented way in which it hands out the clients that somebody else makes.

#include "client.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/** Somebody has left a client. */
static pthread_cond_t left = PTHREAD_COND_INITIALIZER;
static lane_client *clients = NULL;
static uint32_t marks = 0;
static _Thread_local uint32_t latest_mark = 0;
/** A configuration that this thread is about to fill with what another one has, and the other's mark. */
static _Thread_local struct {
  const rd_kafka_conf_t *conf;
  uint32_t mark;
} copy;

_Thread_local bool client_is_producing = false;

/** Of the client's threads, one that talks with a broker. */
static _Thread_local bool is_with_broker = false;

static const char *const interceptor = "processor-lane";

/** The requests that could hit a later transaction if they came late: see E7. */
static bool is_of_transaction(int16_t api_key) {
  switch (api_key) {
    case 0:   // Produce
    case 22:  // InitProducerId
    case 24:  // AddPartitionsToTxn
    case 25:  // AddOffsetsToTxn
    case 26:  // EndTxn
    case 28:  // TxnOffsetCommit
      return true;
    default:
      return false;
  }
}

/** With the lock. */
static void unrefer(lane_client *client) {
  if (--client->references == 0) free(client);
}

/** With the lock: what must be gone before the client is (L2), when nobody uses it any more. */
static void let_go(lane_client *client) {
  if (!client->is_closing || client->users > 0) return;
  for (size_t i = 0; i < client->topic_count; i++) k.rd_kafka_topic_destroy(client->topics[i]);
  free(client->topics);
  client->topics = NULL;
  client->topic_count = 0;
  if (client->queue != NULL) k.rd_kafka_queue_destroy(client->queue);
  client->queue = NULL;
}

/** With the lock. */
static void unlist(lane_client *client) {
  for (lane_client **at = &clients; *at != NULL; at = &(*at)->next)
    if (*at == client) {
      *at = client->next;
      break;
    }
  client->rk = NULL;
}

static rd_kafka_resp_err_t on_destroy(rd_kafka_t *rk, void *opaque) {
  (void)rk;
  lane_client *client = opaque;
  pthread_mutex_lock(&lock);
  client->is_closing = true;
  while (client->users > 0) pthread_cond_wait(&left, &lock);
  let_go(client);
  unlist(client);
  pthread_mutex_unlock(&lock);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_request_sent(rd_kafka_t *rk, int socket, const char *broker, int32_t broker_id, int16_t api_key,
                                           int16_t api_version, int32_t correlation_id, size_t size, void *opaque) {
  (void)rk, (void)socket, (void)broker, (void)broker_id, (void)api_version, (void)correlation_id, (void)size;
  if (is_of_transaction(api_key)) atomic_fetch_add(&((lane_client *)opaque)->sent, 1);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_response_received(rd_kafka_t *rk, int socket, const char *broker, int32_t broker_id,
                                                int16_t api_key, int16_t api_version, int32_t correlation_id, size_t size,
                                                int64_t rtt, rd_kafka_resp_err_t error, void *opaque) {
  (void)rk, (void)socket, (void)broker, (void)broker_id, (void)api_version, (void)correlation_id, (void)size, (void)rtt;
  // It is also called for a request that the client has given up, with the reason; and once more for the same answer when that
  // is handed to the thread that asked.
  if (is_with_broker && error == RD_KAFKA_RESP_ERR_NO_ERROR && is_of_transaction(api_key))
    atomic_fetch_add(&((lane_client *)opaque)->answered, 1);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_thread_start(rd_kafka_t *rk, rd_kafka_thread_type_t type, const char *name, void *opaque) {
  (void)rk, (void)name, (void)opaque;
  is_with_broker = type == RD_KAFKA_THREAD_BROKER;
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_acknowledgement(rd_kafka_t *rk, rd_kafka_message_t *message, void *opaque) {
  (void)rk;
  if (client_is_producing) return RD_KAFKA_RESP_ERR_NO_ERROR;
  lane_client *client = opaque;
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    atomic_fetch_add(&client->acknowledged, 1);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  }
  int none = RD_KAFKA_RESP_ERR_NO_ERROR;
  atomic_compare_exchange_strong(&client->refusal, &none, message->err);
  atomic_fetch_add(&client->refused, 1);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

/**
 * The client has neither a name nor locks yet, and of several that are being made the order is arbitrary: it is only put on
 * the list, and found by its mark when it is complete. Not by its name, the end of which the client cuts off where it is long.
 */
static rd_kafka_resp_err_t on_new(rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *opaque, char *errstr, size_t errstr_size) {
  lane_client *client = opaque;
  rd_kafka_resp_err_t error = k.rd_kafka_interceptor_add_on_destroy(rk, interceptor, on_destroy, client);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    // Nobody would be told that it is gone, so nobody gets it.
    snprintf(errstr, errstr_size, "the lane is not told of its end");
    return error;
  }
  char transactional_id[2];
  size_t length = sizeof transactional_id;
  // The length counts the end of the text, also where the buffer is too small for it.
  const bool is_transactional =
      k.rd_kafka_conf_get(conf, "transactional.id", transactional_id, &length) == RD_KAFKA_CONF_OK && length > 1;
  if (is_transactional) {
    error = k.rd_kafka_interceptor_add_on_request_sent(rk, interceptor, on_request_sent, client);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
      error = k.rd_kafka_interceptor_add_on_response_received(rk, interceptor, on_response_received, client);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
      error = k.rd_kafka_interceptor_add_on_thread_start(rk, interceptor, on_thread_start, client);
  } else {
    error = k.rd_kafka_interceptor_add_on_acknowledgement(rk, interceptor, on_acknowledgement, client);
  }
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    snprintf(errstr, errstr_size, "the lane cannot count");
    return error;
  }
  pthread_mutex_lock(&lock);
  client->rk = rk;
  client->is_closing = false;
  client->next = clients;
  clients = client;
  pthread_mutex_unlock(&lock);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

/** The client's last word: its threads are joined, and nothing counts any more. */
static rd_kafka_resp_err_t on_conf_destroy(void *opaque) {
  client_release(opaque);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

/** The binding makes each client from a copy, on another thread: `conf_init` for that comes right behind this. */
static rd_kafka_resp_err_t on_conf_dup(rd_kafka_conf_t *made, const rd_kafka_conf_t *from, size_t filter_count,
                                       const char **filter, void *opaque) {
  (void)from, (void)filter_count, (void)filter;
  copy.conf = made;
  copy.mark = ((lane_client *)opaque)->mark;
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

__attribute__((visibility("default"))) rd_kafka_resp_err_t conf_init(rd_kafka_conf_t *conf, void **opaque, char *errstr,
                                                                     size_t errstr_size) {
  (void)opaque;
  if (!librdkafka_is_found) {
    snprintf(errstr, errstr_size, "the lane has not been loaded by Node.js");
    return RD_KAFKA_RESP_ERR__FAIL;
  }
  lane_client *client = calloc(1, sizeof *client);
  if (client == NULL) return RD_KAFKA_RESP_ERR__FAIL;
  client->references = 1;
  if (copy.conf == conf) {
    client->mark = copy.mark;
  } else {
    pthread_mutex_lock(&lock);
    client->mark = latest_mark = ++marks;
    pthread_mutex_unlock(&lock);
  }
  copy.conf = NULL;
  rd_kafka_resp_err_t error = k.rd_kafka_conf_interceptor_add_on_conf_destroy(conf, interceptor, on_conf_destroy, client);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    free(client);
    return error;
  }
  // From here on the configuration frees it. Where the plugin is named a second time, the first client is in its place already.
  error = k.rd_kafka_conf_interceptor_add_on_conf_dup(conf, interceptor, on_conf_dup, client);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = k.rd_kafka_conf_interceptor_add_on_new(conf, interceptor, on_new, client);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) snprintf(errstr, errstr_size, "the lane is in this configuration already");
  return error;
}

uint32_t client_latest_mark(void) { return latest_mark; }

lane_client *client_find(uint32_t mark) {
  pthread_mutex_lock(&lock);
  lane_client *client = clients;
  while (client != NULL && client->mark != mark) client = client->next;
  if (client != NULL) client->references++;
  pthread_mutex_unlock(&lock);
  return client;
}

bool client_read(lane_client *client) {
  if (!client_enter(client)) return false;
  pthread_mutex_lock(&lock);
  if (client->queue == NULL) client->queue = k.rd_kafka_queue_get_consumer(client->rk);
  const bool is_read = client->queue != NULL;
  pthread_mutex_unlock(&lock);
  client_leave(client);
  return is_read;
}

void client_refer(lane_client *client) {
  pthread_mutex_lock(&lock);
  client->references++;
  pthread_mutex_unlock(&lock);
}

void client_release(lane_client *client) {
  pthread_mutex_lock(&lock);
  unrefer(client);
  pthread_mutex_unlock(&lock);
}

bool client_enter(lane_client *client) {
  pthread_mutex_lock(&lock);
  const bool may = client->rk != NULL && !client->is_closing;
  if (may) {
    client->users++;
    client->references++;
  }
  pthread_mutex_unlock(&lock);
  return may;
}

void client_leave(lane_client *client) {
  pthread_mutex_lock(&lock);
  client->users--;
  let_go(client);
  pthread_cond_broadcast(&left);
  unrefer(client);
  pthread_mutex_unlock(&lock);
}

void client_close(lane_client *client) {
  pthread_mutex_lock(&lock);
  client->is_closing = true;
  if (client->rk != NULL) let_go(client);
  pthread_mutex_unlock(&lock);
}

size_t client_count(void) {
  size_t count = 0;
  pthread_mutex_lock(&lock);
  for (const lane_client *client = clients; client != NULL; client = client->next) count++;
  pthread_mutex_unlock(&lock);
  return count;
}
