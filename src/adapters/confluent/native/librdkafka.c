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
#define LANE_FIND(name)                              \
  k.name = (__typeof__(k.name))dlsym(library, #name); \
  if (k.name == NULL && missing == NULL) missing = #name;
  LANE_FUNCTIONS(LANE_FIND)
#undef LANE_FIND
  dlclose(library);
  librdkafka_is_found = missing == NULL;
  return missing;
}
