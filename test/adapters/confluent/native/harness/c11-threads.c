// librdkafka makes its threads and locks by C11's functions, which gcc's thread sanitizer does not know: here they are POSIX's, which
// it does. In glibc they are the same underneath. Only built with that sanitizer.

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

typedef struct {
  thrd_start_t start;
  void *given;
} starting;

static void *start(void *data) {
  const starting one = *(starting *)data;
  free(data);
  return (void *)(intptr_t)one.start(one.given);
}

static int outcome(int error) { return error == 0 ? thrd_success : thrd_error; }

int thrd_create(thrd_t *thread, thrd_start_t function, void *given) {
  starting *one = malloc(sizeof *one);
  if (one == NULL) return thrd_nomem;
  *one = (starting){function, given};
  return outcome(pthread_create(thread, NULL, start, one));
}

int thrd_join(thrd_t thread, int *result) {
  void *returned = NULL;
  const int error = pthread_join(thread, &returned);
  if (result != NULL) *result = (int)(intptr_t)returned;
  return outcome(error);
}

int mtx_init(mtx_t *lock, int type) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, (type & mtx_recursive) ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL);
  return outcome(pthread_mutex_init((pthread_mutex_t *)lock, &attributes));
}

void mtx_destroy(mtx_t *lock) { pthread_mutex_destroy((pthread_mutex_t *)lock); }
int mtx_lock(mtx_t *lock) { return outcome(pthread_mutex_lock((pthread_mutex_t *)lock)); }
int mtx_unlock(mtx_t *lock) { return outcome(pthread_mutex_unlock((pthread_mutex_t *)lock)); }

int mtx_trylock(mtx_t *lock) {
  return pthread_mutex_trylock((pthread_mutex_t *)lock) == 0 ? thrd_success : thrd_busy;
}

int cnd_init(cnd_t *condition) { return outcome(pthread_cond_init((pthread_cond_t *)condition, NULL)); }
void cnd_destroy(cnd_t *condition) { pthread_cond_destroy((pthread_cond_t *)condition); }
int cnd_signal(cnd_t *condition) { return outcome(pthread_cond_signal((pthread_cond_t *)condition)); }
int cnd_broadcast(cnd_t *condition) { return outcome(pthread_cond_broadcast((pthread_cond_t *)condition)); }

int cnd_wait(cnd_t *condition, mtx_t *lock) {
  return outcome(pthread_cond_wait((pthread_cond_t *)condition, (pthread_mutex_t *)lock));
}

int cnd_timedwait(cnd_t *condition, mtx_t *lock, const struct timespec *until) {
  const int error = pthread_cond_timedwait((pthread_cond_t *)condition, (pthread_mutex_t *)lock, until);
  return error == 0 ? thrd_success : error == ETIMEDOUT ? thrd_timedout : thrd_error;
}
