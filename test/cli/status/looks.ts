// Looks at a processor as a test writes them down: one input, what is committed in each partition and how far it reaches.

import type { GroupMember } from '../../../src/adapters/confluent/group-members.js';
import type { Look, PartitionLook } from '../../../src/cli/status/look.js';
import type { MembersOf } from '../../../src/cli/status/members.js';
import { groupId } from '../../../src/core/ids.js';
import { offsetMetadata, topologyHash } from '../../../src/core/offset-origin.js';
import type { Start, Subtopology, Topology } from '../../../src/core/topology.js';
import { processor, text, topic } from '../../../src/index.js';

export interface LookLike {
  readonly atMs?: number;
  readonly start?: Start;
  readonly members?: MembersOf;
  readonly partitions: readonly PartitionLike[];
}

export interface PartitionLike {
  readonly committed?: number;
  readonly metadata?: string;
  readonly low?: number;
  readonly stable: number;
  /** Default: no transaction is open. */
  readonly high?: number;
}

export const topicId = 'id-of-orders';

export function look({ atMs = 0, start = 'earliest', members = { kind: 'none' }, partitions }: LookLike): Look {
  const topology = enrich(start);
  return {
    atMs,
    watched: { topology, group: groupId('', 'enrich') },
    members,
    inputs: [{ kind: 'seen', topic: 'orders', id: topicId, partitions: partitions.map(partitionLook) }],
  };
}

export function enrich(start: Start = 'earliest'): Topology {
  return processor({ name: 'enrich', input: topic('orders', { key: text(), value: text() }), start, handle() {} })
    .topology;
}

/** What `enrich` itself writes beside its offsets. */
export function ownMetadata(): string {
  return offsetMetadata({ topologyHash: topologyHash(enrich().subtopologies[0] as Subtopology), topicId });
}

export function member(instance: string, ...partitions: readonly number[]): GroupMember {
  return {
    memberId: `member-${instance}`,
    clientId: `enrich/${instance}`,
    host: '10.0.0.7',
    partitions: partitions.map((partition) => ({ topic: 'orders', partition })),
  };
}

function partitionLook(
  { committed, metadata = '', low = 0, stable, high = stable }: PartitionLike,
  partition: number,
): PartitionLook {
  return {
    topic: 'orders',
    partition,
    low,
    stable,
    high,
    committed: committed === undefined ? undefined : { offset: committed, metadata },
  };
}
