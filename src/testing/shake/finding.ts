// What is told of a difference: which line makes which output differ, between what, and why.

import type { SchemaRegistry, Serde } from '../../core/codec.js';
import type { Topology, TopologyTopic } from '../../core/topology.js';
import type { Asked, Reason } from './blame.js';
import type { Emission } from './calls.js';
import type { Committed } from './committed.js';
import type { Difference, Part } from './compare.js';
import { type Place, placeText } from './places.js';

export interface Finding {
  /** `escaped`: a handler emits after it has ended. `failure`: it fails, or comes to no end, only where it is disrupted. */
  readonly reasons: readonly (Reason | 'escaped' | 'failure')[];
  /** One sentence. */
  readonly message: string;
  /** The line that emits, or that fails. */
  readonly place: Place | undefined;
  /** What was asked for, and by which lines. */
  readonly asked: readonly Asked[];
  /** The record that it shows at: `orders/1@0`. */
  readonly record: string | undefined;
  /** What it showed under first. */
  readonly disruption: string;
  /** The part that differs, as it is without the disruption, and with it. */
  readonly calm: string | undefined;
  readonly disrupted: string | undefined;
  /** How many runs have shown it. */
  readonly runs: number;
}

/** The sentence about a difference. */
export function messageOf(
  { calm, disrupted, parts }: Difference,
  reasons: readonly Reason[],
  asked: readonly Asked[],
): string {
  const topic = (calm ?? disrupted)?.topic ?? '';
  return `${subjectOf(parts, topic)} ${verbOf(parts)} ${because(reasons, asked)}`;
}

function subjectOf(parts: readonly Part[], topic: string): string {
  const [part] = parts;
  if (part === 'missing' || part === 'extra' || part === 'topic') return `whether there is an output to ${topic}`;
  if (part === 'order') return `the order of the outputs to ${topic}`;
  return `the ${parts.join(' and the ')} of an output to ${topic}`;
}

function verbOf(parts: readonly Part[]): string {
  return parts.length > 1 ? 'hang on' : parts[0] === 'headers' ? 'hang on' : 'hangs on';
}

export function because(reasons: readonly Reason[], asked: readonly Asked[]): string {
  const named = asked.map(({ what, place }) => (place === undefined ? what : `${what} (${placeText(place)})`));
  const words = reasons.map((reason) => {
    const own = named.length > 0 && reason !== 'state' && reason !== 'batching' ? undefined : wordsFor[reason];
    return own;
  });
  const all = [
    ...(reasons.includes('timers') ? [wordsFor.timers] : []),
    ...named,
    ...words.filter((one) => one !== undefined),
  ];
  return [...new Set(all)].join(', ');
}

const wordsFor: Readonly<Record<Reason, string>> = {
  clock: 'the time',
  chance: 'chance',
  environment: 'the environment of the process',
  timers: 'which of its timers is the first',
  batching: 'how records are put into batches',
  state: 'something that outlives the call: a variable, a cache, a closure, or what is stored elsewhere',
};

type Reader = Serde<unknown, unknown>;
/** By topic. */
type Readers = ReadonlyMap<string, { readonly key: Reader; readonly value: Reader }>;

/** Outputs as people read them: by their codecs. */
export class Readable {
  readonly #serdes: Readers;

  private constructor(serdes: Readers) {
    this.#serdes = serdes;
  }

  static async of({ sinks }: Topology, registry: SchemaRegistry): Promise<Readable> {
    const open = async (topic: TopologyTopic, part: 'key' | 'value'): Promise<Serde<unknown, unknown>> =>
      topic[part].open({ topic: topic.name, part, use: 'read', registry, registerSchemas: true });
    const entries = sinks.map(
      async ({ topic }) => [topic.name, { key: await open(topic, 'key'), value: await open(topic, 'value') }] as const,
    );
    return new Readable(new Map(await Promise.all(entries)));
  }

  /** What of an output differs. */
  async text(one: Committed | undefined, parts: readonly Part[]): Promise<string | undefined> {
    if (one === undefined) return undefined;
    const { topic, partition, headers, timestamp } = one;
    const key = await this.#part(topic, 'key', one.key);
    const value = await this.#part(topic, 'value', one.value);
    const isWhole = parts.some((part) => ['missing', 'extra', 'order', 'topic'].includes(part));
    if (isWhole) return `${key}: ${value}`;
    const texts: Readonly<Partial<Record<Part, string>>> = {
      key,
      value,
      partition: `partition ${partition}`,
      timestamp: `timestamp ${timestamp ?? 'of the record'}`,
      headers:
        headers.map(([name, bytes]) => `${name}: ${bytes === null ? 'null' : asText(bytes)}`).join(', ') || 'none',
    };
    return parts.map((part) => texts[part]).join(' ');
  }

  async #part(topic: string, part: 'key' | 'value', bytes: Uint8Array | null): Promise<string> {
    if (bytes === null) return 'null';
    const serde = this.#serdes.get(topic)?.[part];
    if (serde === undefined) return asText(bytes);
    await serde.missing?.(bytes, 0, bytes.length);
    return shortened(JSON.stringify(serde.decode(bytes, 0, bytes.length), writable) ?? 'undefined');
  }
}

/** JSON has no bigint, and bytes as an object of numbers say nothing. */
function writable(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  return value instanceof Uint8Array ? asText(value) : value;
}

function asText(bytes: Uint8Array): string {
  try {
    return shortened(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return shortened(`0x${Buffer.from(bytes).toString('hex')}`);
  }
}

function shortened(text: string): string {
  return text.length > charactersMax ? `${text.slice(0, charactersMax)}…` : text;
}

const charactersMax = 200;

/** `orders/1@0` */
export function recordOf(one: Committed | undefined): string | undefined {
  if (one?.emission) return recordOfCall(one.emission);
  return one && one.offset !== undefined ? `${one.from}@${one.offset}` : undefined;
}

export function recordOfCall({ call: { topic, partition, offset } }: Emission): string {
  return `${topic}/${partition}@${offset}`;
}
