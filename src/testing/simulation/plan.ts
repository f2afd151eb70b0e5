// What a seed stands for: how large the world is, what its processors do, what goes wrong in it and how often. Everything that is
// not drawn request by request (decisions.ts) is drawn here, before anything runs.

import type { Limits } from '../../core/defaults.js';
import type { Guarantee } from '../../core/topology.js';
import type { MemberSettings } from '../../memory/member.js';
import { type SeededRandom, seededRandom } from '../../memory/seeded-random.js';
import type { Decision } from './decision.js';
import { clientFaultKinds } from './faults/client.js';
import type { FaultKind } from './faults/fault-kind.js';
import { faultKinds } from './faults/index.js';
import { type WorkKind, workKinds } from './work.js';

export interface Plan {
  readonly seed: number;
  readonly instances: number;
  readonly partitions: number;
  /** How many brokers there are. */
  readonly nodes: number;
  /** How long a client waits for an answer before it gives a connection up. Default: the client's own, a minute. */
  readonly requestTimeoutMs?: number;
  /** How members belong to their groups. */
  readonly membership: Partial<MemberSettings>;
  /** Where they are not the engine's own. */
  readonly limits: Partial<Limits>;
  /** What the processors of the chain do, one after another. */
  readonly works: readonly Work[];
  readonly writes: readonly Write[];
  /** How often a site meets each kind of fault, from 0 to 1, by its name. */
  readonly rates: Readonly<Record<string, number>>;
  /** What strikes at a certain time. */
  readonly disasters: readonly Decision[];
  /** Where it is given, these go wrong, and nothing else does. */
  readonly only?: readonly Decision[];
  /** From then on nothing goes wrong any more. */
  readonly healsAtMs: number;
}

export interface Work {
  readonly kind: WorkKind;
  readonly guarantee: Guarantee;
}

/** Records that somebody writes to the first topic. */
export interface Write {
  readonly atMs: number;
  readonly partition: number;
  /** Whose order is looked at. */
  readonly keys: readonly string[];
  /** In a transaction of its writer, which lasts so long, or in none. */
  readonly transaction?: { readonly outcome: 'commit' | 'abort'; readonly lengthMs: number };
}

export function planOf(seed: number): Plan {
  const random = seededRandom(seed);
  const healsAtMs = random.pick([3000, 3000, 6000, 12_000]);
  const partitions = random.pick([1, 1, 2, 2, 3, 4, 6]);
  return {
    seed,
    instances: random.pick([1, 1, 2, 2, 3, 4]),
    partitions,
    nodes: random.pick([1, 1, 3]),
    // By a number of its own. Cuts are longer than the shortest.
    requestTimeoutMs: seededRandom(~seed ^ 1).pick([60_000, 60_000, 10_000, 2000]),
    membership: random.pick(memberships),
    limits: tightened(random),
    works: Array.from({ length: random.pick([1, 1, 1, 2, 2, 3]) }, () => work(random)),
    writes: writes(random, { partitions, untilMs: healsAtMs }),
    // By numbers of their own: what else a seed stands for does not hang on how many of them there are.
    rates: { ...rates(random, others), ...rates(seededRandom(~seed), clientFaultKinds) },
    disasters: disasters(random, healsAtMs),
    healsAtMs,
  };
}

/** Those of a user who wants quick take-overs. */
const times = { sessionMs: 6000, heartbeatMs: 500, pollMsMax: 300_000, metadataMs: 2000 };
const memberships: readonly Partial<MemberSettings>[] = [
  times,
  times,
  { ...times, assignmentStrategy: 'range' },
  // A heartbeat that arrives late, by a connection that its member has given up, takes the group's word away from the member: what
  // that was to let go of is without an owner until the time between two polls is over. So a short one, or no run would end well.
  { ...times, groupProtocol: 'consumer', pollMsMax: 20_000 },
];

/** A batch of a few records and a queue of a few bytes are full at once: what happens then, few records show. */
function tightened(random: SeededRandom): Partial<Limits> {
  if (random.next() < 0.5) return {};
  return {
    batchRecordsMax: random.pick([1, 2, 5, 20]),
    pollRecordsMax: random.pick([1, 2, 5, 20]),
    lingerMs: random.pick([0, 5]),
    ...(random.next() < 0.3 && { partitionBytesMax: 400, partitionBytesLow: 100, processorBytesMax: 1000 }),
  };
}

function work(random: SeededRandom): Work {
  const guarantee = random.next() < 0.9 ? 'exactly-once' : random.pick(['at-least-once', 'at-most-once'] as const);
  return { kind: random.pick(workKinds), guarantee };
}

function writes(random: SeededRandom, { partitions, untilMs }: { partitions: number; untilMs: number }): Write[] {
  const keys = random.whole(1, 10);
  // In some runs all writers write in transactions, in some none does.
  const transactional = random.pick([0, 0.3, 1]);
  return Array.from({ length: random.whole(3, 20) }, () => ({
    atMs: random.between(0, untilMs),
    partition: random.whole(0, partitions - 1),
    keys: Array.from({ length: random.pick([1, 1, 1, 2, 4, 16]) }, () => `k${random.whole(1, keys)}`),
    ...(random.next() < transactional && {
      transaction: {
        outcome: random.pick(['commit', 'commit', 'abort'] as const),
        lengthMs: random.pick([5, 50, 1000]) * random.next(),
      },
    }),
  }));
}

const others = faultKinds.filter(({ at }) => at !== 'call');

/** Each kind is there or not, so that some runs have one alone: what several do to each other hides what one does. */
function rates(random: SeededRandom, kinds: readonly FaultKind[]): Record<string, number> {
  const given: Record<string, number> = {};
  const share = random.pick([0, 0.2, 0.4, 0.6]);
  for (const kind of kinds)
    if (kind.at !== 'time' && random.next() < share) given[kind.name] = random.between(0, kind.rateMax);
  return given;
}

function disasters(random: SeededRandom, untilMs: number): Decision[] {
  const kinds = faultKinds.filter(({ at }) => at === 'time');
  return Array.from({ length: random.whole(0, 6) }, () => {
    const { name, msMax } = random.pick(kinds);
    const site = Math.round(random.between(0, untilMs));
    return { kind: name, site, ms: Math.round(random.between(0, msMax)), which: random.whole(0, 999) };
  });
}
