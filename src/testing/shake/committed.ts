// What a reader of committed records finds in the end, each record with the emission that it comes from.

import { deadLetterTopics, type Topology } from '../../core/topology.js';
import type { Cluster } from '../../memory/cluster.js';
import { type HeaderEntry, readHeaders } from '../../ports/headers.js';
import { type Emission, emissionHeader } from './calls.js';

export interface Committed {
  readonly topic: string;
  readonly partition: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** Without what is not the author's. */
  readonly headers: readonly HeaderEntry[];
  /** Where the author has set it. */
  readonly timestamp: number | undefined;
  /** The input partition that it comes from; '' where that cannot be known. */
  readonly from: string;
  /** The record that it comes from, where it comes from one. */
  readonly offset: number | undefined;
  /** Undefined for dead letters, which the engine makes. */
  readonly emission: Emission | undefined;
}

export interface CommittedSetup {
  readonly topology: Topology;
  readonly partitions: ReadonlyMap<string, number>;
}

/** By output topic and partition, in the order of the log. */
export function committedIn(
  cluster: Cluster,
  { topology, partitions }: CommittedSetup,
  emissions: readonly Emission[],
): readonly Committed[] {
  const byId = new Map(emissions.map((emission) => [String(emission.id), emission]));
  const letters = new Set(deadLetterTopics('', topology));
  const topics = [...new Set([...topology.sinks.map(({ topic }) => topic.name), ...letters])];
  return topics.flatMap((topic) =>
    Array.from({ length: partitions.get(topic) ?? 0 }, (_, partition) => {
      const log = cluster.log({ topic, partition });
      const { records } = log.read({ offset: log.low, recordsMax: Number.POSITIVE_INFINITY, isCommitted: true });
      return records.map(({ key, value, headers, timestamp }): Committed => {
        const entries = readHeaders(headers, 0, headers.length);
        const id = textOf(entries, emissionHeader);
        const emission = id === undefined ? undefined : byId.get(id);
        const parts = { topic, partition, key, value };
        if (emission !== undefined) return { ...parts, ...emitted(emission, entries, timestamp) };
        return { ...parts, ...letter(entries), timestamp: undefined, emission: undefined };
      });
    }).flat(),
  );
}

function emitted(
  emission: Emission,
  entries: readonly HeaderEntry[],
  timestamp: number,
): Omit<Committed, 'topic' | 'partition' | 'key' | 'value'> {
  const { call, sets } = emission;
  // What an output of a batch inherits is of whichever record the batch begins with.
  const isOwn = ([name]: HeaderEntry): boolean =>
    name !== emissionHeader && (call.per === 'record' || sets.headers.has(name) || !inherited.has(name));
  return {
    headers: entries.filter(isOwn),
    timestamp: sets.timestamp ? timestamp : undefined,
    from: `${call.topic}/${call.partition}`,
    offset: call.per === 'record' ? call.offset : undefined,
    emission,
  };
}

/** A dead letter says where it is from. What failed, as a text, may name what is another one each time, and is for people. */
function letter(entries: readonly HeaderEntry[]): Pick<Committed, 'headers' | 'from' | 'offset'> {
  const topic = textOf(entries, 'dlq.topic');
  const offset = textOf(entries, 'dlq.offset');
  return {
    headers: entries.filter(([name]) => name !== 'dlq.error.message'),
    from: topic === undefined ? '' : `${topic}/${textOf(entries, 'dlq.partition')}`,
    offset: offset === undefined ? undefined : Number(offset),
  };
}

function textOf(entries: readonly HeaderEntry[], name: string): string | undefined {
  const value = entries.findLast(([entry]) => entry === name)?.[1];
  return value ? new TextDecoder().decode(value) : undefined;
}

const inherited: ReadonlySet<string> = new Set(['traceparent', 'tracestate', 'baggage']);
