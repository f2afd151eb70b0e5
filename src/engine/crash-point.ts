// Moments at which a process can be made to kill itself, so that tests see what its successor finds: CRASH_AT=offsets-sent:3
// ends it when it has handed over offsets for the third time. STOP_AT=offsets-sent:3 stops it there as SIGSTOP does, until
// somebody sends SIGCONT: then it is a zombie, which has a successor and does not know. `Crash` is the performer's only question
// to this file; where no variable is set there is nothing to ask.

import { writeSync } from 'node:fs';
import type { TaskEffectKind } from '../core/task/effect.js';
import { ProcessorError } from '../errors/processor-error.js';
import type { Clock } from '../ports/clock.js';

/** Where in an effect: before it begins, when its call is on its way, or when it has succeeded. */
export type Moment = 'before' | 'during' | 'after';

/** Every effect has its cell, so that one that is added is thought about here. */
const moments = {
  'open-producer': { before: 'assigned' },
  init: { during: 'init-sent', after: 'init-done' },
  'hear-group': {},
  'fetch-offset': { after: 'offsets-fetched' },
  'read-from': {},
  handle: { during: 'mid-handler' },
  'renew-producer': {},
  begin: { before: 'before-begin', after: 'begun' },
  send: { after: 'produced' },
  'send-offsets': { after: 'offsets-sent' },
  // Its first part sends what is still queued, its second ends the transaction.
  commit: { during: 'commit-sent', after: 'commit-acked' },
  deliver: { after: 'delivered' },
  'commit-offset': { after: 'offset-committed' },
  settle: {},
  abort: { during: 'abort-sent', after: 'aborted' },
  wait: {},
  drop: {},
  // The partition is taken while a batch is at work …
  'arm-deadline': { after: 'in-revoke' },
  'end-processor': {},
  // … and when it is given up at last, at the end of the process as well.
  close: { before: 'closing' },
} as const satisfies Readonly<Record<TaskEffectKind, { readonly [_ in Moment]?: string }>>;

type NamesOf<Cell> = Cell[keyof Cell];
type Cells = typeof moments;
export type CrashPointName = { readonly [Effect in TaskEffectKind]: NamesOf<Cells[Effect]> }[TaskEffectKind];

/** In the order in which a batch comes by. */
export const crashPointNames: readonly CrashPointName[] = Object.values(moments).flatMap(
  (cell) => Object.values(cell) as CrashPointName[],
);

export interface CrashPoint {
  readonly name: CrashPointName;
  /** Which time it is that counts, from 1. */
  readonly nth: number;
}

/** What the variables do to the process. */
const signals = { CRASH_AT: 'SIGKILL', STOP_AT: 'SIGSTOP' } as const;
export type CrashVariable = keyof typeof signals;

/**
 * Reads `<point>` or `<point>:<n>`.
 * @throws PRC_CRASH_POINT_UNKNOWN
 */
export function parseCrashPoint(text: string, variable: CrashVariable = 'CRASH_AT'): CrashPoint {
  const [, wanted, count = '1'] = /^([a-z-]+)(?::([1-9]\d{0,8}))?$/.exec(text) ?? [];
  const name = crashPointNames.find((known) => known === wanted);
  if (name === undefined)
    throw new ProcessorError('PRC_CRASH_POINT_UNKNOWN', { variable, value: text, known: crashPointNames.join(', ') });
  return { name, nth: Number(count) };
}

/** What this moment is called; undefined where it has no name. */
export function crashPointAt(moment: Moment, effect: TaskEffectKind): CrashPointName | undefined {
  const cell: { readonly [_ in Moment]?: CrashPointName } = moments[effect];
  return cell[moment];
}

/** Is told of every moment of every effect. */
export type Crash = (moment: Moment, effect: TaskEffectKind) => void;

/** What kills or stops this process where the environment says so; undefined where it says nothing. */
export function crashAt(environment: Readonly<Record<string, string | undefined>>, clock: Clock): Crash | undefined {
  const crashes = (Object.keys(signals) as CrashVariable[]).flatMap((variable) => {
    const text = environment[variable];
    return text === undefined || text === '' ? [] : [crash(variable, text, clock)];
  });
  if (crashes.length === 0) return undefined;
  return (moment, effect) => {
    for (const each of crashes) each(moment, effect);
  };
}

function crash(variable: CrashVariable, text: string, clock: Clock): Crash {
  const { name, nth } = parseCrashPoint(text, variable);
  let times = 0;
  return (moment, effect) => {
    if (crashPointAt(moment, effect) !== name || ++times !== nth) return;
    // The call has just been given to a thread of the client: a moment later its request is under way.
    if (moment === 'during') clock.timer(onItsWayMs, () => end(variable, text));
    else end(variable, text);
  };
}

const onItsWayMs = 2;

/** Nothing of this process runs after it, no handler of a signal either. */
function end(variable: CrashVariable, text: string): void {
  writeSync(2, `${variable}=${text}: this process ${variable === 'CRASH_AT' ? 'kills' : 'stops'} itself\n`);
  process.kill(process.pid, signals[variable]);
}
