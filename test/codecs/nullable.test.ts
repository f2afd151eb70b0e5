import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { json } from '../../src/codecs/json.js';
import { nullable } from '../../src/codecs/nullable.js';
import { int64 } from '../../src/codecs/number.js';
import { text } from '../../src/codecs/text.js';
import type { Codec, CodecScope, Serde } from '../../src/core/codec.js';
import { decoded, encoded, opened, scope } from './serde.js';

describe('a nullable codec', () => {
  test('says so, and is otherwise the codec that it was made from', async () => {
    const codec = nullable(int64());
    expect(codec).toMatchObject({ format: 'int64', nullable: true });
    expect(int64().nullable).toBe(false);
    const serde = await opened(codec);
    expect(decoded(serde, encoded(serde, -7n))).toBe(-7n);
  });

  test('opens the codec for the very topic, with what it finds there', async () => {
    const seen: unknown[] = [];
    class Own implements Codec<string> {
      readonly format = 'own';
      readonly nullable = false;
      readonly subject = 'orders-value';
      open(given: CodecScope): Serde<string> | Promise<Serde<string>> {
        seen.push(given, this.subject);
        return text().open(given);
      }
    }
    await nullable(new Own()).open(scope);
    expect(seen).toEqual([scope, 'orders-value']);
  });

  test('of one codec is one codec, and stays nullable', () => {
    const order = json(z.object({ id: z.string() }));
    expect(nullable(order)).toBe(nullable(order));
    expect(nullable(nullable(order))).toBe(nullable(order));
    expect(nullable(text())).not.toBe(nullable(int64()));
  });
});
