// What can go wrong with a member of a group beside its calls: what polls bring, what is fetched, which events are heard and when.
// One entry each.

import type { TopicPartition } from '../core/ids.js';
import type { Rebalance } from '../ports/kafka.js';
import type { RecordBatch } from '../ports/record-batch.js';
import type { ClientFault } from './client-faults.js';

/** The client of a member, as faults see it. */
export interface FaultyMember {
  /** The partitions that it reads. */
  reading(): Iterable<TopicPartition>;
  /** For so long nothing of it is fetched, or until it is assigned or rewound. */
  silence(partition: TopicPartition, ms: number): void;
  /** The poll that begins brings no more than this. */
  limit(recordsMax: number): void;
  /** The next poll brings this. */
  bring(batch: RecordBatch): void;
  notice(message: string): void;
}

/** Strikes where a poll begins. */
interface PollFault extends ClientFault {
  readonly at: 'poll';
  strike(member: FaultyMember, ms: number): void;
}

/** Strikes where a partition is fetched from: behind its assign or rewind, and behind each batch. */
interface FetchFault extends ClientFault {
  readonly at: 'fetch';
  strike(member: FaultyMember, partition: TopicPartition, ms: number): void;
}

/** Strikes a batch that a poll brings. */
interface BatchFault extends ClientFault {
  readonly at: 'batch';
  strike(member: FaultyMember, batch: RecordBatch): void;
}

/** Strikes an event of the group. */
interface EventFault extends ClientFault {
  readonly at: 'event';
  concerns(event: Rebalance): boolean;
  /** How it is heard: as another one, a turn behind its poll, or not at all (and is accepted then). */
  heard(event: Rebalance): { readonly event: Rebalance; readonly isLate: boolean } | undefined;
}

export type MemberFault = PollFault | FetchFault | EventFault;

export const memberFaults: readonly MemberFault[] = [
  {
    at: 'poll',
    name: 'empty-polls',
    msMax: 8000,
    rateMax: 0.01,
    strike(member, ms) {
      for (const partition of member.reading()) member.silence(partition, ms);
    },
  },
  {
    at: 'poll',
    name: 'small-poll',
    msMax: 0,
    rateMax: 0.5,
    strike: (member) => member.limit(1),
  },
  {
    at: 'poll',
    name: 'notice',
    msMax: 0,
    rateMax: 0.05,
    strike: (member) => member.notice('1/1 brokers are down'),
  },
  {
    // E20: consume errors are swallowed, and the client asks again by itself.
    at: 'fetch',
    name: 'fetch-fails',
    msMax: 8000,
    rateMax: 0.05,
    strike: (member, partition, ms) => member.silence(partition, ms),
  },
  {
    // E20: as where an offset is out of range, or a denial was lost.
    at: 'fetch',
    name: 'goes-silent',
    msMax: 0,
    rateMax: 0.02,
    strike: (member, partition) => member.silence(partition, Number.POSITIVE_INFINITY),
  },
  {
    at: 'event',
    name: 'event-late',
    msMax: 0,
    rateMax: 1,
    concerns: () => true,
    heard: (event) => ({ event, isLate: true }),
  },
  {
    at: 'event',
    name: 'lost-as-revoked',
    msMax: 0,
    rateMax: 1,
    concerns: ({ kind }) => kind === 'lost',
    heard: (event) => ({ event: { ...event, kind: 'revoked' }, isLate: false }),
  },
  {
    // The group's generation goes up, and nothing is heard of it: this member keeps what it has.
    at: 'event',
    name: 'generation-unheard',
    msMax: 0,
    rateMax: 1,
    concerns: ({ kind, partitions }) => kind === 'assigned' && partitions.length === 0,
    heard: () => undefined,
  },
];

/** Outside of the contract: records are handed out twice. */
export const comesAgain: BatchFault = {
  at: 'batch',
  name: 'comes-again',
  msMax: 0,
  rateMax: 0,
  strike: (member, batch) => member.bring(batch),
};
