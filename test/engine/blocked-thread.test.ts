// A handler that never lets go of the thread is to the engine what a freeze of the process is, except that the client's own
// threads go on: they tell the group that the member is alive until max.poll.interval.ms is over.
//
// 12 s by default; a minute by command: BLOCKED_MS=60000 npx vitest run --project kafka test/engine/blocked-thread.test.ts

import { beforeAll, expect, test } from 'vitest';
import { running } from '../support/engine.js';
import type { ChildPlan } from '../support/engine-child.js';
import { type Instance, instance } from '../support/engine-process.js';
import { eventually } from '../support/engine-wait.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

const blockMs = Number(process.env['BLOCKED_MS'] ?? 12_000);
const patience = blockMs + 40_000;
const settings = { 'session.timeout.ms': 6000, 'heartbeat.interval.ms': 100 };
const limits = { transactionTimeoutMs: 5000 };

test(
  'another member takes over meanwhile, and nothing of the blocked one becomes visible',
  async () => {
    const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
    const story = { name: uniqueName('blocked'), input, outputs: [output] };
    await kafka.produce(input, ['a', 'block', 'b']);
    const blocked = blocking(story, { maxPollIntervalMs: 6000 });
    await blocked.until('it is blocked', () => blocked.said('blocking') > 0, 20_000);
    const successor = await running(story, { settings, limits });
    await successor.committed(3, patience);
    expect(await kafka.values(output)).toEqual(['a', 'block', 'b']);
    await blocked.until('it wakes up and notices', () => blocked.said('task-closed') > 0, patience);
    await kafka.produce(input, ['c']);
    await eventually(
      'c is done by one of them',
      async () => (await kafka.committed(story.name, input)) === 4,
      patience,
    );

    expect(await kafka.values(output)).toEqual(['a', 'block', 'b', 'c']);
    expect(blocked.said('failed')).toBe(0);
  },
  2 * patience,
);

test(
  'a transaction that is open in another of its partitions dies of its age, and its batch is done once all the same',
  async () => {
    const [input, output] = [await kafka.topic('in', 2), await kafka.topic('out')];
    const story = { name: uniqueName('blocked'), input, outputs: [output] };
    await kafka.produce(input, [{ value: 'a', partition: 0 }]);
    const blocked = blocking(story, { holdsCommits: true });
    await blocked.until('its transaction is open', () => blocked.said('committing') > 0, 20_000);
    await kafka.produce(input, [{ value: 'block', partition: 1 }]);
    await blocked.until('both are committed', () => blocked.said('batch-committed') >= 2, patience);

    expect(await kafka.sorted(output)).toEqual(['a', 'block']);
    // It found its transaction gone, which nobody had taken: the broker had ended it for its age.
    expect(blocked.said('call-failed')).toBeGreaterThan(0);
    expect(await kafka.committed(story.name, input, 0)).toBe(1);
    expect(await kafka.committed(story.name, input, 1)).toBe(1);
  },
  2 * patience,
);

/** An instance whose thread stands still for `blockMs` at the record that says so. */
function blocking(story: ChildPlan['story'], more: Pick<ChildPlan, 'maxPollIntervalMs' | 'holdsCommits'>): Instance {
  return instance({ brokers: testBrokers(), story, settings, limits, handler: 'block', blockMs, ...more });
}
