// Reads one topic from outside of any processor: what `processor tail` shows and what the demo proves its outputs with.
// Owns a client of its own that belongs to no group's membership and commits nothing, so looking changes nothing.

import { randomUUID } from 'node:crypto';
import { ProcessorError } from '../../errors/processor-error.js';
import { KafkaError } from '../../ports/kafka.js';
import { confluentKafka } from './kafka.js';
import { call } from './kafka-error.js';
import { type RawConsumer, type RawMessage, rawModule } from './raw-client.js';
import { type ClientSettings, consumerConfig } from './settings.js';

export interface ReadTopicOptions {
  /** `host:port` pairs, separated by commas. */
  readonly brokers: string;
  readonly topic: string;
  /** Default `committed`: records of open and aborted transactions are not seen, and the end is the last stable offset. */
  readonly isolation?: Isolation;
  /** Default `beginning`. An offset or a time outside of what the topic holds means its nearest end. */
  readonly from?: ReadFrom;
  /** `end`: as far as the topic reached when reading began. `forever`: until the caller leaves the loop. Default `end`. */
  readonly until?: 'end' | 'forever';
  /** Default: all. */
  readonly partitions?: readonly number[];
  /** librdkafka properties by their own names. */
  readonly settings?: ClientSettings;
  /** Ends the loop as if the topic had ended. */
  readonly signal?: AbortSignal;
  /** With `until: 'end'`: how long nothing at all may arrive. Default 30,000. */
  readonly stallMs?: number;
  /** Something the client wants to say, such as a lost connection. */
  readonly onNotice?: (message: string) => void;
}

export type Isolation = 'committed' | 'uncommitted';

export type ReadFrom =
  | 'beginning'
  | 'end'
  | { readonly offset: number }
  /** The first record with this timestamp or a later one; milliseconds since 1970. */
  | { readonly timestamp: number };

export interface TopicRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since 1970; -1 where the record has none. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** In their order; a null value arrives as empty bytes. */
  readonly headers: readonly (readonly [name: string, value: Uint8Array])[];
}

/**
 * The records of a topic, each partition in offset order, the partitions as they come. The end is a position, not a count
 * of records: it is also reached where the log ends in markers or in aborted records.
 *
 * @throws PRC_BROKER_UNREACHABLE, PRC_TOPIC_UNKNOWN, PRC_PARTITION_UNKNOWN, PRC_READ_STALLED
 */
export async function* readTopic(options: ReadTopicOptions): AsyncGenerator<TopicRecord, void, undefined> {
  const { brokers, topic, settings = {}, isolation = 'committed', from = 'beginning', until = 'end' } = options;
  const isAborted = (): boolean => options.signal?.aborted === true;
  const stable = await lookUpRanges(options);
  const raw = await connect(brokers, settings, isolation, options.onNotice ?? (() => {}));
  try {
    const ranges = isolation === 'committed' ? stable : await uncommitted(raw, topic, stable);
    const starts = await startsOf(raw, topic, ranges, from);
    const beyond = beyondEnd(topic, ranges, from);
    if (beyond !== undefined) options.onNotice?.(beyond);
    const spans = ranges.map(({ partition, end }, i) => ({ partition, start: starts[i] as number, end }));
    const reading = new Reading(raw, topic, spans, until);
    const stallMs = options.stallMs ?? 30_000;
    let movedAt = performance.now();
    while (!reading.isDone && !isAborted()) {
      const messages = await reading.poll();
      for (const message of messages) {
        if (isAborted()) return;
        yield toRecord(message);
      }
      // Counted between polls only: whoever takes long over a record does not stall the topic.
      if (reading.hasMoved()) movedAt = performance.now();
      else if (until === 'end' && performance.now() - movedAt > stallMs) throw stalled(reading, topic, stallMs);
    }
  } finally {
    await new Promise<void>((resolve) => raw.disconnect(() => resolve()));
  }
}

/** What a partition holds. */
interface Range {
  readonly partition: number;
  readonly low: number;
  readonly end: number;
}

/** From where to where a partition is read. */
interface Span {
  readonly partition: number;
  readonly start: number;
  readonly end: number;
}

class Reading {
  readonly #raw: RawConsumer;
  readonly #topic: string;
  readonly #until: 'end' | 'forever';
  /** What is still to be read: where each partition stands, and its end. */
  readonly #open = new Map<number, { position: number; readonly end: number }>();
  /** Ends that the client told of during a poll. It tells before it hands over the records that stand before them. */
  readonly #ends: { readonly partition: number; readonly offset: number }[] = [];
  #moved = true;

  constructor(raw: RawConsumer, topic: string, spans: readonly Span[], until: 'end' | 'forever') {
    this.#raw = raw;
    this.#topic = topic;
    this.#until = until;
    for (const { partition, start, end } of spans)
      if (until === 'forever' || start < end) this.#open.set(partition, { position: start, end });
    raw.on('partition.eof', (end) => this.#ends.push(end));
    raw.assign(
      spans
        .filter(({ partition }) => this.#open.has(partition))
        .map(({ partition, start }) => ({ topic, partition, offset: start })),
    );
  }

  get isDone(): boolean {
    return this.#open.size === 0;
  }

  /** Whether any partition got on since this was asked last. */
  hasMoved(): boolean {
    const moved = this.#moved;
    this.#moved = false;
    return moved;
  }

  /** What is left, for people. */
  get rest(): string {
    return [...this.#open]
      .map(([partition, { position, end }]) => `${this.#topic}/${partition} at ${position} of ${end}`)
      .join(', ');
  }

  async poll(): Promise<readonly RawMessage[]> {
    // What is there is taken without waiting; only where nothing is, one call waits (its timeout counts for each record).
    let messages = await this.#consume(1000, 0);
    if (messages.length === 0) messages = await this.#consume(1, 100);
    const wanted = messages.filter(({ partition, offset }) => {
      const open = this.#open.get(partition);
      return open !== undefined && (this.#until === 'forever' || offset < open.end);
    });
    for (const { partition, offset } of wanted) this.#reached(partition, offset + 1);
    for (const { partition, offset } of this.#ends.splice(0)) this.#reached(partition, offset);
    // Markers and aborted records at the end of a log are not handed out, but they move the client's position.
    if (messages.length === 0) this.#askPositions();
    return wanted;
  }

  #askPositions(): void {
    const partitions = [...this.#open.keys()].map((partition) => ({ topic: this.#topic, partition }));
    if (partitions.length === 0) return;
    this.#raw.position(partitions).forEach(({ offset }, i) => {
      if (offset !== undefined && offset >= 0) this.#reached(partitions[i]?.partition as number, offset);
    });
  }

  #reached(partition: number, position: number): void {
    const open = this.#open.get(partition);
    if (open === undefined || position <= open.position) return;
    open.position = position;
    this.#moved = true;
    if (this.#until === 'end' && position >= open.end) this.#open.delete(partition);
  }

  #consume(count: number, timeoutMs: number): Promise<readonly RawMessage[]> {
    this.#raw.setDefaultConsumeTimeout(timeoutMs);
    return call<readonly RawMessage[]>('consume', (callback) => this.#raw.consume(count, callback)).catch(
      (error: KafkaError) => {
        // All that comes here passes (a leader that moves, a broker that is away); what does not is found by the stall.
        if (error.fatal) throw error;
        return [];
      },
    );
  }
}

async function connect(
  brokers: string,
  settings: ClientSettings,
  isolation: Isolation,
  onNotice: (message: string) => void,
): Promise<RawConsumer> {
  const raw = new (rawModule().KafkaConsumer)(
    {
      ...consumerConfig(
        { ...settings, 'bootstrap.servers': brokers },
        `processor-reader-${randomUUID()}`,
        'processor-reader',
      ),
      'isolation.level': `read_${isolation}`,
      'enable.partition.eof': true,
    },
    // Where retention deletes what was about to be read, go on with what is left.
    { 'auto.offset.reset': 'earliest' },
  );
  raw.on('event.error', ({ message }) => onNotice(message));
  raw.on('event.log', ({ severity, message }) => {
    if (severity <= 3) onNotice(message);
  });
  await call<unknown>('connect', (callback) => raw.connect({ allTopics: false, timeout: 10_000 }, callback));
  return raw;
}

/** What there is of the topic: `end` is the last stable offset. */
async function lookUpRanges({ brokers, topic, settings, partitions }: ReadTopicOptions): Promise<readonly Range[]> {
  const kafka = await confluentKafka({ brokers, transactionTimeoutMs: 10_000, ...(settings ? { settings } : {}) });
  try {
    const count = (await kafka.partitionCounts([topic])).get(topic);
    if (count === undefined) throw new ProcessorError('PRC_TOPIC_UNKNOWN', { topic, suggestion: '' });
    const wanted = partitions ?? Array.from({ length: count }, (_, partition) => partition);
    for (const partition of wanted)
      if (partition < 0 || partition >= count)
        throw new ProcessorError('PRC_PARTITION_UNKNOWN', { topic, partition, last: count - 1 });
    const ranges = await kafka.offsetRanges(wanted.map((partition) => ({ topic, partition })));
    return ranges.map(({ low, stable }, i) => ({ partition: wanted[i] as number, low, end: stable }));
  } finally {
    await kafka.close();
  }
}

/** Without isolation the end is the high watermark. */
async function uncommitted(raw: RawConsumer, topic: string, ranges: readonly Range[]): Promise<readonly Range[]> {
  return Promise.all(
    ranges.map(async ({ partition, low }) => {
      const { highOffset } = await call<{ readonly highOffset: number }>(
        `read the end of ${topic}/${partition}`,
        (callback) => raw.queryWatermarkOffsets(topic, partition, timeoutMs, callback),
      );
      return { partition, low, end: highOffset };
    }),
  );
}

async function startsOf(
  raw: RawConsumer,
  topic: string,
  ranges: readonly Range[],
  from: ReadFrom,
): Promise<readonly number[]> {
  if (from === 'beginning') return ranges.map(({ low }) => low);
  if (from === 'end') return ranges.map(({ end }) => end);
  if ('offset' in from) return ranges.map(({ low, end }) => Math.min(Math.max(from.offset, low), end));
  const asked = ranges.map(({ partition }) => ({ topic, partition, offset: from.timestamp }));
  const found = await call<readonly { readonly partition: number; readonly offset: number }[]>(
    `find a time in ${topic}`,
    (callback) => raw.offsetsForTimes(asked, timeoutMs, callback),
  );
  return ranges.map(({ partition, end }) => {
    const offset = found.find((one) => one.partition === partition)?.offset ?? -1;
    return offset < 0 ? end : Math.min(offset, end);
  });
}

/** What is to be said where an offset is behind the end of what there is: nothing is found there, or only later. */
function beyondEnd(topic: string, ranges: readonly Range[], from: ReadFrom): string | undefined {
  if (typeof from === 'string' || !('offset' in from)) return undefined;
  const short = ranges.filter(({ end }) => from.offset > end);
  if (short.length === 0) return undefined;
  const ends = short.map(({ partition, end }) => `${topic}/${partition} ends at ${end}`).join(', ');
  return `the offset ${from.offset} is beyond the end: ${ends}`;
}

const timeoutMs = 10_000;

function stalled(reading: Reading, topic: string, stallMs: number): ProcessorError {
  return new ProcessorError('PRC_READ_STALLED', { topic, seconds: stallMs / 1000, rest: reading.rest });
}

function toRecord({ topic, partition, offset, timestamp, key, value, headers }: RawMessage): TopicRecord {
  const pairs = (headers ?? []).flatMap((header) => Object.entries(header));
  return { topic, partition, offset, timestamp: timestamp ?? -1, key, value, headers: pairs };
}
