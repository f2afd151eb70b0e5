// How a group's leader shares the partitions: Kafka's cooperative-sticky, simplified to what its members can see of it. Each
// keeps what it has as far as everybody gets about as much, and what another one still has is given away only when that one
// has let it go (KIP-429). Pure.

import { partitionKey, type TopicPartition } from '../core/ids.js';
import type { Assignments, GroupMember } from './group-coordinator.js';

/** @param partitionsOf how many partitions a topic has */
export function cooperativeSticky(
  members: readonly GroupMember[],
  partitionsOf: (topic: string) => number,
): Assignments {
  const wanted = new Map<string, TopicPartition[]>(members.map(({ memberId }) => [memberId, []]));
  const ownerOf = new Map<string, string>();
  for (const { memberId, owned } of members)
    for (const partition of owned) {
      // Two who claim the same have both lost it.
      const key = partitionKey(partition);
      ownerOf.set(key, ownerOf.has(key) ? '' : memberId);
    }
  const partitions = allPartitions(members, partitionsOf);
  const quota = Math.ceil(partitions.length / members.length);
  const few = Math.floor(partitions.length / members.length);
  const manyMax = partitions.length - few * members.length;
  const free: TopicPartition[] = [];
  let many = 0;
  for (const partition of partitions) {
    const owner = wanted.get(ownerOf.get(partitionKey(partition)) ?? '');
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
  const given = new Map<string, readonly TopicPartition[]>();
  for (const [memberId, list] of wanted)
    given.set(
      memberId,
      list.filter((partition) => {
        const owner = ownerOf.get(partitionKey(partition));
        return owner === undefined || owner === '' || owner === memberId;
      }),
    );
  return given;
}

function allPartitions(members: readonly GroupMember[], partitionsOf: (topic: string) => number): TopicPartition[] {
  const topics = [...new Set(members.flatMap((member) => member.topics))].sort();
  return topics.flatMap((topic) =>
    Array.from({ length: partitionsOf(topic) }, (_, partition) => ({ topic, partition })),
  );
}
