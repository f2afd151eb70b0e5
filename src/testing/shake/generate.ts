// Records made of what codecs say of their values: texts, numbers and bytes by their kind, Avro by its schema. A JSON codec holds a
// schema that can tell right from wrong and nothing else, so nothing is made for it.

import type { AnyCodec } from '../../core/codec.js';
import type { TopologyTopic } from '../../core/topology.js';
import { type SeededRandom, seededRandom } from '../../memory/seeded-random.js';
import { avroValue, words } from './generate-avro.js';
import type { GivenRecord } from './inputs.js';

/** Undefined where a codec of the topic does not say enough. The same ones each time. */
export function generated({ key, value }: TopologyTopic, count: number): readonly GivenRecord[] | undefined {
  const random = seededRandom(1);
  const records: GivenRecord[] = [];
  for (let i = 0; i < count; i++) {
    const made = [valueFor(key, random, i), valueFor(value, random, i)] as const;
    if (made[0] === undefined || made[1] === undefined) return undefined;
    records.push({ key: made[0].value, value: made[1].value });
  }
  return records;
}

interface Made {
  readonly value: unknown;
}

function valueFor({ format, schema, nullable }: AnyCodec, random: SeededRandom, i: number): Made | undefined {
  // One of them, not the first: a tombstone has something before it.
  if (nullable && i === 2) return { value: null };
  switch (format) {
    case 'text':
      return { value: words(random) };
    case 'int32':
      return { value: random.whole(-1000, 1000) };
    case 'int64':
      return { value: BigInt(random.whole(-1000, 1000)) };
    case 'float64':
      return { value: Math.round(random.between(-1000, 1000) * 100) / 100 };
    case 'bytes':
      return { value: Uint8Array.from({ length: random.whole(0, 12) }, () => random.whole(0, 255)) };
    case 'avro':
      return schema === undefined ? undefined : { value: avroValue(JSON.parse(schema), random) };
    default:
      return undefined;
  }
}
