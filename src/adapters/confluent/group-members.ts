// Who the members of groups are, and what the group has given to each. The client's describeGroups ends the process with a SIGSEGV
// where the broker answers with an error: whoever asks does it in a process that may end (cli/status/members-process).

import type { TopicPartition } from '../../core/ids.js';
import { call } from './kafka-error.js';
import { type RawAdmin, type RawConfig, type RawError, rawModule } from './raw-client.js';
import { adminConfig, type ClientSettings } from './settings.js';

export interface GroupMember {
  readonly memberId: string;
  readonly clientId: string;
  readonly host: string;
  readonly partitions: readonly TopicPartition[];
}

export interface DescribedGroup {
  /** `stable`: everybody has what is theirs. `empty`: nobody is there, its offsets are kept. */
  readonly state: GroupState;
  readonly members: readonly GroupMember[];
}

export type GroupState = 'stable' | 'rebalancing' | 'empty' | 'unknown';

export class GroupMembers {
  readonly #raw: AdminOfGroups;

  constructor(brokers: string, settings: ClientSettings) {
    const config: RawConfig = adminConfig({ ...settings, 'bootstrap.servers': brokers }, 'processor-status');
    this.#raw = rawModule().AdminClient.create(config) as AdminOfGroups;
    this.#raw.on('event.error', () => {});
  }

  /** The names of all groups that this login may see. */
  async names(): Promise<ReadonlySet<string>> {
    const { groups } = await call<RawGroupList>('list groups', (callback) =>
      this.#raw.listGroups({ timeout: timeoutMs }, callback),
    );
    return new Set(groups.map(({ groupId }) => groupId));
  }

  /** Of a group that is there and that this login may see: anything else may end the process. */
  async describe(groupId: string): Promise<DescribedGroup> {
    const doing = `describe the group ${groupId}`;
    const { groups } = await call<RawGroupDescriptions>(doing, (callback) =>
      this.#raw.describeGroups([groupId], { timeout: timeoutMs }, callback),
    );
    const [group] = groups;
    if (group === undefined) throw new Error(`${doing}: no answer`);
    return {
      state: states[group.state] ?? 'unknown',
      members: group.members.map(({ memberId, clientId, clientHost, assignment }) => ({
        memberId,
        clientId,
        // Java writes an address with its host name, if it knows any, before the slash.
        host: clientHost.replace(/^.*\//, ''),
        partitions: assignment.topicPartitions.map(({ topic, partition }) => ({ topic, partition })),
      })),
    };
  }

  close(): void {
    this.#raw.disconnect();
  }
}

const timeoutMs = 5000;

/** By the client's numbers. Assigning and reconciling are KIP-848's. */
const states: readonly GroupState[] = [
  'unknown',
  'rebalancing',
  'rebalancing',
  'stable',
  'unknown',
  'empty',
  'rebalancing',
  'rebalancing',
];

interface AdminOfGroups extends RawAdmin {
  listGroups(options: { readonly timeout: number }, callback: GroupCallback<RawGroupList>): void;
  describeGroups(
    groups: readonly string[],
    options: { readonly timeout: number },
    callback: GroupCallback<RawGroupDescriptions>,
  ): void;
}

type GroupCallback<T> = (error: RawError | null | undefined, value: T) => void;

interface RawGroupList {
  readonly groups: readonly { readonly groupId: string }[];
}

interface RawGroupDescriptions {
  readonly groups: readonly {
    readonly state: number;
    readonly members: readonly {
      readonly memberId: string;
      readonly clientId: string;
      readonly clientHost: string;
      readonly assignment: { readonly topicPartitions: readonly TopicPartition[] };
    }[];
  }[];
}
