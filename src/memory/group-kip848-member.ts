// A member of a group by KIP-848 as the group's coordinator has it, and what its heartbeats say.

import { partitionKey, type TopicPartition } from '../core/ids.js';
import type { Membership } from './group-coordinator.js';
import type { Session } from './group-session.js';
import { Refusal } from './refusal.js';

export interface HeartbeatRequest extends Membership {
  /** All of it is told by who joins; undefined: as before. */
  readonly topics?: readonly string[];
  readonly rebalanceMs?: number;
  /** Told by who joins, with nothing, and by who has let go or taken over what it was told. */
  readonly owned?: readonly TopicPartition[];
}

export interface HeartbeatAnswer {
  readonly epoch: number;
  readonly heartbeatMs: number;
  /** What it may have from now on; undefined: as before. */
  readonly assigned: readonly TopicPartition[] | undefined;
}

export interface Member {
  readonly memberId: string;
  readonly instanceId: string | undefined;
  readonly session: Session;
  topics: readonly string[];
  rebalanceMs: number;
  epoch: number;
  previousEpoch: number;
  /** What it has or may take, by partition, with the epoch of its own at which it was given that. */
  assigned: Map<string, Held>;
  /** What it has to let go of. */
  revoked: Map<string, Held>;
  /** A static member that has left for a while. */
  isAway: boolean;
  cancelRebalance: () => void;
}

export interface Held {
  readonly partition: TopicPartition;
  readonly epoch: number;
}

/** The one before is as good where the answer that brought the next one can have been lost. */
export function checkEpoch(
  { epoch, previousEpoch, assigned }: Member,
  told: number,
  owned: readonly TopicPartition[] | undefined,
): void {
  const wasLost =
    told === previousEpoch && owned !== undefined && owned.every((one) => assigned.has(partitionKey(one)));
  if (told > epoch || (told < epoch && !wasLost)) throw new Refusal('FENCED_MEMBER_EPOCH');
}
