// A member of a classic group as the group's coordinator has it, and what it asks for when it joins.

import { partitionKey, type TopicPartition } from '../core/ids.js';
import type { AssignmentStrategy, GroupMember } from './assignors.js';
import type { Reply } from './group-coordinator.js';
import type { Session } from './group-session.js';

export interface JoinRequest {
  /** '' from somebody who is new. */
  readonly memberId: string;
  /** Undefined for a member that is not static. */
  readonly instanceId: string | undefined;
  readonly clientId: string;
  readonly strategy: AssignmentStrategy;
  readonly topics: readonly string[];
  /** Told by cooperative members only. */
  readonly owned: readonly TopicPartition[];
  readonly sessionMs: number;
  /** How long the group waits for this member to join again. */
  readonly rebalanceMs: number;
}

export interface JoinAnswer {
  readonly memberId: string;
  readonly generation: number;
  /** Empty for all but the leader. */
  readonly members: readonly GroupMember[];
}

export interface Member extends GroupMember {
  readonly strategy: AssignmentStrategy;
  readonly rebalanceMs: number;
  readonly session: Session;
  topics: readonly string[];
  owned: readonly TopicPartition[];
  joining: Reply<JoinAnswer> | undefined;
  syncing: Reply<readonly TopicPartition[]> | undefined;
  assigned: readonly TopicPartition[];
}

export function sameOnes(some: readonly TopicPartition[], others: readonly TopicPartition[]): boolean {
  const keys = new Set(others.map(partitionKey));
  return some.length === others.length && some.every((one) => keys.has(partitionKey(one)));
}
