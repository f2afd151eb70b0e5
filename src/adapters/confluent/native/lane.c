// What JavaScript sees of the lane (lane.ts has its types): arguments in, promises and plain objects out. Everything here runs
// on JavaScript's thread, but for the `execute` of a work item, which touches no JavaScript.

#include <node_api.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "consume.h"
#include "offsets.h"
#include "produce.h"

// Arguments come from lane.ts alone: what is not of its kind is a defect, and throws.
#define CHECK(call)                                          \
  do {                                                       \
    if ((call) != napi_ok) {                                 \
      napi_throw_type_error(env, NULL, "the lane: " #call);  \
      return NULL;                                           \
    }                                                        \
  } while (0)

static napi_value throw_text(napi_env env, const char *text) {
  napi_throw_error(env, NULL, text);
  return NULL;
}

// Values.

static napi_value undefined(napi_env env) {
  napi_value value = NULL;
  napi_get_undefined(env, &value);
  return value;
}

static void set(napi_env env, napi_value object, const char *name, napi_value value) {
  napi_set_named_property(env, object, name, value);
}

static void set_number(napi_env env, napi_value object, const char *name, double number) {
  napi_value value;
  if (napi_create_double(env, number, &value) == napi_ok) set(env, object, name, value);
}

static void set_bool(napi_env env, napi_value object, const char *name, bool is) {
  napi_value value;
  if (napi_get_boolean(env, is, &value) == napi_ok) set(env, object, name, value);
}

static void set_text(napi_env env, napi_value object, const char *name, const char *text) {
  napi_value value;
  if (napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value) == napi_ok) set(env, object, name, value);
}

/** A copy that is the caller's to free; NULL where it is no text. */
static char *text_of(napi_env env, napi_value value) {
  size_t length;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok) return NULL;
  char *text = malloc(length + 1);
  if (text == NULL || napi_get_value_string_utf8(env, value, text, length + 1, &length) == napi_ok) return text;
  free(text);
  return NULL;
}

static lane_client *client_of(napi_env env, napi_value value) {
  void *client = NULL;
  return napi_get_value_external(env, value, &client) == napi_ok ? client : NULL;
}

static bool numbers_of(napi_env env, napi_value value, napi_typedarray_type type, size_t least, const void **numbers) {
  napi_typedarray_type actual;
  size_t length;
  void *data = NULL;
  const bool is_one = napi_get_typedarray_info(env, value, &actual, &length, &data, NULL, NULL) == napi_ok;
  *numbers = data;
  return is_one && actual == type && length >= least;
}

// load, attach, close

static napi_value load(napi_env env, napi_callback_info info) {
  // L3: of several threads with JavaScript only the first one has it. The client's own addon lives in one thread, too.
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  static pthread_t owner;
  static bool is_owned = false;
  pthread_mutex_lock(&lock);
  if (!is_owned) owner = pthread_self();
  is_owned = true;
  const bool is_ours = pthread_equal(owner, pthread_self()) != 0;
  pthread_mutex_unlock(&lock);
  if (!is_ours) return throw_text(env, "another thread of this process has the fast lane");
  size_t count = 1;
  napi_value given[1];
  CHECK(napi_get_cb_info(env, info, &count, given, NULL, NULL));
  char *binding = text_of(env, given[0]);
  if (binding == NULL) return throw_text(env, "the path of the client's addon is missing");
  const char *missing = librdkafka_find(binding);
  free(binding);
  if (missing != NULL) return throw_text(env, missing);
  napi_value version;
  CHECK(napi_create_int32(env, k.rd_kafka_version(), &version));
  return version;
}

static void collected(napi_env env, void *client, void *hint) {
  (void)env, (void)hint;
  client_release(client);
}

static napi_value latest_mark(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value mark;
  CHECK(napi_create_uint32(env, client_latest_mark(), &mark));
  return mark;
}

static napi_value attach(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value given[2], handle;
  uint32_t mark;
  bool reads = false;
  CHECK(napi_get_cb_info(env, info, &count, given, NULL, NULL));
  CHECK(napi_get_value_uint32(env, given[0], &mark));
  CHECK(napi_get_value_bool(env, given[1], &reads));
  lane_client *client = client_find(mark);
  if (client == NULL) return undefined(env);
  if ((!reads || client_read(client)) && napi_create_external(env, client, collected, NULL, &handle) == napi_ok) return handle;
  client_release(client);
  return throw_text(env, "no handle could be made");
}

static napi_value close_client(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value given[1];
  CHECK(napi_get_cb_info(env, info, &count, given, NULL, NULL));
  lane_client *client = client_of(env, given[0]);
  if (client == NULL) return throw_text(env, "no client");
  client_close(client);
  return undefined(env);
}

// Work items

/** The promise that `complete` settles; NULL where there is none, and nothing is left of it. */
static napi_value queue_work(napi_env env, const char *name, napi_async_execute_callback execute,
                             napi_async_complete_callback complete, void *data, napi_async_work *work,
                             napi_deferred *deferred) {
  napi_value promise, resource;
  if (napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &resource) != napi_ok ||
      napi_create_async_work(env, NULL, resource, execute, complete, data, work) != napi_ok)
    return NULL;
  if (napi_create_promise(env, deferred, &promise) == napi_ok) {
    if (napi_queue_async_work(env, *work) == napi_ok) return promise;
    // A deferred is freed when it is settled.
    napi_resolve_deferred(env, *deferred, undefined(env));
  }
  napi_delete_async_work(env, *work);
  return NULL;
}

// consume

typedef struct {
  napi_async_work work;
  napi_deferred deferred;
  lane_client *client;
  uint32_t records_max;
  int32_t timeout_ms;
  bool may;
  bool is_done;
  lane_taken taken;
} consuming;

static void consume_execute(napi_env env, void *data) {
  (void)env;
  consuming *one = data;
  one->may = client_enter(one->client);
  if (!one->may) return;
  one->is_done = lane_consume(one->client, one->records_max, one->timeout_ms, &one->taken);
  client_leave(one->client);
}

static void free_block(napi_env env, void *block, void *hint) {
  (void)env, (void)hint;
  free(block);
}

/** The memory itself, where the engine takes it; else a copy. */
static bool buffer_of(napi_env env, lane_batch *batch, napi_value *buffer) {
  if (napi_create_external_arraybuffer(env, batch->block, batch->block_size, free_block, NULL, buffer) == napi_ok) {
    batch->block = NULL;
    return true;
  }
  void *copy;
  if (napi_create_arraybuffer(env, batch->block_size, &copy, buffer) != napi_ok) return false;
  memcpy(copy, batch->block, batch->block_size);
  return true;
}

static napi_value taken_of(napi_env env, lane_taken *taken) {
  napi_value object, batches, notices;
  bool is_pending = false;
  CHECK(napi_create_object(env, &object));
  CHECK(napi_create_array_with_length(env, taken->batch_count, &batches));
  CHECK(napi_create_array_with_length(env, taken->notice_count, &notices));
  for (uint32_t i = 0; i < taken->batch_count; i++) {
    lane_batch *batch = &taken->batches[i];
    napi_value one, buffer;
    CHECK(napi_create_object(env, &one));
    if (!buffer_of(env, batch, &buffer)) return throw_text(env, "no memory for records");
    set_text(env, one, "topic", batch->topic);
    set_number(env, one, "partition", batch->partition);
    set_number(env, one, "length", batch->length);
    set_number(env, one, "position", (double)batch->position);
    set(env, one, "buffer", buffer);
    CHECK(napi_set_element(env, batches, i, one));
  }
  for (uint32_t i = 0; i < taken->notice_count; i++) {
    napi_value one;
    CHECK(napi_create_object(env, &one));
    set_number(env, one, "code", taken->notices[i].code);
    set_text(env, one, "message", taken->notices[i].text);
    set_text(env, one, "topic", taken->notices[i].topic);
    set_number(env, one, "partition", taken->notices[i].partition);
    set_number(env, one, "offset", (double)taken->notices[i].offset);
    CHECK(napi_set_element(env, notices, i, one));
  }
  set(env, object, "batches", batches);
  set(env, object, "notices", notices);
  // Where one of the small steps above has failed, records would be missing.
  CHECK(napi_is_exception_pending(env, &is_pending));
  return is_pending ? NULL : object;
}

static napi_value error_of(napi_env env, const char *text) {
  napi_value message, error = NULL;
  if (napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &message) == napi_ok) napi_create_error(env, NULL, message, &error);
  return error;
}

static const char *why_not(const consuming *one) {
  if (!one->may) return "closed";
  return one->is_done ? "no memory for records" : one->taken.failure;
}

static void consume_complete(napi_env env, napi_status status, void *data) {
  consuming *one = data;
  napi_value value = NULL;
  if (status == napi_ok && one->may && one->is_done) value = taken_of(env, &one->taken);
  if (value != NULL) {
    napi_resolve_deferred(env, one->deferred, value);
  } else {
    napi_value thrown = NULL;
    napi_get_and_clear_last_exception(env, &thrown);
    napi_reject_deferred(env, one->deferred, error_of(env, why_not(one)));
  }
  lane_taken_free(&one->taken);
  napi_delete_async_work(env, one->work);
  client_release(one->client);
  free(one);
}

static napi_value consume(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value given[3];
  uint32_t records_max;
  int32_t timeout_ms;
  CHECK(napi_get_cb_info(env, info, &count, given, NULL, NULL));
  CHECK(napi_get_value_uint32(env, given[1], &records_max));
  CHECK(napi_get_value_int32(env, given[2], &timeout_ms));
  lane_client *client = client_of(env, given[0]);
  if (client == NULL || records_max == 0) return throw_text(env, "no client, or no records");
  consuming *one = calloc(1, sizeof *one);
  if (one == NULL) return throw_text(env, "out of memory");
  one->client = client;
  one->records_max = records_max;
  one->timeout_ms = timeout_ms;
  client_refer(client);
  napi_value promise = queue_work(env, "lane.consume", consume_execute, consume_complete, one, &one->work, &one->deferred);
  if (promise != NULL) return promise;
  client_release(client);
  free(one);
  return throw_text(env, "no work item could be made");
}

// produce

static napi_value refusal_of(napi_env env, const lane_refusal *refusal) {
  napi_value object;
  CHECK(napi_create_object(env, &object));
  set_number(env, object, "index", (double)refusal->index);
  set_number(env, object, "code", refusal->code);
  set_text(env, object, "message", refusal->text);
  return object;
}

static napi_value set_topics(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value given[2];
  uint32_t length;
  CHECK(napi_get_cb_info(env, info, &count, given, NULL, NULL));
  CHECK(napi_get_array_length(env, given[1], &length));
  lane_client *client = client_of(env, given[0]);
  if (client == NULL) return throw_text(env, "no client");
  const char **names = calloc(length + 1, sizeof *names);
  if (names == NULL) return throw_text(env, "out of memory");
  bool is_good = true;
  for (uint32_t i = 0; i < length; i++) {
    napi_value name;
    is_good = is_good && napi_get_element(env, given[1], i, &name) == napi_ok && (names[i] = text_of(env, name)) != NULL;
  }
  lane_refusal refusal = {.code = RD_KAFKA_RESP_ERR__DESTROY, .text = "closed"};
  bool is_set = false;
  if (is_good && client_enter(client)) {
    is_set = lane_set_topics(client, names, length, &refusal);
    client_leave(client);
  }
  for (uint32_t i = 0; i < length; i++) free((void *)names[i]);
  free(names);
  if (!is_good) return throw_text(env, "a topic has no name");
  return is_set ? undefined(env) : refusal_of(env, &refusal);
}

static napi_value produce(napi_env env, napi_callback_info info) {
  enum { argument_count = 13 };
  size_t count = argument_count;
  napi_value given[argument_count];
  uint32_t from, length;
  CHECK(napi_get_cb_info(env, info, &count, given, NULL, NULL));
  CHECK(napi_get_value_uint32(env, given[1], &from));
  CHECK(napi_get_value_uint32(env, given[2], &length));
  lane_client *client = client_of(env, given[0]);
  napi_typedarray_type type;
  void *bytes;
  lane_outputs outputs = {.length = length};
  CHECK(napi_get_typedarray_info(env, given[3], &type, &outputs.bytes_size, &bytes, NULL, NULL));
  outputs.bytes = bytes;
  const void **const columns[] = {
      (const void **)&outputs.topic,       (const void **)&outputs.partition,   (const void **)&outputs.timestamp,
      (const void **)&outputs.key_start,   (const void **)&outputs.key_end,     (const void **)&outputs.value_start,
      (const void **)&outputs.value_end,   (const void **)&outputs.headers_start, (const void **)&outputs.headers_end,
  };
  bool is_good = client != NULL && type == napi_uint8_array;
  for (size_t i = 0; is_good && i < sizeof columns / sizeof *columns; i++)
    is_good = numbers_of(env, given[4 + i], i == 2 ? napi_float64_array : napi_int32_array, length, columns[i]);
  if (!is_good) return throw_text(env, "columns of another kind");
  lane_refusal refusal = {.index = from, .code = RD_KAFKA_RESP_ERR__DESTROY, .text = "closed"};
  if (!client_enter(client)) return refusal_of(env, &refusal);
  const bool is_done = lane_produce(client, &outputs, from, &refusal);
  client_leave(client);
  return is_done ? undefined(env) : refusal_of(env, &refusal);
}

// sendOffsets

typedef struct {
  napi_async_work work;
  napi_deferred deferred;
  lane_client *producer;
  lane_client *consumer;
  rd_kafka_topic_partition_list_t *offsets;
  int32_t timeout_ms;
  bool is_sent;
  lane_error failure;
} sending;

static void sending_free(sending *one) {
  if (one->offsets != NULL) k.rd_kafka_topic_partition_list_destroy(one->offsets);
  free(one);
}

static void send_execute(napi_env env, void *data) {
  (void)env;
  sending *one = data;
  one->failure = (lane_error){.code = RD_KAFKA_RESP_ERR__DESTROY, .is_fatal = true, .text = "closed"};
  if (!client_enter(one->producer)) return;
  if (client_enter(one->consumer)) {
    one->is_sent = lane_send_offsets(one->producer, one->consumer, one->offsets, one->timeout_ms, &one->failure);
    client_leave(one->consumer);
  }
  client_leave(one->producer);
}

static void send_complete(napi_env env, napi_status status, void *data) {
  sending *one = data;
  napi_value failure = undefined(env);
  if (status != napi_ok || !one->is_sent) {
    napi_create_object(env, &failure);
    set_number(env, failure, "code", one->failure.code);
    set_text(env, failure, "message", one->failure.text);
    set_bool(env, failure, "isFatal", one->failure.is_fatal);
    set_bool(env, failure, "isRetriable", one->failure.is_retriable);
    set_bool(env, failure, "isTxnRequiresAbort", one->failure.requires_abort);
  }
  napi_resolve_deferred(env, one->deferred, failure);
  napi_delete_async_work(env, one->work);
  client_release(one->producer);
  client_release(one->consumer);
  sending_free(one);
}

static bool add_offset(napi_env env, napi_value entry, rd_kafka_topic_partition_list_t *offsets) {
  napi_value value;
  int32_t partition;
  double offset;
  if (napi_get_named_property(env, entry, "partition", &value) != napi_ok ||
      napi_get_value_int32(env, value, &partition) != napi_ok ||
      napi_get_named_property(env, entry, "offset", &value) != napi_ok ||
      napi_get_value_double(env, value, &offset) != napi_ok ||
      napi_get_named_property(env, entry, "topic", &value) != napi_ok)
    return false;
  char *topic = text_of(env, value);
  if (topic == NULL) return false;
  rd_kafka_topic_partition_t *added = k.rd_kafka_topic_partition_list_add(offsets, topic, partition);
  free(topic);
  added->offset = (int64_t)offset;
  if (napi_get_named_property(env, entry, "metadata", &value) != napi_ok) return false;
  // Freed with the list, by the library's own `free`. The binding writes the end of the text, too, and takes the last byte off
  // where it reads: a group's offsets must mean the same whichever lane wrote them.
  added->metadata = text_of(env, value);
  added->metadata_size = added->metadata == NULL ? 0 : strlen(added->metadata) + 1;
  return true;
}

static napi_value send_offsets(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value given[4];
  uint32_t length;
  int32_t timeout_ms;
  CHECK(napi_get_cb_info(env, info, &count, given, NULL, NULL));
  CHECK(napi_get_array_length(env, given[2], &length));
  CHECK(napi_get_value_int32(env, given[3], &timeout_ms));
  lane_client *producer = client_of(env, given[0]);
  lane_client *consumer = client_of(env, given[1]);
  if (producer == NULL || consumer == NULL) return throw_text(env, "no clients");
  sending *one = calloc(1, sizeof *one);
  if (one == NULL) return throw_text(env, "out of memory");
  one->producer = producer;
  one->consumer = consumer;
  one->timeout_ms = timeout_ms;
  one->offsets = k.rd_kafka_topic_partition_list_new((int)length);
  bool is_good = true;
  for (uint32_t i = 0; is_good && i < length; i++) {
    napi_value entry;
    is_good = napi_get_element(env, given[2], i, &entry) == napi_ok && add_offset(env, entry, one->offsets);
  }
  client_refer(producer);
  client_refer(consumer);
  napi_value promise =
      is_good ? queue_work(env, "lane.sendOffsets", send_execute, send_complete, one, &one->work, &one->deferred) : NULL;
  if (promise != NULL) return promise;
  client_release(producer);
  client_release(consumer);
  sending_free(one);
  return throw_text(env, "offsets of another kind, or no work item");
}

// What is known of a client at this moment

static napi_value state(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value given[1], object;
  CHECK(napi_get_cb_info(env, info, &count, given, NULL, NULL));
  lane_client *client = client_of(env, given[0]);
  if (client == NULL) return throw_text(env, "no client");
  CHECK(napi_create_object(env, &object));
  // In this order: what is answered in between counts for both.
  const long answered = atomic_load(&client->answered);
  set_number(env, object, "unanswered", (double)(atomic_load(&client->sent) - answered));
  set_number(env, object, "acknowledged", (double)atomic_load(&client->acknowledged));
  set_number(env, object, "refused", (double)atomic_load(&client->refused));
  set_number(env, object, "refusal", atomic_load(&client->refusal));
  return object;
}

static napi_value fatal(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value given[1], object;
  CHECK(napi_get_cb_info(env, info, &count, given, NULL, NULL));
  lane_client *client = client_of(env, given[0]);
  if (client == NULL) return throw_text(env, "no client");
  if (!client_enter(client)) return undefined(env);
  char text[512];
  const rd_kafka_resp_err_t code = k.rd_kafka_fatal_error(client->rk, text, sizeof text);
  client_leave(client);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return undefined(env);
  CHECK(napi_create_object(env, &object));
  set_number(env, object, "code", code);
  set_text(env, object, "message", text);
  return object;
}

static napi_value count_clients(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value number;
  CHECK(napi_create_uint32(env, (uint32_t)client_count(), &number));
  return number;
}

NAPI_MODULE_INIT() {
  const struct {
    const char *name;
    napi_callback call;
  } functions[] = {
      {"load", load},          {"latestMark", latest_mark}, {"attach", attach},   {"close", close_client}, {"consume", consume},
      {"setTopics", set_topics}, {"produce", produce}, {"sendOffsets", send_offsets}, {"state", state},
      {"fatal", fatal},        {"count", count_clients},
  };
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value function;
    CHECK(napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].call, NULL, &function));
    CHECK(napi_set_named_property(env, exports, functions[i].name, function));
  }
  return exports;
}
