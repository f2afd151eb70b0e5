// One line of `processor produce` to one record: read, checked, encoded and given its partition. What is wrong with a line
// is thrown as a sentence; the caller knows its number.

import { partitionOf } from '../core/murmur2.js';
import { didYouMean } from '../errors/did-you-mean.js';
import { appendHeader } from '../ports/headers.js';
import type { OutputBatch } from '../ports/output-batch.js';
import { fromJson, taggedBytes } from './json-values.js';
import type { OpenCodec, TopicCodecs } from './topic-codecs.js';

export interface LineTarget {
  /** Undefined: texts as they are, anything else as JSON. */
  readonly codecs: TopicCodecs | undefined;
  readonly partitions: number;
  /** Where the next record without a key goes; they take turns. */
  turn: number;
}

/** Appends the record that `text` describes to `batch`, or leaves the batch as it was and throws. */
export function appendLine(text: string, target: LineTarget, batch: OutputBatch): void {
  const line = parse(text);
  const mark = batch.mark();
  try {
    append(line, target, batch);
  } catch (error) {
    batch.rewind(mark);
    throw error;
  }
}

interface Line {
  readonly key?: unknown;
  readonly value: unknown;
  readonly headers?: unknown;
  readonly timestamp?: unknown;
  readonly partition?: unknown;
}

const fields = ['key', 'value', 'headers', 'timestamp', 'partition'];
/** What `processor tail --json` prints beside these: where a record was says nothing about where it goes. */
const ignored = ['topic', 'offset'];

function parse(text: string): Line {
  const json: unknown = JSON.parse(text);
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new Error('it is not a JSON object with a key and a value');
  for (const name of Object.keys(json)) {
    if (name === 'undecodable') throw new Error('it is a record that could not be decoded when it was read');
    if (!fields.includes(name) && !ignored.includes(name))
      throw new Error(`it has the unknown field '${name}'. ${didYouMean(name, fields)}`.trim());
  }
  if (!('value' in json)) throw new Error("it has no 'value' (for a tombstone it is null)");
  return json;
}

function append(
  { key = null, value, headers, timestamp, partition }: Line,
  target: LineTarget,
  batch: OutputBatch,
): void {
  const { sink } = batch;
  const keyStart = appendPart('key', key, target.codecs?.key, batch);
  const keyEnd = sink.position;
  const valueStart = appendPart('value', value, target.codecs?.value, batch);
  const valueEnd = sink.position;
  for (const [name, header] of pairsOf(headers)) appendHeader(sink, name, header);
  batch.append({
    topic: 0,
    partition: choosePartition(partition, keyStart, keyEnd, target, sink.bytes),
    timestamp: timestampOf(timestamp),
    keyStart,
    keyEnd,
    valueStart,
    valueEnd,
    headersStart: valueEnd,
    headersEnd: sink.position,
  });
}

/** Gives back where it starts; -1 for null. */
function appendPart(part: 'key' | 'value', json: unknown, codec: OpenCodec | undefined, { sink }: OutputBatch): number {
  const start = sink.position;
  if (json === null) {
    if (codec === undefined || codec.nullable) return -1;
    throw new Error(`its ${part} is null, which the codec ${codec.format} does not take`);
  }
  if (codec === undefined) {
    const bytes = taggedBytes(json) ?? new TextEncoder().encode(typeof json === 'string' ? json : JSON.stringify(json));
    sink.reserve(bytes.length);
    sink.bytes.set(bytes, sink.position);
    sink.position += bytes.length;
    return start;
  }
  try {
    codec.serde.encode(valueFor(codec, json), sink);
    return start;
  } catch (cause) {
    throw new Error(`its ${part} does not fit: ${(cause as Error).message}`, { cause });
  }
}

function valueFor({ format }: OpenCodec, json: unknown): unknown {
  // What JSON codecs write is JSON already, whatever its keys begin with.
  if (format === 'json') return json;
  if (format === 'int64' && typeof json === 'number' && Number.isSafeInteger(json)) return BigInt(json);
  return fromJson(json);
}

function pairsOf(headers: unknown): readonly (readonly [string, string | Uint8Array | null])[] {
  if (headers === undefined || headers === null) return [];
  if (typeof headers !== 'object' || Array.isArray(headers))
    throw new Error("its 'headers' are not an object of texts");
  return Object.entries(headers).flatMap(([name, given]: [string, unknown]) =>
    (Array.isArray(given) ? given : [given]).map((one: unknown) => [name, headerOf(name, one)] as const),
  );
}

function headerOf(name: string, given: unknown): string | Uint8Array | null {
  if (typeof given === 'string' || given === null) return given;
  const bytes = taggedBytes(given);
  if (bytes === undefined) throw new Error(`its header '${name}' is neither a text nor {"$base64": …}`);
  return bytes;
}

function timestampOf(given: unknown): number {
  if (given === undefined || given === null || given === -1) return Date.now();
  const timestamp = typeof given === 'string' ? Date.parse(given) : given;
  if (typeof timestamp === 'number' && Number.isSafeInteger(timestamp) && timestamp >= 0) return timestamp;
  throw new Error("its 'timestamp' is neither milliseconds since 1970 nor a time such as 2026-11-21T09:00:00Z");
}

function choosePartition(
  given: unknown,
  keyStart: number,
  keyEnd: number,
  target: LineTarget,
  bytes: Uint8Array,
): number {
  const { partitions } = target;
  if (given !== undefined && given !== null) {
    if (typeof given === 'number' && Number.isInteger(given) && given >= 0 && given < partitions) return given;
    throw new Error(`its 'partition' is not one of 0 to ${partitions - 1}`);
  }
  return keyStart < 0 ? target.turn++ % partitions : partitionOf(bytes, keyStart, keyEnd, partitions);
}
