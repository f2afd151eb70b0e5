// The protocols by which a group can share its partitions, and what cases about groups begin with.

import { Member } from './actors.js';
import type { ClientOptions, ContractWorld } from './world.js';

export interface Protocol {
  readonly name: string;
  readonly client: ClientOptions;
  /** Whether a member lets go of everything before the group shares anew. */
  readonly isEager: boolean;
}

export const cooperative: Protocol = { name: 'cooperative', client: {}, isEager: false };
export const range: Protocol = { name: 'range', client: { assignmentStrategy: 'range' }, isEager: true };
export const kip848: Protocol = { name: 'KIP-848', client: { groupProtocol: 'consumer' }, isEager: false };

export const protocols: readonly Protocol[] = [cooperative, range, kip848];

export interface GroupStage {
  readonly topic: string;
  readonly groupId: string;
  /** Opens a member with a client of its own. */
  readonly open: (client?: ClientOptions) => Promise<Member>;
}

/** A topic and a group that nobody is in yet. */
export async function setGroupStage(
  world: ContractWorld,
  protocol: Protocol,
  partitions: number,
  options: ClientOptions = {},
): Promise<GroupStage> {
  const topic = await world.createTopic(partitions);
  const groupId = world.unique('group');
  return {
    topic,
    groupId,
    open: async (client = {}) =>
      Member.open(world, await world.client({ ...protocol.client, ...options, ...client }), groupId, [topic]),
  };
}

/** How many partitions they have, the fewest first. */
export function sharesOf(members: readonly Member[]): string {
  return members
    .map(({ owned }) => owned.size)
    .sort((a, b) => a - b)
    .join();
}

/** Until it has so many partitions. */
export function has(member: Member, partitions: number): Promise<void> {
  return member.pollUntil(`it has ${partitions} partitions`, () => member.owned.size === partitions);
}
