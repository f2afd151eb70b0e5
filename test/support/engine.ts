// Processors as tests tell of them: a topology in a few words, started on a real broker, its facts collected, stopped when
// the test ends. Waits are for conditions, never for time.

import { onTestFinished } from 'vitest';
import type { Topology } from '../../src/core/topology.js';
import type { Fact } from '../../src/engine/facts.js';
import type { App } from '../../src/engine/start.js';
import { begin, type RunOptions } from './engine-faults.js';
import { type Story, topology } from './engine-story.js';
import { until } from './engine-wait.js';
import { testBrokers } from './kafka.js';

export interface Running {
  readonly name: string;
  readonly app: App;
  readonly facts: readonly Fact[];
  /** Facts of one kind. */
  of<Kind extends Fact['fact']>(kind: Kind): Extract<Fact, { readonly fact: Kind }>[];
  /** Waits for a condition on what has happened so far. */
  until(what: string, condition: () => boolean, timeoutMs?: number): Promise<void>;
  /** Waits until so many records are committed. */
  committed(records: number, timeoutMs?: number): Promise<void>;
  /** Waits until this instance owns and has opened so many partitions, no more and no less. */
  owns(partitions: number, timeoutMs?: number): Promise<void>;
  /** The error that ended the processor. */
  failure(): Promise<Error & { readonly code?: string; readonly details?: Readonly<Record<string, unknown>> }>;
  stop(): Promise<void>;
}

/** Starts a processor that is stopped when the test ends. */
export async function running(story: Story | Topology, options: Partial<RunOptions> = {}): Promise<Running> {
  const made = 'subtopologies' in story ? story : topology(story);
  const facts: Fact[] = [];
  const app = await begin(made, { brokers: testBrokers(), ...options }, (fact) => facts.push(fact));
  onTestFinished(() => app.stop());
  const of = <Kind extends Fact['fact']>(kind: Kind): Extract<Fact, { readonly fact: Kind }>[] =>
    facts.filter((fact): fact is Extract<Fact, { readonly fact: Kind }> => fact.fact === kind);
  let ended: Error | undefined;
  app.finished.catch((error: Error) => (ended = error));
  const wait = (what: string, condition: () => boolean, timeoutMs?: number): Promise<void> =>
    until(
      () => `${what}; ${told(facts)}`,
      () => {
        if (condition()) return true;
        if (ended !== undefined) throw ended;
        return false;
      },
      timeoutMs,
    );
  const owned = (): number => {
    const keys = new Set<string>();
    for (const fact of facts) {
      if (fact.fact === 'task-opened') keys.add(`${fact.topic}/${fact.partition}`);
      if (fact.fact === 'task-closed') keys.delete(`${fact.topic}/${fact.partition}`);
    }
    return keys.size;
  };
  return {
    name: made.name,
    app,
    facts,
    of,
    until: wait,
    committed: (records, timeoutMs) =>
      wait(
        `${records} records are committed`,
        () => of('batch-committed').reduce((sum, fact) => sum + fact.records, 0) >= records,
        timeoutMs,
      ),
    owns: (partitions, timeoutMs) => wait(`it owns ${partitions} partitions`, () => owned() === partitions, timeoutMs),
    failure: () =>
      app.finished.then(
        () => Promise.reject(new Error('the processor has not failed')),
        (error: Error) => error,
      ),
    stop: () => app.stop(),
  };
}

/** The last facts, for the message of a wait that failed. */
function told(facts: readonly Fact[]): string {
  const lines = facts
    .filter(({ fact }) => fact !== 'client-notice')
    .slice(-15)
    .map((fact) => JSON.stringify(fact, (_, value: unknown) => (value instanceof Error ? value.message : value)));
  return `the last facts were\n${lines.join('\n')}`;
}
