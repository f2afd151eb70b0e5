import { describe, expect, test } from 'vitest';
import { bytes } from '../../src/codecs/bytes.js';
import { ByteSlab } from '../../src/core/byte-slab.js';
import { decoded, encoded, hex, opened, thrownBy } from './serde.js';

const raw = await opened(bytes());

describe('bytes', () => {
  test('come and go as they are, none included', () => {
    for (const some of [hex(''), hex('00'), hex('ff 00 80 7f')]) {
      expect(encoded(raw, some)).toEqual(some);
      expect(decoded(raw, some)).toEqual(some);
    }
  });

  test('are copied on the way in, so a replay starts from what came (E11)', () => {
    for (const batch of [Uint8Array.of(1, 2, 3), Buffer.from([1, 2, 3])]) {
      const read = raw.decode(batch, 1, 3);
      read.fill(9);
      expect([...batch]).toEqual([1, 2, 3]);
      expect(read.constructor).toBe(Uint8Array);
    }
  });

  test('are copied on the way out, so a handler may use its array again', () => {
    const slab = new ByteSlab(8);
    const mine = Uint8Array.of(1, 2, 3);
    raw.encode(mine, slab);
    mine.fill(9);
    expect([...slab.bytes.subarray(0, slab.position)]).toEqual([1, 2, 3]);
  });

  test('may be given as a Buffer, and as a part of a larger one', () => {
    expect(encoded(raw, Buffer.from('abc').subarray(1))).toEqual(hex('62 63'));
  });

  test.each([['abc'], [[1, 2]], [new Uint16Array(1)], [undefined]])('are not made of something else: %o', (value) => {
    expect(thrownBy(() => encoded(raw, value as unknown as Uint8Array))).toMatchObject({
      code: 'PRC_VALUE_UNWRITABLE',
      details: { problem: 'it is not a Uint8Array' },
    });
  });
});
