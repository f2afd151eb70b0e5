// A value of an Avro schema, as an author would write it (the rules stand in codecs/avro).

import type { SeededRandom } from '../../memory/seeded-random.js';

type Schema = string | readonly Schema[] | ObjectSchema;

interface ObjectSchema {
  readonly type: Schema;
  readonly name?: string;
  readonly namespace?: string;
  readonly logicalType?: string;
  readonly fields?: readonly { readonly name: string; readonly type: Schema }[];
  readonly symbols?: readonly string[];
  readonly items?: Schema;
  readonly values?: Schema;
  readonly size?: number;
  readonly scale?: number;
}

export function avroValue(schema: unknown, random: SeededRandom): unknown {
  return new Generator(random).value(schema as Schema, 0);
}

class Generator {
  readonly #random: SeededRandom;
  /** What has a name can be referred to. */
  readonly #named = new Map<string, ObjectSchema>();

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  value(schema: Schema, depth: number): unknown {
    const random = this.#random;
    if (typeof schema === 'string') return this.#ofName(schema, depth);
    if (isUnion(schema)) return this.#ofUnion(schema, depth);
    this.#note(schema);
    const logical = this.#ofLogical(schema);
    if (logical !== undefined) return logical;
    switch (schema.type) {
      case 'record':
        return Object.fromEntries((schema.fields ?? []).map(({ name, type }) => [name, this.value(type, depth + 1)]));
      case 'enum':
        return random.pick(schema.symbols ?? []);
      case 'array':
        return this.#many(depth, () => this.value(schema.items as Schema, depth + 1));
      case 'map':
        return Object.fromEntries(
          this.#many(depth, () => [words(random), this.value(schema.values as Schema, depth + 1)] as const),
        );
      case 'fixed':
        return this.#bytes(schema.size ?? 0);
      default:
        return this.value(schema.type, depth);
    }
  }

  #ofName(name: string, depth: number): unknown {
    const random = this.#random;
    switch (name) {
      case 'null':
        return null;
      case 'boolean':
        return random.next() < 0.5;
      case 'int':
      case 'long':
        return random.whole(-1000, 1000);
      case 'float':
      case 'double':
        return random.whole(-4000, 4000) / 4;
      case 'bytes':
        return this.#bytes(random.whole(0, 12));
      case 'string':
        return words(random);
      default: {
        const named = this.#named.get(name.split('.').at(-1) ?? name);
        return named === undefined ? null : this.value(named, depth + 1);
      }
    }
  }

  #ofLogical({ logicalType, scale = 0 }: ObjectSchema): unknown {
    const random = this.#random;
    const day = Date.UTC(2026, 0, 1) + random.whole(0, 364) * 86_400_000;
    switch (logicalType) {
      case 'date':
        return new Date(day).toISOString().slice(0, 10);
      case 'timestamp-millis':
        return new Date(day + random.whole(0, 86_399_999));
      case 'time-millis':
        return random.whole(0, 86_399_999);
      case 'time-micros':
        return random.whole(0, 86_399_999) * 1000;
      case 'timestamp-micros':
        return day * 1000;
      case 'decimal':
        return random.whole(0, 9).toFixed(scale);
      case 'uuid':
        return `00000000-0000-4000-8000-${String(random.whole(0, 999_999)).padStart(12, '0')}`;
      case undefined:
      default:
        return undefined;
    }
  }

  /** Deep down only null, where there is one: schemas may contain themselves. */
  #ofUnion(branches: readonly Schema[], depth: number): unknown {
    const random = this.#random;
    for (const branch of branches) if (typeof branch === 'object' && !isUnion(branch)) this.#note(branch);
    const hasNull = branches.includes('null');
    if (hasNull && (depth > depthMax || random.next() < 0.3)) return null;
    const others = branches.filter((branch) => branch !== 'null');
    const branch = random.pick(others);
    const value = this.value(branch, depth + 1);
    // Where JavaScript cannot tell the branches apart, a value says which it is.
    const kinds = others.map((one) => this.#kindOf(one));
    return new Set(kinds).size < kinds.length ? { [this.#nameOf(branch)]: value } : value;
  }

  #kindOf(schema: Schema): string {
    if (typeof schema === 'object' && !isUnion(schema) && schema.logicalType !== undefined) {
      if (schema.logicalType === 'timestamp-millis') return 'date';
      if (['date', 'decimal', 'uuid'].includes(schema.logicalType)) return 'string';
    }
    const type =
      typeof schema === 'string' ? (this.#named.get(schema)?.type ?? schema) : isUnion(schema) ? '' : schema.type;
    if (typeof type !== 'string') return 'object';
    return kinds[type] ?? 'object';
  }

  #nameOf(schema: Schema): string {
    if (typeof schema === 'string') return schema;
    if (isUnion(schema)) return '';
    const { name, namespace, type } = schema;
    if (name === undefined) return this.#nameOf(type);
    return namespace === undefined || name.includes('.') ? name : `${namespace}.${name}`;
  }

  #note(schema: ObjectSchema): void {
    if (schema.name !== undefined) this.#named.set(schema.name.split('.').at(-1) ?? schema.name, schema);
  }

  #many<T>(depth: number, make: () => T): T[] {
    return Array.from({ length: depth > depthMax ? 0 : this.#random.whole(0, 3) }, make);
  }

  #bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.#random.whole(0, 255));
  }
}

/** Some text. */
export function words(random: SeededRandom): string {
  return Array.from({ length: random.whole(1, 4) }, () => random.pick(vocabulary)).join(' ');
}

function isUnion(schema: Schema): schema is readonly Schema[] {
  return Array.isArray(schema);
}

const kinds: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  string: 'string',
  enum: 'string',
  bytes: 'bytes',
  fixed: 'bytes',
  array: 'array',
};

const depthMax = 4;
const vocabulary = ['order', 'paid', 'blue', 'seven', 'ü', 'x', 'Kafka', '0', 'tea', 'late'] as const;
