import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { text } from '../../src/codecs/text.js';
import { ByteSlab } from '../../src/core/byte-slab.js';
import { decoded, encoded, hex, opened, thrownBy } from './serde.js';

const texts = await opened(text());

describe('a text', () => {
  test.each([
    ['', ''],
    ['order-1', '6f 72 64 65 72 2d 31'],
    ['é', 'c3 a9'],
    ['東京', 'e6 9d b1 e4 ba ac'],
    ['🚚', 'f0 9f 9a 9a'],
    ['\u0000', '00'],
    ['\uFEFF', 'ef bb bf'],
    ['\uFFFD', 'ef bf bd'],
  ])('%j is the UTF-8 that StringSerializer writes', (value, bytes) => {
    expect(encoded(texts, value)).toEqual(hex(bytes));
    expect(decoded(texts, hex(bytes))).toBe(value);
  });

  test('of any characters and length comes back as it was', () => {
    const any = fc.string({ unit: 'binary', maxLength: 2000, size: 'max' });
    // Making a text of this length smaller takes for ever, and says no more.
    fc.assert(
      fc.property(any, (value) => decoded(texts, encoded(texts, value)) === value),
      { endOnFailure: true },
    );
  });

  test('of many megabytes takes what it needs and not three times that', () => {
    const slab = new ByteSlab(16);
    texts.encode('x'.repeat(8_000_000), slab);
    expect(slab.position).toBe(8_000_000);
    expect(slab.bytes.length).toBe(8_000_000);
  });

  test('after text stands right behind it, also when the slab moved meanwhile', () => {
    const slab = new ByteSlab(8);
    for (const value of ['order-1', 'é', '東京', 'x'.repeat(3000)]) texts.encode(value, slab);
    expect(Buffer.from(slab.bytes.subarray(0, slab.position)).toString()).toBe(`order-1é東京${'x'.repeat(3000)}`);
  });

  test.each([
    ['a byte that never occurs', '6f 72 ff'],
    ['a character that breaks off', 'e6 9d'],
    ['a continuation without a beginning', '80'],
    ['half of a surrogate pair', 'ed a0 80'],
    ['an overlong form', 'c0 af'],
    ['a wrong byte beside a real U+FFFD', 'ef bf bd ff'],
  ])('is refused where its bytes are not UTF-8: %s', (_, bytes) => {
    expect(thrownBy(() => decoded(texts, hex(bytes)))).toMatchObject({
      code: 'PRC_BYTES_UNREADABLE',
      message: 'these bytes are not text: they are not valid UTF-8',
    });
  });

  test('agrees with a strict decoder about every sequence of bytes', () => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const outcome = (read: () => string) => {
      try {
        return read();
      } catch {
        return 'refused';
      }
    };
    const sequences = fc.array(
      fc.constantFrom(0x41, 0x80, 0xbf, 0xbd, 0xc3, 0xe6, 0xef, 0xed, 0xa0, 0xf0, 0x9f, 0xff),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(sequences, (sequence) => {
        const bytes = Uint8Array.from(sequence);
        expect(outcome(() => decoded(texts, bytes))).toBe(outcome(() => strict.decode(bytes)));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([['\uD83D'], ['a\uDE9A'], ['\uDE9A\uD83D']])(
    'is refused where it holds half of a surrogate pair: %j',
    (value) => {
      expect(thrownBy(() => encoded(texts, value))).toMatchObject({
        code: 'PRC_VALUE_UNWRITABLE',
        details: { problem: 'it holds half of a surrogate pair' },
      });
    },
  );

  test('is not made of something else', () => {
    expect(thrownBy(() => encoded(texts, 42 as unknown as string))).toMatchObject({
      message: 'the text codec cannot write 42: it is not a string',
    });
  });
});
