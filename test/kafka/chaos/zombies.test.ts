// Real processes that stand still at each named point, as SIGSTOP does it, until their session and their transaction are long
// over and a successor has done their records; then they go on without knowing of it (failure cases 8 and 9). Nothing of theirs
// becomes visible, and what was a zombie is a member like any other, or has ended.

import { beforeAll, expect, test } from 'vitest';
import { type CrashPointName, crashPointNames } from '../../../src/engine/crash-point.js';
import { running } from '../../support/engine.js';
import type { ChildPlan } from '../../support/engine-child.js';
import { instance } from '../../support/engine-process.js';
import type { Handle, Story } from '../../support/engine-story.js';
import { eventually, never } from '../../support/engine-wait.js';
import { testBrokers, uniqueName } from '../../support/kafka.js';
import { RawKafka } from '../../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

/** Each group of points stands still at once. */
const together: Readonly<Record<string, readonly CrashPointName[]>> = {
  'while it begins': ['assigned', 'init-sent', 'init-done', 'offsets-fetched'],
  'before it has sent anything': ['before-begin', 'begun', 'mid-handler', 'produced'],
  'around its commit': ['offsets-sent', 'commit-sent', 'commit-acked'],
  'at an abort, and on its way out': ['abort-sent', 'aborted', 'in-revoke', 'closing'],
  'without transactions': ['delivered', 'offset-committed'],
};

test('no point is left out', () => {
  expect(Object.values(together).flat().toSorted()).toEqual(crashPointNames.toSorted());
});

test.each(Object.entries(together))(
  'a process that stands still %s does nothing visible when it goes on',
  { timeout: 90_000 },
  async (_, points) => {
    await Promise.all(points.map(standsStillAt));
  },
);

async function standsStillAt(point: CrashPointName): Promise<void> {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const written: string[] = [];
  const write = async (...values: string[]): Promise<void> => {
    written.push(...values);
    await kafka.produce(input, values);
  };
  const isDone = async (): Promise<boolean> => (await kafka.committed(name, input)) === written.length;
  const name = uniqueName(point);
  const story = { name, input, outputs: [output], ...stories[point] };
  const settings = { ...mortal, ...(point === 'in-revoke' ? eager : {}) };
  await write('a', 'b', 'c');

  const zombie = instance(
    { brokers: testBrokers(), story, settings, limits: { transactionTimeoutMs }, ...plans[point] },
    { STOP_AT: point },
  );
  if (point === 'closing') {
    await zombie.until('it works', () => zombie.said('batch-committed') > 0, 30_000);
    zombie.command('stop');
  }
  if (point === 'in-revoke') await zombie.until('it is about to commit', () => zombie.said('committing') > 0, 30_000);
  else await zombie.until(`it stands still at ${point}`, () => zombie.complaints.includes(`STOP_AT=${point}`), 30_000);
  const successor = await running({ ...story, handle: successors }, { settings });
  await zombie.until(`it stands still at ${point}`, () => zombie.complaints.includes(`STOP_AT=${point}`), 30_000);
  const stoodMs = performance.now();
  // What waits in it may go on the moment that it wakes up.
  zombie.command('go');
  await successor.owns(1, 30_000);
  await eventually(`what was begun at ${point} is done`, isDone, 30_000);
  const { length: said } = zombie.words;
  const closed = zombie.said('task-closed');
  const overMs = mortal['session.timeout.ms'] + transactionTimeoutMs + 1000;
  await never('it does something', () => zombie.words.length > said, overMs - (performance.now() - stoodMs));

  zombie.signal('SIGCONT');
  await zombie.until('it has noticed', () => zombie.said('task-closed') > closed, 30_000);
  await write('d', 'e', 'f');
  await eventually(`one of them goes on after ${point}`, isDone, 30_000);
  if (point === 'closing') expect(await zombie.ended).toBe(0);
  else {
    await successor.stop();
    await write('g', 'h', 'i');
    await eventually(`the former zombie works, ${point}`, isDone, 30_000);
  }

  // At-most-once commits an offset before its records are handled.
  await eventually(`the last output is there, ${point}`, async () => {
    const last = (await kafka.values(output)).at(-1);
    return last?.[0] === written.at(-1);
  });
  const outputs = await kafka.values(output);
  const values = outputs.map((value) => value?.[0]);
  if (point === 'delivered') expect([...new Set(values)].toSorted(), point).toEqual(written);
  // At-most-once: what the one that stood still had claimed is lost, nothing else.
  else if (point === 'offset-committed') {
    expect(values.length, point).toBeGreaterThanOrEqual(written.length - 3);
    expect(values, point).toEqual(written.slice(written.length - values.length));
  } else expect(values, point).toEqual(written);
  if (!mayHaveCommitted.has(point)) expect(outputs.slice(0, 3), point).toEqual(['a', 'b', 'c'].map(bySuccessor));
}

const bySuccessor = (value: string): string => `${value} by the successor`;
const successors: Handle = ({ key, value }, { out }) => out.out(key, bySuccessor(value));

/** A member that is found dead quickly. */
const mortal = { 'session.timeout.ms': 1000, 'heartbeat.interval.ms': 100 };
/** A successor's coming takes the only partition, too. */
const eager = { 'partition.assignment.strategy': 'range' };
const transactionTimeoutMs = 2000;

const plans: { readonly [Point in CrashPointName]?: Partial<ChildPlan> } = {
  'mid-handler': { handler: 'wait' },
  'abort-sent': { refusesFirstOffsets: true },
  aborted: { refusesFirstOffsets: true },
  'in-revoke': { holdsCommits: true },
};
const stories: { readonly [Point in CrashPointName]?: Partial<Story> } = {
  delivered: { guarantee: 'at-least-once' },
  'offset-committed': { guarantee: 'at-most-once' },
};
/** Where it stood still, its transaction was committed, or on its way to be. */
const mayHaveCommitted: ReadonlySet<CrashPointName> = new Set([
  'commit-sent',
  'commit-acked',
  'closing',
  'delivered',
  'offset-committed',
]);
