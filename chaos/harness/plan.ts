// Which disasters befall a run, and when: chosen by a seed, so that a run's plan can be had again. Pure.

import { seededRandom } from '../../src/memory/seeded-random.js';

export type DisasterKind =
  /** An instance is killed and started again a moment later. */
  | 'kill'
  /** One more instance comes and kills itself at a crash point: a rebalance, and a killed owner. */
  | 'crash'
  /** An instance stands still for longer than its session and its transactions last, and then goes on. */
  | 'freeze'
  /** One more instance comes, and leaves after a while: two rebalances. */
  | 'join'
  /** An instance is asked to stop, and another one started: two rebalances. */
  | 'leave'
  /** A broker is killed, and started again when the others have noticed. */
  | 'broker-hard'
  | 'broker-clean'
  /** A request is held back, its client's connection reset; the client repeats it, and then it arrives late (E7). */
  | 'attack'
  /** All connections of an instance are reset. */
  | 'cut';

export interface PlannedDisaster {
  readonly kind: DisasterKind;
  /** Counted from the run's beginning. */
  readonly atMs: number;
  /** Counts the disasters of a kind, from where the seed says: kinds that have variants take them in turn. */
  readonly turn: number;
  /** From 0 to below 1: who is hit, and how long it lasts. */
  readonly victim: number;
  readonly length: number;
}

export type DisasterCounts = Readonly<Record<DisasterKind, number>>;

/** What three minutes hold; other durations in proportion. */
const ofThreeMinutes: DisasterCounts = {
  kill: 5,
  // Of an hour, thirteen for each point.
  crash: 10,
  freeze: 3,
  join: 5,
  leave: 5,
  'broker-hard': 1,
  'broker-clean': 1,
  attack: 7,
  cut: 15,
};

export function countsFor(minutes: number): DisasterCounts {
  const scaled = Object.entries(ofThreeMinutes).map(([kind, count]) => [
    kind,
    Math.max(1, Math.round((count * minutes) / 3)),
  ]);
  return Object.fromEntries(scaled) as DisasterCounts;
}

/** Each kind is spread over the whole time; how they meet is chance. */
export function planDisasters(counts: DisasterCounts, durationMs: number, seed: number): PlannedDisaster[] {
  const random = seededRandom(seed);
  const spanMs = Math.max(0, durationMs - firstMs);
  return (Object.entries(counts) as [DisasterKind, number][])
    .flatMap(([kind, count]) =>
      Array.from({ length: count }, (_, i) => ({
        kind,
        turn: seed + i,
        atMs: firstMs + ((i + random.next()) / count) * spanMs,
        victim: random.next(),
        length: random.next(),
      })),
    )
    .sort((a, b) => a.atMs - b.atMs);
}

/** The instances have got to work by then. */
const firstMs = 5000;
