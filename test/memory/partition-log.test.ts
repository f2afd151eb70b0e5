// What the log of one partition takes from whom, and what is left of it: sequences, epochs, ids that expire, compaction, retention.

import { beforeEach, expect, test } from 'vitest';
import { type BatchOrigin, PartitionLog, type SentRecord } from '../../src/memory/partition-log.js';

let now = 0;
let log: PartitionLog;
beforeEach(() => {
  now = 0;
  log = new PartitionLog({ wallMs: () => now, producerExpirationMs: 1000 });
});

/** `key=value`, or `key` alone for a tombstone. */
function records(...texts: readonly string[]): SentRecord[] {
  return texts.map((text) => {
    const [key, value] = text.split('=');
    const bytes = (part: string | undefined): Uint8Array | null =>
      part === undefined ? null : new TextEncoder().encode(part);
    return { timestamp: now, key: bytes(key), value: bytes(value), headers: new Uint8Array(0) };
  });
}

function origin(sequence: number, producer: Partial<BatchOrigin> = {}): BatchOrigin {
  return { id: 1, epoch: 0, sequence, isTransactional: false, ...producer };
}

const inTransaction = { isTransactional: true };

/** All that is there, committed or not, with offsets. */
function left(isCommitted = false): string[] {
  return log.read({ offset: log.low, recordsMax: 1000, isCommitted }).records.map(({ offset, key, value }) => {
    const text = (part: Uint8Array | null): string => (part ? new TextDecoder().decode(part) : '-');
    return `${offset} ${text(key)}=${text(value)}`;
  });
}

test('a batch that comes again is answered with the offset that it has, as long as it is one of the last five', () => {
  for (let i = 0; i < 6; i++) expect(log.append(records('k=v'), origin(i))).toBe(i);
  for (const i of [5, 3, 1]) expect(log.append(records('k=v'), origin(i))).toBe(i);
  expect(() => log.append(records('k=v'), origin(0))).toThrow('OUT_OF_ORDER_SEQUENCE_NUMBER');
  expect(log.high).toBe(6);
});

test('a gap in the sequence is refused, and what fills it is taken', () => {
  log.append(records('a=1', 'b=1'), origin(0));
  expect(() => log.append(records('k=v'), origin(3))).toThrow('OUT_OF_ORDER_SEQUENCE_NUMBER');
  expect(log.append(records('k=v'), origin(2))).toBe(2);
  expect(log.append(records('k=v'), origin(3))).toBe(3);
});

test('each epoch begins with 0, and the one before it is refused from then on', () => {
  log.append(records('a=1'), origin(0));
  expect(() => log.append(records('b=1'), origin(1, { epoch: 1 }))).toThrow('OUT_OF_ORDER_SEQUENCE_NUMBER');
  log.append(records('b=1'), origin(0, { epoch: 1 }));
  expect(() => log.append(records('c=1'), origin(1))).toThrow('INVALID_PRODUCER_EPOCH');
});

test('a marker fences older epochs, also where its producer has never written', () => {
  log.end({ id: 1, epoch: 3 }, 'abort');
  expect(() => log.append(records('a=1'), origin(0, { epoch: 2 }))).toThrow('INVALID_PRODUCER_EPOCH');
  expect(() => log.append(records('a=1'), origin(7, { epoch: 3 }))).toThrow('OUT_OF_ORDER_SEQUENCE_NUMBER');
  log.append(records('a=1'), origin(0, { epoch: 3 }));
});

test('of a producer that has not written for long nothing is known: any sequence and any epoch is taken', () => {
  log.append(records('a=1'), origin(0, { epoch: 5 }));
  now = 999;
  expect(() => log.append(records('b=1'), origin(4, { epoch: 5 }))).toThrow('OUT_OF_ORDER_SEQUENCE_NUMBER');
  now = 1000;
  expect(log.append(records('b=1'), origin(4, { epoch: 2 }))).toBe(1);
});

test('a producer with an open transaction is not forgotten', () => {
  log.append(records('a=1'), origin(0, inTransaction));
  now = 5000;
  log.forgetProducers();
  expect(() => log.append(records('b=1'), origin(7, inTransaction))).toThrow('OUT_OF_ORDER_SEQUENCE_NUMBER');
  log.end({ id: 1, epoch: 0 }, 'commit');
  expect(log.stable).toBe(2);
});

test('compaction leaves the newest of each key, with gaps inside batches, and the batch that is written to', () => {
  log.append(records('a=1', 'b=1', 'c=1'));
  log.append(records('a=2', 'd=1'));
  log.append(records('c=2', 'c=3'));
  log.compact({ deleteRetentionMs: 0 });
  expect(left()).toEqual(['1 b=1', '2 c=1', '3 a=2', '4 d=1', '5 c=2', '6 c=3']);
  log.append(records('z=1'));
  log.compact({ deleteRetentionMs: 0 });
  expect(left()).toEqual(['1 b=1', '3 a=2', '4 d=1', '6 c=3', '7 z=1']);
  expect(log.read({ offset: 5, recordsMax: 1, isCommitted: true })).toMatchObject({
    records: [{ offset: 6 }],
    next: 7,
  });
  expect([log.low, log.high]).toEqual([0, 8]);
});

test('nothing is compacted from the first open transaction on', () => {
  log.append(records('a=1'));
  log.append(records('a=2'));
  log.append(records('b=1'), origin(0, inTransaction));
  log.append(records('a=3'));
  log.append(records('a=4'));
  log.compact({ deleteRetentionMs: 0 });
  expect(left()).toEqual(['1 a=2', '2 b=1', '3 a=3', '4 a=4']);
});

test('aborted records go with the first compaction and take nobody’s place', () => {
  log.append(records('a=1'));
  log.append(records('a=lost'), origin(0, inTransaction));
  log.end({ id: 1, epoch: 0 }, 'abort');
  log.append(records('z=1'));
  log.compact({ deleteRetentionMs: 0 });
  expect(left()).toEqual(['0 a=1', '3 z=1']);
});

test('a tombstone stays as long as its time, counted from the compaction that has met it', () => {
  log.append(records('a=1'));
  log.append(records('a'));
  log.append(records('z=1'));
  log.compact({ deleteRetentionMs: 100 });
  expect(left()).toEqual(['1 a=-', '2 z=1']);
  now = 99;
  log.compact({ deleteRetentionMs: 100 });
  expect(left()).toEqual(['1 a=-', '2 z=1']);
  now = 100;
  log.compact({ deleteRetentionMs: 100 });
  expect(left()).toEqual(['2 z=1']);
});

test('where nothing but markers is left of old transactions, a reader goes past them', () => {
  log.append(records('a=lost'), origin(0, inTransaction));
  log.end({ id: 1, epoch: 0 }, 'abort');
  log.append(records('b=lost'), origin(1, inTransaction));
  log.end({ id: 1, epoch: 0 }, 'abort');
  log.compact({ deleteRetentionMs: 0 });
  expect(log.read({ offset: 0, recordsMax: 10, isCommitted: true })).toEqual({ records: [], next: 4, passed: 4 });
});

test('retention deletes what is older, from the beginning on, whatever stands behind it', () => {
  for (const at of [0, 100, 50, 200]) {
    now = at;
    log.append(records(`k=${at}`));
  }
  now = 220;
  log.retain({ ms: 150 });
  expect(left()).toEqual(['1 k=100', '2 k=50', '3 k=200']);
  log.retain({});
  expect(log.low).toBe(1);
  log.retain({ ms: 0 });
  expect([log.low, log.high]).toEqual([4, 4]);
});

test('retention deletes what is too much', () => {
  for (let i = 0; i < 10; i++) log.append(records(`k=${i}`));
  log.retain({ bytes: 3 * 71 });
  expect(left()).toEqual(['7 k=7', '8 k=8', '9 k=9']);
});

test('nobody reads below the beginning or beyond the end', () => {
  log.append(records('a=1', 'b=1', 'c=1'));
  log.deleteBefore(2);
  for (const offset of [0, 1, 4])
    expect(() => log.read({ offset, recordsMax: 1, isCommitted: false })).toThrow('OFFSET_OUT_OF_RANGE');
  expect(left()).toEqual(['2 c=1']);
  expect(() => log.deleteBefore(4)).toThrow('OFFSET_OUT_OF_RANGE');
});
