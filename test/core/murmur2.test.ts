// E17: the hash that decides where a record goes is Kafka's own.

import { expect, test } from 'vitest';
import { murmur2, partitionOf } from '../../src/core/murmur2.js';

/** What org.apache.kafka.common.utils.Utils.murmur2 gives, from Kafka's own tests. */
const known: readonly (readonly [string, number])[] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
];

test.each(known)("E17: murmur2 of '%s' is the one of Kafka's Java client", (key, hash) => {
  const bytes = new TextEncoder().encode(key);
  expect(murmur2(bytes, 0, bytes.length)).toBe(hash);
});

test('E17: a key in the middle of a larger buffer hashes as it does alone', () => {
  for (const [key, hash] of known) {
    const bytes = new TextEncoder().encode(`??${key}!!`);
    expect(murmur2(bytes, 2, bytes.length - 2)).toBe(hash);
  }
});

test('E17: bytes above 127 are not signed, and a negative hash gives a partition all the same', () => {
  const bytes = Uint8Array.from([0xff, 0xfe, 0x80, 0x81, 0xff]);
  const partition = partitionOf(bytes, 0, bytes.length, 7);
  expect(partition).toBe((murmur2(bytes, 0, bytes.length) & 0x7fffffff) % 7);
  const negative = new TextEncoder().encode('21');
  expect(partitionOf(negative, 0, 2, 7)).toBe((-973932308 & 0x7fffffff) % 7);
});
