// JSON, with a schema that is asked in both directions or trusted without one.

import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Codec, Serde } from '../core/codec.js';
import { ProcessorError } from '../errors/processor-error.js';
import { issuesSentence } from './schema-issues.js';
import { unwritable } from './unwritable.js';
import { appendUtf8, readUtf8 } from './utf8.js';

/**
 * JSON that a schema describes: any Standard Schema (Zod, Valibot, ArkType, …). Handlers read the schema's output type and
 * emit its input type. Both ways the value is validated; what is written is the value as given, not what the schema makes
 * of it. What does not fit is a decode or an encode failure. The schema must be synchronous (PRC_SCHEMA_ASYNC).
 *
 * ```ts
 * const Order = z.object({ customerId: z.string(), cents: z.int() });
 * const orders = topic('orders', { key: text(), value: json(Order) });
 * ```
 */
export function json<Schema extends StandardSchemaV1>(
  schema: Schema,
): Codec<StandardSchemaV1.InferOutput<Schema>, StandardSchemaV1.InferInput<Schema>> {
  const known = made.get(schema);
  if (known) return known;
  const validate = validator(schema);
  const serde: Serde<unknown, unknown> = {
    decode: (bytes, start, end) => validated(validate, parse(bytes, start, end)),
    encode(value, sink) {
      validate(value);
      appendUtf8(stringify(value), sink);
    },
  };
  const codec: Codec<unknown, unknown> = Object.freeze({
    format: 'json',
    nullable: false,
    open: () => refuseAsynchronous(schema)?.then(() => serde) ?? serde,
  });
  made.set(schema, codec);
  return codec;
}

/** JSON that is trusted to be a `T`: nothing is validated, in neither direction. */
export function jsonOf<T>(): Codec<T> {
  return trusted as Codec<T>;
}

const trusted: Codec<unknown, unknown> = Object.freeze({
  format: 'json',
  nullable: false,
  open: (): Serde<unknown, unknown> => ({
    decode: parse,
    encode: (value, sink) => void appendUtf8(stringify(value), sink),
  }),
});

/** The same for the same schema: two topics of one name are told apart by their codecs. */
const made = new WeakMap<StandardSchemaV1, Codec<unknown, unknown>>();

function parse(bytes: Uint8Array, start: number, end: number): unknown {
  const text = readUtf8('JSON', bytes, start, end);
  try {
    // An own key of this name turns into a prototype as soon as somebody copies the object key by key. Any of its letters
    // can be escaped; only a text that could hold it is parsed the slow way.
    return text.includes('__proto__') || text.includes('\\u00') ? JSON.parse(text, refuseProto) : JSON.parse(text);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    const format = cause instanceof ProtoKey ? 'JSON that is safe to copy' : 'JSON';
    throw new ProcessorError('PRC_BYTES_UNREADABLE', { format, problem }, { cause });
  }
}

function refuseProto(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new ProtoKey('an object has the key __proto__');
  return value;
}

class ProtoKey extends Error {
  override readonly name = 'ProtoKey';
}

function stringify(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value) as string | undefined;
    // What would not be read is not written.
    if (text?.includes('"__proto__"')) JSON.parse(text, refuseProto);
  } catch (cause) {
    throw unwritable('JSON', value, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (text === undefined) throw unwritable('JSON', value, 'JSON has no form for it');
  return text;
}

/** What the schema makes of a value; throws if it does not fit. */
function validator(schema: StandardSchemaV1): (value: unknown) => unknown {
  // Users of plain JavaScript have no compiler that would tell them.
  const standard = (schema as Partial<StandardSchemaV1> | undefined)?.['~standard'];
  if (typeof standard?.validate !== 'function') throw new ProcessorError('PRC_SCHEMA_NOT_STANDARD', {});
  return (value) => {
    const result = standard.validate(value);
    if (isPromise(result)) {
      // Nobody waits for it any more; the error says that it came.
      result.catch(() => {});
      throw new ProcessorError('PRC_SCHEMA_ASYNC', { vendor: standard.vendor });
    }
    if (result.issues) throw new ProcessorError('PRC_VALUE_INVALID', { issues: issuesSentence(result.issues) });
    return result.value;
  };
}

/** What was read, validated. A schema that its own depth has defeated says many things, but not that. */
function validated(validate: (value: unknown) => unknown, value: unknown): unknown {
  try {
    return validate(value);
  } catch (cause) {
    if (!isDeep(value)) throw cause;
    const problem = `they are nested more than ${depthMax} deep`;
    throw new ProcessorError('PRC_BYTES_UNREADABLE', { format: 'JSON that a schema can follow', problem }, { cause });
  }
}

/** Far deeper than what people write, and less than what a schema can follow. */
const depthMax = 500;

/** Goes down level by level: to go by calls is what has failed. The value was parsed, so it has no circles. */
function isDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; depth <= depthMax; depth++) {
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
    if (level.length === 0) return false;
  }
  return true;
}

/**
 * At start, where the schema shows it: some are asynchronous for some values only, and those fail when they come.
 * Undefined where nothing is left to wait for.
 */
function refuseAsynchronous(schema: StandardSchemaV1): Promise<void> | undefined {
  const { validate, vendor } = schema['~standard'];
  let result: unknown;
  try {
    result = validate(undefined);
  } catch {
    // A schema need not expect undefined; whether it throws for real values, these will show.
    return undefined;
  }
  if (!isPromise(result)) return undefined;
  // A rejection is such a schema again: Zod tries the asynchronous way when the synchronous one threw.
  return result.then(
    () => Promise.reject(new ProcessorError('PRC_SCHEMA_ASYNC', { vendor })),
    () => {},
  );
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
