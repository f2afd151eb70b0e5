// A processor in a process of its own, for tests that freeze or kill one: `node scripts/run.cjs test/support/engine-child.ts
// '<json of ChildPlan>'`. Tells its facts as JSON lines on standard output; takes commands, one a line, on standard input.

import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Limits } from '../../src/core/defaults.js';
import type { App } from '../../src/engine/start.js';
import { begin, holdCommits, refuseFirstOffsets } from './engine-faults.js';
import { type Handle, type Story, topology } from './engine-story.js';
import { withMaxPollInterval } from './poll-interval.js';

export interface ChildPlan {
  readonly brokers: string;
  readonly story: Omit<Story, 'handle' | 'handleBatch'>;
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  readonly limits?: Partial<Limits>;
  /**
   * What its handler does: copy the record to each output; the same, but not before the command `go`; never settle; fail,
   * and try again in an hour; copy, but give itself the command `go` at the value `block`, and block the thread.
   */
  readonly handler?: 'copy' | 'wait' | 'never' | 'retry' | 'block';
  /** For how long the thread is blocked. */
  readonly blockMs?: number;
  /** Takes the place of the client's five minutes. */
  readonly maxPollIntervalMs?: number;
  /** Commits wait for the command `go`: everything of their transaction has been sent by then. */
  readonly holdsCommits?: boolean;
  /** The first offsets of a transaction are refused, so that it is aborted. */
  readonly refusesFirstOffsets?: boolean;
  /** Its thread is busy for so long at a time, and free for a few milliseconds in between. Default: free. */
  readonly busyMs?: number;
  /** How many processors of this kind it starts, each with a name of its own. Default 1. */
  readonly copies?: number;
}

/** `go`: what waits goes on. `stop`: stops what it has started. `stat`: tells how long a look at a file takes. */
export type ChildCommand = 'go' | 'stop' | 'stat';

export type ChildWord =
  | { readonly fact: string; readonly records?: number }
  | { readonly word: 'handling' }
  | { readonly word: 'blocking' }
  | { readonly word: 'committing' }
  | { readonly word: 'stopped'; readonly ms: number }
  | { readonly word: 'stat'; readonly ms: number }
  | { readonly word: 'failed'; readonly code: string; readonly message: string };

const plan = JSON.parse(process.argv[2] ?? '{}') as ChildPlan;
let go: () => void = () => {};
const told = new Promise<void>((resolve) => (go = resolve));

const copy: Handle = ({ key, value }, { out }) => {
  if (plan.story.outputs?.[0]) out.out(key, value);
  if (plan.story.outputs?.[1]) out.out2(key, value);
};
const handlers: Readonly<Record<NonNullable<ChildPlan['handler']>, Handle>> = {
  copy,
  async wait(record, context) {
    say({ word: 'handling' });
    await told;
    copy(record, context);
  },
  never() {
    say({ word: 'handling' });
    return new Promise(() => {});
  },
  retry() {
    throw new Error('in an hour');
  },
  block(record, context) {
    copy(record, context);
    if (record.value !== 'block') return;
    go();
    say({ word: 'blocking' });
    keepBusy(plan.blockMs ?? 0);
  },
};
const hourMs = 3_600_000;

const beginAll = (): Promise<App[]> =>
  Promise.all(
    Array.from({ length: plan.copies ?? 1 }, (_, index) =>
      begin(
        topology({
          ...plan.story,
          ...(index > 0 ? { name: `${plan.story.name}-${index}` } : {}),
          handle: handlers[plan.handler ?? 'copy'],
          onError: {
            handle:
              plan.handler === 'retry'
                ? { policy: 'retry', times: 1, backoffMs: hourMs, backoffMaxMs: hourMs, otherwise: { policy: 'fail' } }
                : { policy: 'fail' },
          },
        }),
        {
          brokers: plan.brokers,
          ...(plan.settings ? { settings: plan.settings } : {}),
          ...(plan.limits ? { limits: plan.limits } : {}),
          ...(plan.holdsCommits ? { between: holdCommits({ pass: committing }) } : {}),
          ...(plan.refusesFirstOffsets ? { between: refuseFirstOffsets(() => {}) } : {}),
        },
        (fact) => {
          if (fact.fact !== 'client-notice') say(fact);
        },
      ),
    ),
  );
const apps = await (plan.maxPollIntervalMs ? withMaxPollInterval(plan.maxPollIntervalMs, beginAll) : beginAll());
for (const { finished } of apps)
  finished.catch((error: Error & { readonly code?: string }) =>
    say({ word: 'failed', code: error.code ?? '', message: error.message }),
  );

const { busyMs } = plan;
if (busyMs !== undefined) setInterval(() => keepBusy(busyMs), busyMs + 5);

const commands = createInterface({ input: process.stdin });
commands.on('line', (line) => void obey(line as ChildCommand));

async function obey(command: ChildCommand): Promise<void> {
  const startedMs = performance.now();
  switch (command) {
    case 'go':
      go();
      return;
    case 'stat':
      await stat('/');
      say({ word: 'stat', ms: performance.now() - startedMs });
      return;
    case 'stop':
      // Nothing else may keep this process alive: it must end by itself now.
      commands.close();
      process.stdin.unref();
      await Promise.all(apps.map((app) => app.stop()));
      say({ word: 'stopped', ms: performance.now() - startedMs });
  }
}

function keepBusy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

function committing(): Promise<void> {
  say({ word: 'committing' });
  return told;
}

function say(word: ChildWord): void {
  process.stdout.write(
    `${JSON.stringify(word, (_, value: unknown) => (value instanceof Error ? value.message : value))}\n`,
  );
}
