// Records of a consumer, taken from its queue and copied into columns, on a thread of libuv's pool.

#ifndef LANE_CONSUME_H
#define LANE_CONSUME_H

#include "client.h"

/** The records of one partition, in the order of their offsets. A partition has several where one could not hold all bytes. */
typedef struct {
  char *topic;
  int32_t partition;
  uint32_t length;
  /**
   * Where the partition is read next, right after these records (E12); negative where the client does not say, and where more
   * of the partition's records follow.
   */
  int64_t position;
  bool goes_on;
  /**
   * One block of memory: offsets and timestamps as doubles, then starts and ends of keys, values and headers as int32 (-1: none),
   * each for all records, then the bytes. The same layout as `recordColumns` of ports/record-batch.ts.
   */
  uint8_t *block;
  size_t block_size;
} lane_batch;

/** What the consumer said instead of a record, and where; an empty topic where it is about no partition. */
typedef struct {
  int code;
  char *text;
  char *topic;
  int32_t partition;
  int64_t offset;
} lane_notice;

typedef struct {
  lane_batch *batches;
  size_t batch_count;
  lane_notice *notices;
  size_t notice_count;
  /** Why it failed, where it did. */
  char failure[384];
} lane_taken;

/**
 * What is there, at most `records_max`; waits up to `timeout_ms` for the first record. Serves the client's callbacks meanwhile.
 * False where the memory does not suffice, or a record is larger than a range of the columns can say: `failure` tells. The records
 * of this call are not there any more then, so whoever reads on without starting anew from a committed offset has lost them.
 */
bool lane_consume(lane_client *client, size_t records_max, int timeout_ms, lane_taken *taken);

/** Frees everything but the blocks that were given away, which are NULL then. */
void lane_taken_free(lane_taken *taken);

#endif
