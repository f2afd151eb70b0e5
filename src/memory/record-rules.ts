// What a topic takes of a producer's records: all of a batch, or nothing of it.

import type { SentRecord } from './partition-log.js';
import { bytesOf } from './record-form.js';
import { Refusal } from './refusal.js';

export interface RecordRules {
  /** The largest batch, in bytes. The model does not compress. */
  readonly maxMessageBytes: number;
  /** How far a record's time may lie behind the brokers' own, and before it, in milliseconds. */
  readonly timestampAfterMsMax: number;
  readonly timestampBeforeMsMax: number;
}

/** A broker's own: `message.max.bytes`, `log.message.timestamp.after.max.ms` and `…before.max.ms`. */
export const defaultRules: RecordRules = {
  maxMessageBytes: 1_048_588,
  timestampAfterMsMax: 3_600_000,
  timestampBeforeMsMax: Number.POSITIVE_INFINITY,
};

/**
 * @param keepsNewest whether the topic keeps the newest record of each key alone
 * @throws INVALID_RECORD, INVALID_TIMESTAMP, MSG_SIZE_TOO_LARGE
 */
export function requireTaken(
  records: readonly SentRecord[],
  rules: RecordRules,
  { keepsNewest, wallMs }: { readonly keepsNewest: boolean; readonly wallMs: number },
): void {
  let bytes = batchBytes;
  for (const record of records) {
    const { key, timestamp } = record;
    if (keepsNewest && key === null) throw new Refusal('INVALID_RECORD');
    const aheadMs = timestamp - wallMs;
    const isNear = aheadMs <= rules.timestampAfterMsMax && -aheadMs <= rules.timestampBeforeMsMax;
    if (timestamp !== none && !isNear) throw new Refusal('INVALID_TIMESTAMP');
    bytes += recordBytes + bytesOf(record);
  }
  if (bytes > rules.maxMessageBytes) throw new Refusal('MSG_SIZE_TOO_LARGE');
}

/** What stands before the records of a batch, and about what stands before each of them. */
const batchBytes = 61;
const recordBytes = 8;
/** The timestamp of a record that has none. */
const none = -1;
