// Avro with a schema registry. `avro` computes the TypeScript types of a schema from its literal; `avroOf` takes a schema
// that is only known at run time. Bytes are in the registry's wire format, subjects are named after the topic. The serde
// owns the schemas that its topic was written with; the registry only delivers them.

import type { ByteSink, Codec, CodecScope, SchemaRegistry, Serde } from '../core/codec.js';
import { isProcessorError, ProcessorError } from '../errors/processor-error.js';
import type { AvroType, Readable } from './avro-avsc.js';
import type { AvroRead, AvroSchema, AvroWrite, CheckedSchema } from './avro-inference.js';
import { compileSchema, invalidity, resolve } from './avro-schema.js';
import { AvroTap } from './avro-tap.js';
import { asBuffer } from './avro-types.js';
import { notFramed, schemaIdAt, subjectOf, wireHeaderBytes, writeHeader } from './registry-wire-format.js';

export type { AvroRead, AvroSchema, AvroWrite } from './avro-inference.js';

export interface AvroOptions {
  /**
   * What a `long` is: a number (the default; a value beyond 2^53 is a decode failure) or a bigint. Timestamps in
   * milliseconds are Dates either way.
   */
  readonly long?: 'number' | 'bigint';
}

export interface AvroCodec<Read, Write = Read> extends Codec<Read, Write> {
  readonly format: 'avro';
  /** The schema as it is looked up and registered: the author's own, with all its attributes, as JSON. */
  readonly schema: string;
}

/**
 * Avro by way of a schema registry, typed by the schema's literal.
 *
 * In TypeScript: records are objects (when writing, fields with a default may be left out, and undefined is null), enums are unions of their
 * symbols, `long` is a number, `bytes` and `fixed` are Uint8Array, `['null', T]` is `T | null`. A union whose branches
 * JavaScript cannot tell apart wraps each of them: `{ OrderPlaced: { … } } | { OrderShipped: { … } }`. Logical types:
 * `timestamp-millis` is a Date, `date` a text 'YYYY-MM-DD', `decimal` an exact text such as '12.50', `uuid` a text;
 * `timestamp-micros`, `time-millis` and `time-micros` are numbers.
 *
 * What was written with another version of the schema is read by Avro's rules of resolution.
 *
 * @throws PRC_SCHEMA_INVALID if the schema breaks Avro's rules.
 */
export function avro<const S extends AvroSchema, const O extends AvroOptions = Record<never, never>>(
  schema: S & CheckedSchema<S>,
  options?: O,
): AvroCodec<AvroRead<S, O>, AvroWrite<S, O>> {
  return new RegistryAvro(schema, options);
}

/**
 * Like `avro`, for a schema that is only known at run time, such as a parsed .avsc file. `Read` is what its values are and
 * `Write` what may be written, by the rules of `avro`; nothing checks that. `npx processor schema types` prints both.
 *
 * @throws PRC_SCHEMA_INVALID if the schema breaks Avro's rules.
 */
export function avroOf<Read, Write = Read>(schema: object | string, options?: AvroOptions): AvroCodec<Read, Write> {
  return new RegistryAvro(schema, options);
}

/**
 * How many schemas a topic may have been written with at once: as many as the largest batch has records, so that none is
 * dropped between its loading and its use.
 */
const writersMax = 5000;
/** How long an id for which the registry has nothing is not asked for again. */
const uselessMs = 30_000;

class RegistryAvro<Read, Write> implements AvroCodec<Read, Write> {
  readonly format = 'avro';
  readonly nullable = false;
  readonly schema: string;
  private readonly type: AvroType;

  constructor(schema: unknown, options: AvroOptions = {}) {
    try {
      this.type = compileSchema(schema, { ...options, strict: true });
    } catch (error) {
      throw new ProcessorError('PRC_SCHEMA_INVALID', { problem: messageOf(error) }, { cause: error });
    }
    this.schema = JSON.stringify(schema);
  }

  async open(scope: CodecScope): Promise<Serde<Read, Write>> {
    const { topic, part, use, registry } = scope;
    if (registry === undefined) throw new ProcessorError('PRC_REGISTRY_MISSING', { topic, part });
    const id = use === 'write' ? await this.registeredId(scope, registry) : undefined;
    return new AvroSerde<Read, Write>(this.type, id, registry);
  }

  private async registeredId({ topic, part, registerSchemas }: CodecScope, registry: SchemaRegistry): Promise<number> {
    const subject = subjectOf(topic, part);
    const id = await registry.idOf(subject, this.schema);
    if (id !== undefined) return id;
    if (!registerSchemas) throw new ProcessorError('PRC_SCHEMA_NOT_REGISTERED', { topic, part, subject });
    return registry.register(subject, this.schema);
  }
}

class AvroSerde<Read, Write> implements Serde<Read, Write> {
  private readonly type: AvroType;
  private readonly writeId: number | undefined;
  private readonly registry: SchemaRegistry;
  /** By writer's schema id: what reads its values, or why nothing can. Oldest first. */
  private readonly writers = new Map<number, Readable | ProcessorError>();
  private readonly loading = new Map<number, Promise<void>>();
  /** Ids for which the registry has nothing that could be used, why, and until when that is believed (monotonic ms). */
  private readonly useless = new Map<number, { readonly why: ProcessorError; readonly untilMs: number }>();
  /** Nearly every record is written with the schema of the one before it. */
  private lastId = -1;
  private lastWriter: Readable | undefined;
  /** How much room the next value is likely to need. */
  private sizeHint = 64;

  constructor(type: AvroType, writeId: number | undefined, registry: SchemaRegistry) {
    this.type = type;
    this.writeId = writeId;
    this.registry = registry;
  }

  decode(bytes: Uint8Array, start: number, end: number): Read {
    const id = schemaIdAt(bytes, start, end);
    if (id === undefined) throw notFramed(bytes, start, end);
    const writer = id === this.lastId && this.lastWriter ? this.lastWriter : this.writer(id);
    tap.open(readView(bytes), start + wireHeaderBytes, end);
    let value: unknown;
    try {
      value = writer._read(tap);
    } catch (error) {
      throw malformed(id, messageOf(error), error);
    }
    if (tap.pos !== end) throw malformed(id, `${end - tap.pos} bytes are left over behind the value`);
    return value as Read;
  }

  encode(value: Write, sink: ByteSink): void {
    const { writeId, type } = this;
    if (writeId === undefined) throw new Error('this codec was opened for reading');
    const start = sink.position;
    let size = this.sizeHint;
    for (;;) {
      sink.reserve(size);
      const buffer = writeView(sink.bytes);
      const end = this.write(type, value, buffer, start + wireHeaderBytes);
      if (end >= 0) {
        writeHeader(buffer, start, writeId);
        sink.position = end;
        return;
      }
      // avsc says by how many bytes the buffer was too short.
      size = buffer.length - end - start;
      this.sizeHint = Math.max(this.sizeHint, Math.min(size, 4096));
    }
  }

  missing(bytes: Uint8Array, start: number, end: number): Promise<void> | undefined {
    const id = schemaIdAt(bytes, start, end);
    if (id === undefined || id === this.lastId || this.writers.has(id) || this.isUseless(id)) return undefined;
    const underway = this.loading.get(id);
    if (underway !== undefined) return underway;
    const load = this.load(id).finally(() => this.loading.delete(id));
    this.loading.set(id, load);
    return load;
  }

  private async load(id: number): Promise<void> {
    const found = await this.registry.schemaById(id).catch((error: unknown) => {
      if (isProcessorError(error) && error.code === 'PRC_SCHEMA_UNREADABLE') return error;
      throw error;
    });
    if (typeof found === 'string') remember(this.writers, id, readerOf(this.type, found, id));
    else remember(this.useless, id, { why: found ?? unknownId(id), untilMs: performance.now() + uselessMs });
  }

  private writer(id: number): Readable {
    const writer = this.writers.get(id);
    if (writer === undefined) throw this.useless.get(id)?.why ?? unknownId(id);
    if (writer instanceof ProcessorError) throw writer;
    this.lastId = id;
    this.lastWriter = writer;
    return writer;
  }

  private isUseless(id: number): boolean {
    const known = this.useless.get(id);
    if (known === undefined) return false;
    if (performance.now() < known.untilMs) return true;
    this.useless.delete(id);
    return false;
  }

  private write(type: AvroType, value: unknown, buffer: Buffer, position: number): number {
    try {
      return type.encode(value, buffer, position);
    } catch (error) {
      const problem = invalidity(type, value) ?? messageOf(error);
      throw new ProcessorError(
        'PRC_AVRO_VALUE_INVALID',
        { schema: type.name ?? type.typeName, problem },
        { cause: error },
      );
    }
  }
}

/**
 * The same bytes as the Buffer that avsc works on. Making one costs as much as encoding a small value, and the bytes are
 * the same for a whole batch: the last one is kept, one for all codecs, so that at most one batch stays in memory.
 */
function bufferView(): (bytes: Uint8Array) => Buffer {
  let last: Uint8Array | undefined;
  let view: Buffer = Buffer.alloc(0);
  return (bytes) => {
    if (bytes !== last) {
      view = asBuffer(bytes);
      last = bytes;
    }
    return view;
  };
}
const readView = bufferView();
const writeView = bufferView();

/** One for all codecs: a value is read to its end before anything else happens. */
const tap = new AvroTap();

/** What reads values of the registry's schema as values of `type`, or why they cannot be. */
function readerOf(type: AvroType, text: string, id: number): Readable | ProcessorError {
  let writer: AvroType;
  try {
    writer = compileSchema(JSON.parse(text));
  } catch (error) {
    const reason = `it is not an Avro schema (${messageOf(error)})`;
    return new ProcessorError('PRC_SCHEMA_UNREADABLE', { id, reason }, { cause: error });
  }
  try {
    return resolve(type, writer);
  } catch (error) {
    return new ProcessorError('PRC_SCHEMA_UNREADABLE', { id, reason: messageOf(error) }, { cause: error });
  }
}

function unknownId(id: number): ProcessorError {
  return new ProcessorError('PRC_SCHEMA_ID_UNKNOWN', { id });
}

function malformed(id: number, problem: string, cause?: unknown): ProcessorError {
  return new ProcessorError('PRC_AVRO_MALFORMED', { id, problem }, { cause });
}

/** Adds to a map that forgets its oldest entry when it is full. */
function remember<V>(map: Map<number, V>, id: number, value: V): void {
  map.delete(id);
  map.set(id, value);
  if (map.size > writersMax) map.delete(map.keys().next().value as number);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
