// Records of a consumer, taken from its queue and copied into columns, on a thread of libuv's pool.

#ifndef LANE_CONSUME_H
#define LANE_CONSUME_H

#include "client.h"

/** The records of one partition, in the order of their offsets. */
typedef struct {
  char *topic;
  int32_t partition;
  uint32_t length;
  /** Where the partition is read next, right after these records (E12); negative where the client does not say. */
  int64_t position;
  /**
   * One block of memory: offsets and timestamps as doubles, then starts and ends of keys, values and headers as int32 (-1: none),
   * each for all records, then the bytes. The same layout as `recordColumns` of ports/record-batch.ts.
   */
  uint8_t *block;
  size_t block_size;
} lane_batch;

/** What the consumer said instead of a record. */
typedef struct {
  int code;
  char *text;
} lane_notice;

typedef struct {
  lane_batch *batches;
  size_t batch_count;
  lane_notice *notices;
  size_t notice_count;
} lane_taken;

/**
 * What is there, at most `records_max`; waits up to `timeout_ms` for the first record. Serves the client's callbacks meanwhile.
 * False where the memory does not suffice: nothing is lost then but the records themselves, which are not there any more.
 */
bool lane_consume(lane_client *client, size_t records_max, int timeout_ms, lane_taken *taken);

/** Frees everything but the blocks that were given away, which are NULL then. */
void lane_taken_free(lane_taken *taken);

#endif
