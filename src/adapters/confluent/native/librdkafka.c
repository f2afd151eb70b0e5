// See librdkafka.h.

#define _GNU_SOURCE
#include "librdkafka.h"

#include <dlfcn.h>

librdkafka_t k;
bool librdkafka_is_found = false;

const char *librdkafka_find(const char *binding) {
  // Not loaded a second time: what is asked for is the very library that the client works with, or none.
  void *library = dlopen(binding, RTLD_NOLOAD | RTLD_LAZY);
  if (library == NULL) return "the client's addon is not loaded";
  const char *missing = NULL;
  librdkafka_t found;
#define LANE_FIND(name)                                      \
  found.name = (__typeof__(found.name))dlsym(library, #name); \
  if (found.name == NULL && missing == NULL) missing = #name;
  LANE_FUNCTIONS(LANE_FIND)
#undef LANE_FIND
  dlclose(library);
  if (missing != NULL) return missing;
  if (librdkafka_is_found)
    return found.rd_kafka_version == k.rd_kafka_version ? NULL : "the lane works with another librdkafka already";
  k = found;
  librdkafka_is_found = true;
  return NULL;
}
