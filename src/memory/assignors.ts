// How the partitions of a group are shared, simplified to what its members can see of it. In a classic group its leader does
// that, by the one strategy that all members know; by KIP-848 the coordinator does. Pure.

import { partitionKey, type TopicPartition } from '../core/ids.js';

/** The strategies of a classic group, by the client's names. */
export type AssignmentStrategy = 'cooperative-sticky' | 'range';

/** A member as whoever shares the partitions knows it. */
export interface GroupMember {
  readonly memberId: string;
  /** Undefined for a member that is not static. */
  readonly instanceId: string | undefined;
  readonly topics: readonly string[];
  readonly owned: readonly TopicPartition[];
}

/** By member. */
export type Assignments = ReadonlyMap<string, readonly TopicPartition[]>;

/** @param partitionsOf how many partitions a topic has */
export type Assignor = (members: readonly GroupMember[], partitionsOf: (topic: string) => number) => Assignments;

export const assignors: Readonly<Record<AssignmentStrategy, Assignor>> = {
  'cooperative-sticky': cooperativeSticky,
  range,
};

/** Each keeps what it has as far as everybody gets about as much: KIP-848's `uniform`. */
export function uniform(members: readonly GroupMember[], partitionsOf: (topic: string) => number): Assignments {
  return balanced(members, partitionsOf, ownersOf(members));
}

/** What another one still has is given away only when that one has let it go (KIP-429). */
function cooperativeSticky(members: readonly GroupMember[], partitionsOf: (topic: string) => number): Assignments {
  const owners = ownersOf(members);
  const given = new Map<string, readonly TopicPartition[]>();
  for (const [memberId, list] of balanced(members, partitionsOf, owners))
    given.set(
      memberId,
      list.filter((partition) => {
        const owner = owners.get(partitionKey(partition));
        return owner === undefined || owner === '' || owner === memberId;
      }),
    );
  return given;
}

/** Of each topic the members get neighbouring partitions in the order of their ids, the first ones one more. */
function range(members: readonly GroupMember[], partitionsOf: (topic: string) => number): Assignments {
  const given = new Map<string, TopicPartition[]>(members.map(({ memberId }) => [memberId, []]));
  const inOrder = [...members].sort((a, b) => compare(a.instanceId ?? a.memberId, b.instanceId ?? b.memberId));
  for (const topic of topicsOf(members)) {
    const readers = inOrder.filter(({ topics }) => topics.includes(topic));
    const count = partitionsOf(topic);
    let partition = 0;
    for (const [i, { memberId }] of readers.entries()) {
      const share = Math.floor(count / readers.length) + (i < count % readers.length ? 1 : 0);
      for (const end = partition + share; partition < end; partition++) given.get(memberId)?.push({ topic, partition });
    }
  }
  return given;
}

function balanced(
  members: readonly GroupMember[],
  partitionsOf: (topic: string) => number,
  owners: ReadonlyMap<string, string>,
): Assignments {
  const wanted = new Map<string, TopicPartition[]>(members.map(({ memberId }) => [memberId, []]));
  const partitions = topicsOf(members).flatMap((topic) =>
    Array.from({ length: partitionsOf(topic) }, (_, partition) => ({ topic, partition })),
  );
  const few = Math.floor(partitions.length / members.length);
  const quota = Math.ceil(partitions.length / members.length);
  const manyMax = partitions.length - few * members.length;
  const free: TopicPartition[] = [];
  let many = 0;
  for (const partition of partitions) {
    const owner = wanted.get(owners.get(partitionKey(partition)) ?? '');
    // So many may have one more than the others, if the count does not come out even.
    const hasRoom = owner !== undefined && (owner.length < few || (owner.length < quota && many < manyMax));
    if (!hasRoom) {
      free.push(partition);
      continue;
    }
    if (owner.length === few) many++;
    owner.push(partition);
  }
  for (const partition of free) {
    const least = [...wanted.values()].reduce((a, b) => (b.length < a.length ? b : a));
    least.push(partition);
  }
  return wanted;
}

/** By partition; '' where two claim the same: both have lost it. */
function ownersOf(members: readonly GroupMember[]): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const { memberId, owned } of members)
    for (const partition of owned) {
      const key = partitionKey(partition);
      owners.set(key, owners.has(key) ? '' : memberId);
    }
  return owners;
}

function topicsOf(members: readonly GroupMember[]): readonly string[] {
  return [...new Set(members.flatMap(({ topics }) => topics))].sort();
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
