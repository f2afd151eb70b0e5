// What can go wrong with one call of the client: whether it is made, when, and what its caller hears. One entry each.

import { type Guard, KafkaError } from '../ports/kafka.js';
import type { ClientFault } from './client-faults.js';

export type Call = (typeof producerCalls)[number] | (typeof memberCalls)[number] | (typeof clusterCalls)[number];

export interface CallFault extends ClientFault {
  readonly calls: readonly Call[];
  /** What the caller hears, and when. */
  strike<T>(call: StruckCall<T>): Promise<T>;
}

export interface StruckCall<T> {
  readonly ms: number;
  /** Hands it to the client, and gives what that says of it. */
  readonly make: () => Promise<T>;
  readonly wait: (ms: number) => Promise<void>;
  /** The caller's own, for who does not make it. */
  readonly guard: Guard;
  /** What the same call hears if it is made again next: it is not handed to the client then. */
  readonly next: (hears: () => Promise<T>) => void;
}

/** Those that end a transaction, or decide whether there is one: E8's calls. */
const settling = ['init', 'send-offsets', 'commit', 'abort'] as const;
const producerCalls = [...settling, 'begin', 'send', 'deliver', 'open-producer', 'close-producer'] as const;
const memberCalls = ['committed', 'commit-offset', 'hear-group', 'poll', 'close-consumer'] as const;
const clusterCalls = ['describe-topics', 'offset-ranges', 'high-watermarks'] as const;

export const callFaults: readonly CallFault[] = [
  {
    // E8: as long as the process lives.
    name: 'hangs',
    calls: [...settling, 'begin', 'send', 'deliver', 'committed', 'commit-offset'],
    msMax: 0,
    rateMax: 0.01,
    strike: () => never(),
  },
  {
    name: 'hangs-though-done',
    calls: [...settling, 'begin', 'send', 'deliver', 'commit-offset', 'close-producer', 'close-consumer'],
    msMax: 0,
    rateMax: 0.01,
    strike: async ({ make }) => {
      await make();
      return never();
    },
  },
  {
    // It waits for a thread, say (E4, E14): what was true when it was called may not be true any more.
    name: 'made-late',
    calls: [...settling, 'begin', 'send', 'deliver', 'committed', 'commit-offset', 'open-producer'],
    msMax: 20_000,
    rateMax: 0.02,
    strike: async ({ ms, make, wait }) => {
      await wait(ms);
      return make();
    },
  },
  {
    name: 'answers-late',
    calls: [...producerCalls, ...clusterCalls, 'committed', 'commit-offset', 'hear-group', 'close-consumer'],
    msMax: 20_000,
    rateMax: 0.02,
    strike: answerLate,
  },
  {
    // E3: what is handed out is on its way while a task asks for another position.
    name: 'slow-poll',
    calls: ['poll'],
    msMax: 3000,
    rateMax: 0.05,
    strike: answerLate,
  },
  {
    name: 'timed-out-though-done',
    calls: settling,
    msMax: 0,
    rateMax: 0.05,
    async strike({ make, next }) {
      const result = await make();
      next(() => Promise.resolve(result));
      throw timedOut();
    },
  },
  {
    // The client is in the middle of the call that timed out, by its own account, and bears no other.
    name: 'state-after-timeout',
    calls: settling,
    msMax: 0,
    rateMax: 0.05,
    async strike({ make, next }) {
      await make();
      next(() => Promise.reject(new KafkaError('_STATE', 'a call is under way')));
      throw timedOut();
    },
  },
  {
    name: 'timed-out',
    calls: [...settling, 'committed', 'offset-ranges', 'high-watermarks', 'open-producer'],
    msMax: 1000,
    rateMax: 0.05,
    async strike({ ms, wait }) {
      await wait(ms);
      throw timedOut();
    },
  },
  {
    // The group is shared anew, and the client has not heard of it yet: the generation that it tells is an old one (E4).
    name: 'illegal-generation',
    calls: ['send-offsets'],
    msMax: 0,
    rateMax: 0.1,
    strike({ guard }) {
      guard();
      return Promise.reject(
        new KafkaError('ILLEGAL_GENERATION', 'send offsets: another generation', { abortable: true }),
      );
    },
  },
  {
    name: 'fatal-though-done',
    calls: settling,
    msMax: 0,
    rateMax: 0.02,
    async strike({ make }) {
      await make();
      throw new KafkaError('_FATAL', 'the client failed behind it', { fatal: true });
    },
  },
  {
    // E9: as after a transaction's timeout. That somebody else has the id is not said by it.
    name: 'fenced-by-nobody',
    calls: ['begin', ...settling],
    msMax: 0,
    rateMax: 0.02,
    strike: () => Promise.reject(new KafkaError('_FENCED', 'fenced', { fatal: true, fenced: true })),
  },
];

/** E7: that a connection was lost is heard as late as it may be, two turns behind the end of the transaction. */
export const lateTaint: ClientFault = { name: 'late-taint', msMax: 0, rateMax: 1 };

/** A failure comes as late as a result. */
async function answerLate<T>({ ms, make, wait }: StruckCall<T>): Promise<T> {
  const [made] = await Promise.allSettled([make(), wait(ms)]);
  if (made.status === 'rejected') throw made.reason;
  return made.value;
}

function never(): Promise<never> {
  return new Promise(() => {});
}

function timedOut(): KafkaError {
  return new KafkaError('_TIMED_OUT', 'no answer in time', { retriable: true });
}
