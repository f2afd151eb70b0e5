// What looks at processors come to, one after the other: lag, how fast it goes down, what an open transaction holds back and since
// when. Pure but for the looks that it remembers; time comes in with them.

import type { GroupMember, GroupState } from '../../adapters/confluent/group-members.js';
import { partitionKey, type TopicPartition } from '../../core/ids.js';
import { originIn, topologyHash } from '../../core/offset-origin.js';
import type { Topology } from '../../core/topology.js';
import { endOf } from '../../ports/kafka.js';
import { keyOf, type Look, type PartitionLook, type Watched } from './look.js';

export interface ProcessorStatus {
  readonly processor: string;
  readonly group: string;
  /** `none`: there is no such group. */
  readonly groupState: GroupState | 'none';
  /** Undefined: not known, for this reason. */
  readonly members: readonly Member[] | undefined;
  readonly membersUnknown: string | undefined;
  /** Of all partitions of which it is known; undefined where it is known of none. */
  readonly lag: number | undefined;
  /** The partition that has most of it, and how much; undefined where one of several does not stick out. */
  readonly skew: { readonly partition: TopicPartition; readonly share: number } | undefined;
  readonly partitions: readonly PartitionStatus[];
  readonly missingTopics: readonly string[];
  readonly silentTopics: readonly { readonly topic: string; readonly reason: string }[];
}

export interface Member {
  /** What tells it from the other instances of its processor: its host's name and a few digits. */
  readonly instance: string;
  readonly clientId: string;
  readonly memberId: string;
  readonly host: string;
}

export interface PartitionStatus extends TopicPartition {
  /** Undefined: nobody, or not known (see the group's state). */
  readonly owner: Member | undefined;
  /** Undefined: none yet. */
  readonly committed: number | undefined;
  readonly low: number;
  readonly stable: number;
  readonly high: number;
  /** In offsets, to the last stable one; undefined where it starts at the end and has not started. */
  readonly lag: number | undefined;
  /** Committed offsets a second; undefined at the first look. */
  readonly ratePerSecond: number | undefined;
  readonly eta: Eta;
  /** What stands behind an open transaction. */
  readonly heldBack: { readonly offsets: number; readonly sinceMsAtLeast: number } | undefined;
  /** Why `run` would refuse its offset, as a sentence with the error's code. */
  readonly problem: string | undefined;
}

export type Eta =
  /** It takes two looks. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'done' }
  | { readonly kind: 'shrinking'; readonly seconds: number }
  /** What is left is what it does in less than a second: a batch that is under way, not a lag that grows or shrinks. */
  | { readonly kind: 'keeping-up' }
  /** More comes in than is done. */
  | { readonly kind: 'growing' }
  /** There is something to do and nothing is done. */
  | { readonly kind: 'standing' };

/** Rates are those of so long, so that a single batch is no news. */
const windowMs = 10_000;

export class History {
  #looks: (readonly Look[])[] = [];
  /** Where an open transaction begins, and since when that was seen. */
  readonly #held = new Map<string, { readonly stable: number; readonly sinceMs: number }>();

  add(looks: readonly Look[]): readonly ProcessorStatus[] {
    const nowMs = looks[0]?.atMs ?? 0;
    // One that is older than the window stays, so that there is always a window's worth.
    while ((this.#looks[1]?.[0]?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs - windowMs) this.#looks.shift();
    const before = this.#looks[0];
    this.#looks.push(looks);
    return looks.map((look) =>
      this.#status(
        look,
        before?.find(({ watched }) => watched.group === look.watched.group),
      ),
    );
  }

  #status(look: Look, before: Look | undefined): ProcessorStatus {
    const { watched, members, inputs } = look;
    const known =
      members.kind === 'known' ? members.members.map((one) => ({ ...one, shown: memberOf(one, watched) })) : [];
    const seconds = before === undefined ? 0 : (look.atMs - before.atMs) / 1000;
    const partitions = inputs.flatMap((input) => {
      if (input.kind !== 'seen') return [];
      const earlier = before?.inputs.find((one) => one.topic === input.topic);
      return input.partitions.map((partition): PartitionStatus => {
        const past = earlier?.kind === 'seen' ? earlier.partitions[partition.partition] : undefined;
        const owner = known.find((member) => member.partitions.some((one) => isSame(one, partition)));
        return {
          topic: partition.topic,
          partition: partition.partition,
          owner: owner?.shown,
          committed: partition.committed?.offset,
          low: partition.low,
          stable: partition.stable,
          high: partition.high,
          lag: lagOf(partition, watched.topology),
          ...progress(partition, past, watched.topology, seconds),
          heldBack: this.#heldBack(partition, look),
          problem: problemOf(partition, input.id, watched.topology),
        };
      });
    });
    const lags = partitions.flatMap(({ lag }) => lag ?? []);
    return {
      processor: watched.topology.name,
      group: watched.group,
      groupState: members.kind === 'known' ? members.state : members.kind,
      members: members.kind === 'unknown' ? undefined : known.map(({ shown }) => shown),
      membersUnknown: members.kind === 'unknown' ? members.reason : undefined,
      lag: lags.length === 0 ? undefined : sum(lags),
      skew: skewOf(partitions),
      partitions,
      missingTopics: inputs.flatMap(({ kind, topic }) => (kind === 'missing' ? [topic] : [])),
      silentTopics: inputs.flatMap((input) =>
        input.kind === 'silent' ? [{ topic: input.topic, reason: input.reason }] : [],
      ),
    };
  }

  #heldBack(partition: PartitionLook, { atMs, watched }: Look): PartitionStatus['heldBack'] {
    const { stable, high } = partition;
    const key = keyOf(watched.group, partition);
    if (high <= stable) {
      this.#held.delete(key);
      return undefined;
    }
    // The last stable offset is where the oldest open transaction begins: the same offset is the same transaction.
    const known = this.#held.get(key);
    const sinceMs = known?.stable === stable ? known.sinceMs : atMs;
    this.#held.set(key, { stable, sinceMs });
    return { offsets: high - stable, sinceMsAtLeast: atMs - sinceMs };
  }
}

function memberOf({ memberId, clientId, host }: GroupMember, { group }: Watched): Member {
  // The engine's members are called `<group>/<instance>`; anybody else's name is shown whole.
  const own = `${group}/`;
  return { instance: clientId.startsWith(own) ? clientId.slice(own.length) : clientId, clientId, memberId, host };
}

/** From where the group will go on. */
function lagOf({ committed, low, stable }: PartitionLook, { start }: Topology): number | undefined {
  if (committed === undefined && start !== 'earliest') return undefined;
  return Math.max(0, stable - Math.max(committed?.offset ?? low, low));
}

function progress(
  now: PartitionLook,
  before: PartitionLook | undefined,
  topology: Topology,
  seconds: number,
): Pick<PartitionStatus, 'ratePerSecond' | 'eta'> {
  const lag = lagOf(now, topology);
  if (lag === 0) return { ratePerSecond: rateOf(now, before, seconds), eta: { kind: 'done' } };
  const ratePerSecond = rateOf(now, before, seconds);
  const lagBefore = before && lagOf(before, topology);
  if (ratePerSecond === undefined || lag === undefined || lagBefore === undefined)
    return { ratePerSecond, eta: { kind: 'unknown' } };
  if (ratePerSecond <= 0) return { ratePerSecond, eta: { kind: 'standing' } };
  if (lag < ratePerSecond) return { ratePerSecond, eta: { kind: 'keeping-up' } };
  const shrinks = (lagBefore - lag) / seconds;
  return { ratePerSecond, eta: shrinks > 0 ? { kind: 'shrinking', seconds: lag / shrinks } : { kind: 'growing' } };
}

function rateOf(now: PartitionLook, before: PartitionLook | undefined, seconds: number): number | undefined {
  if (before === undefined || seconds <= 0) return undefined;
  // A group that has begun meanwhile began at the start of what there was.
  const from = before.committed?.offset ?? before.low;
  const to = now.committed?.offset ?? from;
  return (to - from) / seconds;
}

/** E2 and E16: what `run` would say about this offset. */
function problemOf(
  { topic, partition, committed, low, stable }: PartitionLook,
  topicId: string | undefined,
  { subtopologies }: Topology,
): string | undefined {
  if (committed === undefined) return undefined;
  const { offset, metadata } = committed;
  const own = subtopologies.find(({ source }) => source.topic.name === topic);
  const origin = originIn(metadata);
  const place = partitionKey({ topic, partition });
  if (origin?.topicId !== undefined && topicId !== undefined && origin.topicId !== topicId)
    return `${place}: its offset counts the records of an earlier topic of this name (PRC_TOPICS_REPLACED)`;
  if (origin !== undefined && own !== undefined && origin.topologyHash !== topologyHash(own))
    return `${place}: its offset was committed by another topology (PRC_TOPOLOGY_CHANGED)`;
  if (offset < low)
    return `${place}: ${low - offset} offsets behind ${offset} were deleted before they were read (PRC_OFFSET_OUT_OF_RANGE)`;
  const end = endOf({ low, stable });
  if (offset > end) return `${place}: its offset ${offset} lies behind the end, at ${end} (PRC_OFFSET_OUT_OF_RANGE)`;
  return undefined;
}

/** More than half of the lag and more than twice an even share, of a lag that is worth a word. */
function skewOf(partitions: readonly PartitionStatus[]): ProcessorStatus['skew'] {
  const total = sum(partitions.map(({ lag }) => lag ?? 0));
  const [most] = partitions.toSorted((a, b) => (b.lag ?? 0) - (a.lag ?? 0));
  if (most === undefined || total < skewLagMin) return undefined;
  const share = (most.lag ?? 0) / total;
  if (share <= 0.5 || share <= 2 / partitions.length) return undefined;
  return { partition: { topic: most.topic, partition: most.partition }, share };
}

const skewLagMin = 100;

function isSame(one: TopicPartition, other: TopicPartition): boolean {
  return one.topic === other.topic && one.partition === other.partition;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
