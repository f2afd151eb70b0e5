// What brokers take of a producer's records.

import { expect, test } from 'vitest';
import type { SentRecord } from '../../src/memory/partition-log.js';
import { defaultRules, requireTaken } from '../../src/memory/record-rules.js';

const nowMs = Date.UTC(2026, 0, 1);
const about = { keepsNewest: false, wallMs: nowMs };
const hourMs = 3_600_000;

function record(part: Partial<SentRecord> = {}): SentRecord {
  return { timestamp: nowMs, key: new Uint8Array(1), value: new Uint8Array(400), headers: new Uint8Array(0), ...part };
}

test('a batch is as large as its records together: two fit where three do not', () => {
  const rules = { ...defaultRules, maxMessageBytes: 1000 };
  requireTaken([record(), record()], rules, about);
  expect(() => requireTaken([record(), record(), record()], rules, about)).toThrow('MSG_SIZE_TOO_LARGE');
});

test('a record may be an hour ahead of the brokers, and of any time before', () => {
  requireTaken([record({ timestamp: nowMs + hourMs }), record({ timestamp: 1 })], defaultRules, about);
  const ahead = [record(), record({ timestamp: nowMs + hourMs + 1 })];
  expect(() => requireTaken(ahead, defaultRules, about)).toThrow('INVALID_TIMESTAMP');
});

test('where a topic takes nothing old, a record without a time is none of those', () => {
  const rules = { ...defaultRules, timestampBeforeMsMax: hourMs };
  requireTaken([record({ timestamp: -1 }), record({ timestamp: nowMs - hourMs })], rules, about);
  expect(() => requireTaken([record({ timestamp: nowMs - hourMs - 1 })], rules, about)).toThrow('INVALID_TIMESTAMP');
});

test('where of each key the newest record stays, every record has a key', () => {
  const keeping = { ...about, keepsNewest: true };
  requireTaken([record({ value: null })], defaultRules, keeping);
  expect(() => requireTaken([record(), record({ key: null })], defaultRules, keeping)).toThrow('INVALID_RECORD');
});
