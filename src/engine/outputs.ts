// What the handlers of one batch emit, held until the batch is settled (E6). Encodes at once, so that a value which is
// changed afterwards does no harm, and chooses the partition (E17). Also writes dead letters.

import type { ByteSink } from '../core/codec.js';
import { partitionOf } from '../core/murmur2.js';
import type { EmitHeaders, EmitOptions } from '../core/record.js';
import type { LetterExtent } from '../core/task/state.js';
import { appendHeader, type HeaderEntry, readHeaders } from '../ports/headers.js';
import { OutputBatch, type OutputMark } from '../ports/output-batch.js';
import type { RecordBatch } from '../ports/record-batch.js';
import type { FailedPart } from './facts.js';
import { EncodeFailure, messageOf } from './failures.js';
import type { OpenedCodec } from './input-record.js';

export interface OutputTopic {
  readonly name: string;
  readonly key: OpenedCodec;
  readonly value: OpenedCodec;
}

/** The input record that an output comes from. */
export interface Origin {
  readonly batch: RecordBatch;
  readonly index: number;
}

export function offsetOf({ batch, index }: Origin): number {
  return batch.columns.offset[index] as number;
}

export function headersOf({ batch, index }: Origin): HeaderEntry[] {
  const { headersStart, headersEnd } = batch.columns;
  return readHeaders(batch.bytes, headersStart[index] as number, headersEnd[index] as number);
}

export interface DeadLetter {
  readonly topic: string;
  readonly processor: string;
  readonly failed: FailedPart;
  readonly error: Error;
  /** When it failed, in milliseconds since 1970. */
  readonly at: number;
  readonly extent: LetterExtent;
}

export interface OutputsSetup {
  readonly topics: readonly OutputTopic[];
  /** Topics that only dead letters go to. */
  readonly deadLetterTopics: readonly string[];
  readonly partitionCounts: ReadonlyMap<string, number>;
  /** What one call of a handler may emit. */
  readonly callBytesMax: number;
}

export class Outputs {
  readonly batch: OutputBatch;
  /** The last dead letter and its record's offset: where the broker does not take it, what failed is still what it says. */
  lastLetter: { readonly offset: number; readonly letter: DeadLetter } | undefined;
  /** What the trace gives to outputs on their way, where there is one. Otherwise it is what their record came with. */
  carried: readonly HeaderEntry[] | undefined;
  readonly #topics: readonly OutputTopic[];
  readonly #partitionCounts: ReadonlyMap<string, number>;
  readonly #callBytesMax: number;
  #callStart = 0;

  constructor({ topics, deadLetterTopics, partitionCounts, callBytesMax }: OutputsSetup) {
    this.batch = new OutputBatch([...topics.map(({ name }) => name), ...deadLetterTopics]);
    this.#topics = topics;
    this.#partitionCounts = partitionCounts;
    this.#callBytesMax = callBytesMax;
  }

  /** Where a handler's call begins: what it emits can be taken back, and is bounded (E22). */
  mark(): OutputMark {
    this.#callStart = this.batch.sink.position;
    return this.batch.mark();
  }

  rewind(mark: OutputMark): void {
    this.batch.rewind(mark);
  }

  /** Throws an `EncodeFailure` and leaves nothing behind if a part does not fit. */
  emit(index: number, key: unknown, value: unknown, options: EmitOptions | undefined, origin: Origin): void {
    const topic = this.#topics[index] as OutputTopic;
    const { sink } = this.batch;
    const before = sink.position;
    try {
      const keyStart = encode(topic, 'key', topic.key, key, sink);
      const keyEnd = sink.position;
      const valueStart = encode(topic, 'value', topic.value, value, sink);
      const valueEnd = sink.position;
      // A sink without bytes behind headers has none.
      this.#headers(topic, options, origin);
      if (sink.position - this.#callStart > this.#callBytesMax)
        throw new EncodeFailure(topic.name, 'value', `one call of a handler emits at most ${this.#callBytesMax} bytes`);
      this.batch.append({
        topic: index,
        partition: this.#partition(topic.name, options?.partition, keyStart, keyEnd, origin),
        timestamp: timestampOf(topic.name, options?.timestamp, origin),
        keyStart,
        keyEnd,
        valueStart,
        valueEnd,
        headersStart: valueEnd,
        headersEnd: sink.position,
      });
    } catch (error) {
      sink.position = before;
      throw error;
    }
  }

  /** The record as it came, with headers that say where it is from and why it is here. */
  deadLetter({ batch, index }: Origin, letter: DeadLetter): void {
    this.lastLetter = { offset: offsetOf({ batch, index }), letter };
    const { sink } = this.batch;
    const { columns, bytes } = batch;
    const keyStart = copy(bytes, columns.keyStart[index] as number, columns.keyEnd[index] as number, sink);
    const keyEnd = sink.position;
    const from = columns.valueStart[index] as number;
    const to = columns.valueEnd[index] as number;
    const valueStart = copy(bytes, from, letter.extent === 'cut' ? Math.min(to, from + cutBytes) : to, sink);
    const valueEnd = sink.position;
    copy(bytes, columns.headersStart[index] as number, columns.headersEnd[index] as number, sink);
    for (const [name, value] of deadLetterHeaders({ batch, index }, letter)) appendHeader(sink, name, value);
    this.batch.append({
      topic: this.batch.topics.indexOf(letter.topic),
      partition: this.#partition(letter.topic, undefined, keyStart, keyEnd, { batch, index }),
      timestamp: letter.at,
      keyStart,
      keyEnd,
      valueStart,
      valueEnd,
      headersStart: valueEnd,
      headersEnd: sink.position,
    });
  }

  #partition(topic: string, chosen: number | undefined, keyStart: number, keyEnd: number, { batch }: Origin): number {
    const count = this.#partitionCounts.get(topic);
    if (count === undefined) throw new Error(`the partition count of ${topic} is unknown`);
    if (chosen !== undefined) {
      if (Number.isInteger(chosen) && chosen >= 0 && chosen < count) return chosen;
      throw new EncodeFailure(topic, 'options', `partition ${chosen} is not one of its ${count}`);
    }
    return keyStart < 0 ? batch.partition % count : partitionOf(this.batch.sink.bytes, keyStart, keyEnd, count);
  }

  /** Headers are not copied from the input, but a trace goes on: as it came, or as the handler says. */
  #headers(topic: OutputTopic, options: EmitOptions | undefined, origin: Origin): void {
    const { sink } = this.batch;
    const given = options?.headers;
    const entries = given === undefined ? [] : isPairs(given) ? given : Object.entries(given);
    for (const [name, value] of entries) {
      if (typeof value !== 'string' && !(value instanceof Uint8Array))
        throw new EncodeFailure(topic.name, 'options', `the header ${name} is neither a text nor bytes`);
      appendHeader(sink, name, value);
    }
    const carried = this.carried ?? inheritedTrace(origin);
    if (carried.length === 0) return;
    const isGiven = (sought: string): boolean => entries.some(([name]) => name.toLowerCase() === sought);
    // A trace's headers belong together; baggage is none of them.
    const isAnother = carried.some(([name]) => name !== baggage && isGiven(name));
    for (const [name, value] of carried)
      if (name === baggage ? !isGiven(baggage) : !isAnother) appendHeader(sink, name, value);
  }
}

/** The headers of the W3C's Trace Context, and of its Baggage. */
const traceParent = 'traceparent';
const traceState = 'tracestate';
const baggage = 'baggage';

/** What a processor that takes no part in a trace passes on. */
function inheritedTrace(origin: Origin): readonly HeaderEntry[] {
  const { headersStart, headersEnd } = origin.batch.columns;
  if ((headersEnd[origin.index] as number) <= (headersStart[origin.index] as number)) return [];
  const headers = headersOf(origin);
  const parent = headers.findLast(([name]) => name === traceParent);
  return parent === undefined ? [] : [parent, ...headers.filter(([name]) => name === traceState)];
}

/** Longer messages are cut: a broker refuses a record that is too large, and headers count. */
const messageLengthMax = 1000;
/** Fits into any topic that takes the headers of a dead letter: where the record itself is, they say. */
const cutBytes = 1000;

function deadLetterHeaders({ batch, index }: Origin, { processor, failed, error, extent }: DeadLetter): HeaderEntry[] {
  // The failure of a part wraps what the codec threw: that is the class a reader looks for.
  const thrown = error.cause instanceof Error ? error.cause : error;
  const texts = {
    'dlq.topic': batch.topic,
    'dlq.partition': String(batch.partition),
    'dlq.offset': String(offsetOf({ batch, index })),
    'dlq.timestamp': String(batch.columns.timestamp[index]),
    'dlq.processor': processor,
    'dlq.failed': failed,
    'dlq.error.class': thrown.name,
    'dlq.error.message': error.message.slice(0, messageLengthMax),
    ...(extent === 'cut' ? { 'dlq.value.bytes': String(valueBytes({ batch, index })) } : {}),
  };
  return Object.entries(texts).map(([name, text]) => [name, new TextEncoder().encode(text)]);
}

function valueBytes({ batch: { columns }, index }: Origin): number {
  return (columns.valueEnd[index] as number) - (columns.valueStart[index] as number);
}

/** Appends one part and gives back where it starts; -1 for null. */
function encode(topic: OutputTopic, part: 'key' | 'value', codec: OpenedCodec, value: unknown, sink: ByteSink): number {
  if (value === null) {
    if (codec.nullable) return -1;
    throw new EncodeFailure(topic.name, part, `the ${part} is null; wrap its codec in nullable(…) to allow that`);
  }
  const start = sink.position;
  try {
    codec.serde.encode(value, sink);
    return start;
  } catch (error) {
    throw new EncodeFailure(topic.name, part, error instanceof Error ? error : messageOf(error));
  }
}

function timestampOf(topic: string, given: number | undefined, { batch, index }: Origin): number {
  if (given === undefined) return Math.max(0, batch.columns.timestamp[index] as number);
  if (Number.isSafeInteger(given) && given >= 0) return given;
  throw new EncodeFailure(topic, 'options', `timestamp ${given} is not a number of milliseconds since 1970`);
}

function copy(bytes: Uint8Array, start: number, end: number, sink: ByteSink): number {
  if (start < 0) return -1;
  const length = end - start;
  sink.reserve(length);
  const at = sink.position;
  sink.bytes.set(bytes.subarray(start, end), at);
  sink.position = at + length;
  return at;
}

function isPairs(headers: EmitHeaders): headers is Extract<EmitHeaders, readonly unknown[]> {
  return Array.isArray(headers);
}
