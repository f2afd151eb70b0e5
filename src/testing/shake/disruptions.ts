// What a run is disrupted by, and where: at a moment of the engine, or in the middle of a handler.

import type { TaskEffectKind } from '../../core/task/effect.js';
import type { Topology } from '../../core/topology.js';
import type { Moment } from '../../engine/crash-point.js';

/** The nth time that the engine gets there. */
export interface EnginePoint {
  readonly at: 'engine';
  readonly moment: Moment;
  readonly effect: TaskEffectKind;
  readonly nth: number;
}

/** The nth time that a call of a handler goes on behind an await. */
export interface AwaitPoint {
  readonly at: 'await';
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly attempt: number;
  readonly nth: number;
}

export type Point = EnginePoint | AwaitPoint;

/**
 * `abort`: the transaction is aborted by the next call that is made for it. `crash`: the process is killed, another one is started.
 * `rebalance`: another one is started and the process leaves the group, its handlers are cut off. `repeat`: nothing happens, the
 * records are just handled again by another run.
 */
export interface Disruption {
  readonly kind: 'abort' | 'crash' | 'rebalance' | 'repeat';
  readonly point: Point;
}

/** In the order of the calm run, whose points these are. */
export function disruptionsAt(points: readonly Point[], { guarantee }: Topology): readonly Disruption[] {
  const [first] = points;
  const repeated: Disruption[] = first === undefined ? [] : [{ kind: 'repeat', point: first }];
  return [
    ...repeated,
    ...points.flatMap((point): Disruption[] => [
      // Wherever the reason for an abort lies, it comes with one of the calls that a transaction consists of.
      ...(guarantee === 'exactly-once' && isCall(point) ? [{ kind: 'abort', point } as const] : []),
      { kind: 'crash', point },
      { kind: 'rebalance', point },
    ]),
  ];
}

function isCall(point: Point): boolean {
  return point.at === 'engine' && point.moment === 'before' && calls.has(point.effect);
}

const calls: ReadonlySet<TaskEffectKind> = new Set(['send', 'send-offsets', 'commit']);

/** So many of them, evenly spread over all. */
export function spread<T>(all: readonly T[], max: number): readonly T[] {
  if (all.length <= max) return all;
  return Array.from({ length: max }, (_, i) => all[Math.floor((i * all.length) / max)] as T);
}

/** `a crash during commit (the 2nd)` */
export function disruptionText({ kind, point }: Disruption): string {
  if (kind === 'repeat') return 'another run';
  const noun = kind === 'abort' ? 'an abort' : kind === 'crash' ? 'a crash' : 'a rebalance';
  if (point.at === 'engine') return `${noun} ${point.moment} ${point.effect} (the ${ordinal(point.nth)})`;
  return `${noun} behind the ${ordinal(point.nth)} await for ${point.topic}/${point.partition}@${point.offset}`;
}

function ordinal(n: number): string {
  const last = n % 100 > 10 && n % 100 < 14 ? 0 : n % 10;
  return `${n}${['th', 'st', 'nd', 'rd'][last] ?? 'th'}`;
}
