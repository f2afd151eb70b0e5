// What checkers judge a run by: what handlers were given, what readers saw meanwhile, how the group's offsets moved, and the logs
// as they are at the end.

import type { TopicPartition } from '../../core/ids.js';
import type { Cluster } from '../../memory/cluster.js';
import type { LogRecord } from '../../memory/partition-log.js';
import { readHeaders } from '../../ports/headers.js';
import type { Decision } from './decision.js';
import type { Plan } from './plan.js';
import type { Place, Step } from './work.js';

export interface History {
  readonly plan: Plan;
  readonly steps: readonly Step[];
  /** What went wrong on purpose. */
  readonly decisions: readonly Decision[];
  /** Where something was left to do in the end. */
  readonly left: readonly string[];
  /** Of what happened, how often. */
  readonly counts: ReadonlyMap<string, number>;
  readonly handled: readonly Handled[];
  readonly seen: readonly Seen[];
  readonly offsets: readonly OffsetMoved[];
  /** Sentences about two producers that had offsets of one partition in their transactions at one time. */
  readonly rivals: readonly string[];
  /** As it is at the end. */
  readonly cluster: Cluster;
  /** What a reader of committed records finds at the end, in the order of partitions and offsets. */
  readonly records: (topic: string) => readonly Found[];
}

/** A handler was given a record. */
export interface Handled extends Place {
  readonly atMs: number;
  readonly instance: string;
  readonly step: Step;
}

/** A reader of committed records found one while the run went on. */
export interface Seen extends Place {
  readonly atMs: number;
  readonly value: string;
  /** Before anybody had decided about the record that it comes from. */
  readonly isEarly: boolean;
}

/** A group's committed offset, when it had become another one. */
export interface OffsetMoved extends TopicPartition {
  readonly atMs: number;
  readonly groupId: string;
  readonly offset: number;
}

export interface Found extends Place {
  readonly timestamp: number;
  readonly key: string;
  readonly value: string;
  /** By name, as text. */
  readonly headers: ReadonlyMap<string, string>;
}

export function found(partition: TopicPartition, { offset, timestamp, key, value, headers }: LogRecord): Found {
  // Field by field: this runs for every record of every run, and a spread takes several times as long.
  return {
    topic: partition.topic,
    partition: partition.partition,
    offset,
    timestamp,
    key: decode(key),
    value: decode(value),
    headers: headers.length === 0 ? noHeaders : headerTexts(headers),
  };
}

export function partitionsOf(cluster: Cluster, topic: string): TopicPartition[] {
  return Array.from({ length: cluster.partitionsOf(topic) }, (_, partition) => ({ topic, partition }));
}

const noHeaders: ReadonlyMap<string, string> = new Map();

export function decode(bytes: Uint8Array | null): string {
  // Simulated keys and values are ASCII, and there are many: this is several times faster than a TextDecoder.
  return bytes === null ? '' : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function headerTexts(headers: Uint8Array): ReadonlyMap<string, string> {
  return new Map(readHeaders(headers, 0, headers.length).map(([name, value]) => [name, decode(value)]));
}
