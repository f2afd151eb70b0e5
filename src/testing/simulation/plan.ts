// What a seed stands for: how large the world is, what goes wrong in it and when. Everything is drawn here, before anything runs.

import { type SeededRandom, seededRandom } from '../../memory/seeded-random.js';

export interface Plan {
  readonly seed: number;
  readonly instances: number;
  readonly partitions: number;
  /** Processors in a chain. */
  readonly steps: number;
  readonly records: number;
  /** How often a request meets each fault, from 0 to 1. */
  readonly faults: FaultRates;
  readonly disasters: readonly Disaster[];
  /** From then on nothing goes wrong any more. */
  readonly healsAtMs: number;
}

export interface FaultRates {
  readonly lost: number;
  readonly late: number;
  readonly unanswered: number;
  readonly doubled: number;
  readonly slow: number;
}

export type Disaster =
  /** The process is gone, and another one starts so much later. */
  | { readonly kind: 'kill'; readonly atMs: number; readonly victim: number; readonly lengthMs: number }
  /** It does nothing for so long, and goes on. */
  | { readonly kind: 'pause'; readonly atMs: number; readonly victim: number; readonly lengthMs: number }
  /** It is asked to stop, and another one starts. */
  | { readonly kind: 'stop'; readonly atMs: number; readonly victim: number; readonly lengthMs: number };

export function planOf(seed: number): Plan {
  const random = seededRandom(seed);
  const healsAtMs = 20_000;
  // Each kind is there or not, so that some seeds have one alone: what several do to each other hides what one does.
  const rate = (max: number): number => (random.next() < 0.4 ? random.between(0, max) : 0);
  return {
    seed,
    instances: random.whole(1, 3),
    partitions: random.whole(1, 4),
    steps: random.whole(1, 2),
    records: random.whole(10, 80),
    faults: { lost: rate(0.05), late: rate(0.05), unanswered: rate(0.05), doubled: rate(0.05), slow: rate(0.1) },
    disasters: Array.from({ length: random.whole(0, 6) }, () => disaster(random, healsAtMs)),
    healsAtMs,
  };
}

function disaster(random: SeededRandom, untilMs: number): Disaster {
  const kind = random.pick(['kill', 'pause', 'stop'] as const);
  return {
    kind,
    atMs: random.between(0, untilMs),
    victim: random.whole(0, 2),
    lengthMs: kind === 'pause' ? random.between(100, 30_000) : random.between(0, 5000),
  };
}
