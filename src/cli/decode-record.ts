// What one record says, for people and for programs: by the codecs of its topic, or by guessing where there are none or
// where they cannot read it.

import { isUtf8 } from 'node:buffer';
import type { TopicRecord } from '../adapters/confluent/topic-reader.js';
import { avroOf } from '../codecs/avro.js';
import { schemaIdAt } from '../codecs/registry-wire-format.js';
import type { SchemaRegistry, Serde } from '../core/codec.js';
import { toJson } from './json-values.js';
import type { OpenCodec, TopicCodecs } from './topic-codecs.js';

export interface DecodedRecord {
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since 1970; -1 where the record has none. */
  readonly timestamp: number;
  /** As JSON values (json-values.ts); null for no key, and for a tombstone. */
  readonly key: unknown;
  readonly value: unknown;
  /** By name; a name that repeats has an array. */
  readonly headers: Readonly<Record<string, unknown>>;
  /** Why a part could not be read by its codec: it is guessed then. */
  readonly undecodable?: Readonly<Partial<Record<'key' | 'value', string>>>;
}

export class RecordDecoder {
  readonly #codecs: TopicCodecs | undefined;
  readonly #registry: SchemaRegistry | undefined;
  readonly #bySchema = new Map<number, Serde<unknown, unknown> | undefined>();

  constructor(codecs: TopicCodecs | undefined, registry: SchemaRegistry | undefined) {
    this.#codecs = codecs;
    this.#registry = registry;
  }

  async decode({ partition, offset, timestamp, key, value, headers }: TopicRecord): Promise<DecodedRecord> {
    const problems: Partial<Record<'key' | 'value', string>> = {};
    const part = async (name: 'key' | 'value', bytes: Uint8Array | null): Promise<unknown> => {
      const codec = this.#codecs?.[name];
      if (codec === undefined) return this.#guess(bytes);
      try {
        return await read(codec, bytes);
      } catch (error) {
        problems[name] = (error as Error).message;
        return this.#guess(bytes);
      }
    };
    const decoded = {
      partition,
      offset,
      timestamp,
      key: await part('key', key),
      value: await part('value', value),
      headers: headersOf(headers),
    };
    return Object.keys(problems).length === 0 ? decoded : { ...decoded, undecodable: problems };
  }

  async #guess(bytes: Uint8Array | null): Promise<unknown> {
    if (bytes === null) return null;
    const framed = await this.#byRegistry(bytes);
    return framed === undefined ? guessed(bytes) : toJson(framed);
  }

  /** Undefined if a schema of the registry does not explain these bytes. */
  async #byRegistry(bytes: Uint8Array): Promise<unknown> {
    const id = schemaIdAt(bytes, 0, bytes.length);
    if (id === undefined || this.#registry === undefined) return undefined;
    try {
      if (!this.#bySchema.has(id)) this.#bySchema.set(id, await this.#open(id, this.#registry));
      const serde = this.#bySchema.get(id);
      await serde?.missing?.(bytes, 0, bytes.length);
      return serde?.decode(bytes, 0, bytes.length);
    } catch {
      // It only looked like it.
      return undefined;
    }
  }

  async #open(id: number, registry: SchemaRegistry): Promise<Serde<unknown, unknown> | undefined> {
    const schema = await registry.schemaById(id);
    if (schema === undefined) return undefined;
    return avroOf<unknown>(JSON.parse(schema)).open({
      topic: '',
      part: 'value',
      use: 'read',
      registry,
      registerSchemas: false,
    });
  }
}

async function read({ serde, nullable, format }: OpenCodec, bytes: Uint8Array | null): Promise<unknown> {
  if (bytes === null) {
    if (nullable) return null;
    throw new Error(`it is null, which the codec ${format} does not take`);
  }
  await serde.missing?.(bytes, 0, bytes.length);
  const value = serde.decode(bytes, 0, bytes.length);
  // A number in JSON, as long as that is exact.
  if (format === 'int64' && Number.isSafeInteger(Number(value))) return Number(value);
  return format === 'json' ? value : toJson(value);
}

/** JSON objects and arrays as such, other readable text as text, everything else as bytes. */
function guessed(bytes: Uint8Array): unknown {
  if (!isUtf8(bytes)) return toJson(bytes);
  const text = Buffer.from(bytes).toString('utf8');
  if (unprintable.test(text)) return toJson(bytes);
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Control characters that no text has. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const unprintable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

function headersOf(headers: TopicRecord['headers']): Readonly<Record<string, unknown>> {
  const byName: Record<string, unknown[]> = Object.create(null);
  for (const [name, value] of headers) (byName[name] ??= []).push(headerText(value));
  return Object.fromEntries(
    Object.entries(byName).map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  );
}

function headerText(value: Uint8Array): unknown {
  const text = Buffer.from(value).toString('utf8');
  return isUtf8(value) && !unprintable.test(text) ? text : toJson(value);
}
