import { describe, expect, test } from 'vitest';
import { ByteSlab } from '../../src/core/byte-slab.js';

function append(slab: ByteSlab, ...bytes: number[]): void {
  slab.reserve(bytes.length);
  slab.bytes.set(bytes, slab.position);
  slab.position += bytes.length;
}

describe('a byte slab', () => {
  test('keeps what was written while it grows', () => {
    const slab = new ByteSlab(2);
    for (let i = 0; i < 100; i++) append(slab, i, 255 - i);
    expect(slab.position).toBe(200);
    expect(Array.from(slab.bytes.subarray(0, 200))).toEqual(Array.from({ length: 100 }, (_, i) => [i, 255 - i]).flat());
  });

  test('doubles, so that many small writes copy little', () => {
    const slab = new ByteSlab(1);
    let copies = 0;
    for (let i = 0; i < 10_000; i++) {
      const before = slab.bytes;
      append(slab, 1);
      if (slab.bytes !== before) copies++;
    }
    expect(copies).toBe(14);
  });

  test('makes room at once for one large value, and also from nothing', () => {
    const slab = new ByteSlab(0);
    slab.reserve(1_000_003);
    expect(slab.bytes.length).toBe(1_000_003);
    expect(slab.position).toBe(0);
  });

  test('leaves its array alone while there is room', () => {
    const slab = new ByteSlab(8);
    const { bytes } = slab;
    append(slab, 1, 2, 3, 4);
    slab.reserve(4);
    expect(slab.bytes).toBe(bytes);
  });

  test('is used again after a reset; memory beyond the mark is given back', () => {
    const slab = new ByteSlab(4, 16);
    append(slab, ...Array.from({ length: 10 }, () => 7));
    const { bytes } = slab;
    slab.reset();
    expect([slab.position, slab.bytes]).toEqual([0, bytes]);
    append(slab, ...Array.from({ length: 17 }, () => 7));
    slab.reset();
    expect([slab.position, slab.bytes.length]).toEqual([0, 4]);
  });

  test('refuses to grow beyond what a column can address', () => {
    expect(() => new ByteSlab(8).reserve(2 ** 31)).toThrow('a batch cannot hold more than 2147483647 bytes');
  });
});
