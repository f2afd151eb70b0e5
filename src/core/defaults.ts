// Every default of the engine, with its reason (E23). Pure data; changed by measurement only.

export interface Limits {
  /** A batch is settled at this many records … */
  readonly batchRecordsMax: number;
  /** … or this many bytes of input and output … */
  readonly batchBytesMax: number;
  /** … or at this age, counted from its first record's handling. */
  readonly batchAgeMsMax: number;
  /** A task's next transaction begins no sooner than this after its last one, unless a full batch waits. */
  readonly lingerMs: number;
  /** Records that one call of the client may hand out. */
  readonly pollRecordsMax: number;
  /** Above this many bytes waiting, a partition is paused (E22) … */
  readonly partitionBytesMax: number;
  /** … and resumed below this many. */
  readonly partitionBytesLow: number;
  /** What one call of a handler may emit. */
  readonly callBytesMax: number;
  /** Above this many bytes in a processor, waiting or being handled, all its partitions are paused (E22). */
  readonly processorBytesMax: number;
  /** Retries that wait longer than this commit what came before them and wait outside the batch (E19). */
  readonly waitInBatchMsMax: number;
  /** How long one call of commit, abort, init or offsets may take before it is made again (E8). */
  readonly callTimeoutMs: number;
  /** How long all calls for one commit or abort may take before its producer is parked (E8). */
  readonly transactionTimeoutMs: number;
  /** How long a revoked task may finish what is under way (E5) … */
  readonly revokeTimeoutMs: number;
  /** … and at shutdown. */
  readonly shutdownTimeoutMs: number;
  /** A partition that stands still this long while it has records is looked into (E20). */
  readonly stallMs: number;
  /** A running processor's topics are looked at so often: whether they are still the same (E17, E18). */
  readonly topicsMs: number;
  /** How far a running processor is behind is looked at so often. */
  readonly lagMs: number;
  /** So long after the group has last taken its offsets, a task with a lost connection may have a successor (E9). */
  readonly memberMs: number;
  /** A task that is fenced this many times … */
  readonly fencingsMax: number;
  /** … within this long shares its transactional id with somebody (E9). */
  readonly fencingWindowMs: number;
  /** With more tasks than this a process says how many instances should share them (E14). */
  readonly tasksMax: number;
}

export const limits: Limits = {
  // A transaction costs about 10 ms whatever it holds: 5,000 records make that 2 µs each. More would only add latency
  // to the last record and work to a replay.
  batchRecordsMax: 5000,
  batchBytesMax: 8 * 1024 * 1024,
  // A reader of the outputs should not wait for a batch that fills slowly.
  batchAgeMsMax: 100,
  // Measured at 1,000 records/s in 4 partitions: a transaction takes 4.5 ms after this rest, and 13 ms without any.
  lingerMs: 5,
  // Building the client's objects costs 3.4 µs a record: 1,000 hold the thread for about 4 ms.
  pollRecordsMax: 1000,
  // Two batches: one that is being settled, one that waits.
  partitionBytesMax: 16 * 1024 * 1024,
  partitionBytesLow: 4 * 1024 * 1024,
  // As much as the client's own queue holds.
  callBytesMax: 64 * 1024 * 1024,
  processorBytesMax: 128 * 1024 * 1024,
  waitInBatchMsMax: 100,
  callTimeoutMs: 1000,
  // Kafka Streams uses 10 s; a reader of a crashed owner's output waits at most this long.
  transactionTimeoutMs: 15_000,
  revokeTimeoutMs: 5000,
  shutdownTimeoutMs: 1000,
  stallMs: 10_000,
  // One small question; what it finds is acted upon at the second look, 20 s after it has happened at the latest.
  topicsMs: 10_000,
  // Two small questions to each leader; metrics are collected every 15 s or more seldom as a rule.
  lagMs: 10_000,
  // Shorter than any session timeout that a member survives with.
  memberMs: 3000,
  // Who shares its id is fenced every other second while there is work; a hand-over that goes wrong fences once.
  fencingsMax: 3,
  fencingWindowMs: 60_000,
  // Each has a producer of its own, with three threads and one more for each broker.
  tasksMax: 128,
};
