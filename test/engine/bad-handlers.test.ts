// Handlers that leave something running, or take longer than anybody expects: nothing of theirs is lost, doubled, or in
// somebody else's transaction. (Those that throw: policies.test.ts; that never settle: lifecycle.test.ts.)

import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { type Running, running } from '../support/engine.js';
import { gate, holdCommits } from '../support/engine-faults.js';
import { range, type Story } from '../support/engine-story.js';
import { testBrokers } from '../support/kafka.js';
import { withMaxPollInterval } from '../support/poll-interval.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

test.each([
  { when: 'while the next record is handled', during: 'handler' },
  { when: 'while the next transaction is committed', during: 'commit' },
] as const)('E11: what a handler leaves running may emit nothing $when', async ({ during }) => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const [handling, committing] = [gate(), gate()];
  let late: (() => void) | undefined;
  const started = await running(
    {
      input,
      outputs: [output],
      async handle({ value }, { out }) {
        out.out(null, value);
        late ??= () => out.out(null, `${value}, late`);
        if (value === 'b' && during === 'handler') await handling.pass();
      },
    },
    // The first transaction is through before the second record is there.
    {
      between: holdCommits({
        async pass() {
          if (during === 'commit' && started.of('batch-committed').length > 0) await committing.pass();
        },
      }),
    },
  );
  await kafka.produce(input, ['a']);
  await started.committed(1);
  await kafka.produce(input, ['b']);
  const reached = during === 'handler' ? handling : committing;
  await reached.reached;
  expect(late).toThrow(expect.objectContaining({ code: 'PRC_OUTPUT_AFTER_END', hint: expect.any(String) as string }));
  reached.open();
  await started.committed(2);
  expect(await kafka.values(output, 'uncommitted')).toEqual(['a', 'b']);
});

test('E6: a handler that takes longer than a transaction may is done once: none is open meanwhile', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const transactionTimeoutMs = 2000;
  let calls = 0;
  await kafka.produce(input, ['a']);
  const started = await running(
    {
      input,
      outputs: [output],
      async handle({ value }, { out }) {
        calls++;
        out.out(null, `${value} begun`);
        await sleep(1.5 * transactionTimeoutMs);
        out.out(null, `${value} done`);
      },
    },
    { limits: { transactionTimeoutMs } },
  );
  await started.committed(1);
  expect(await kafka.values(output, 'uncommitted')).toEqual(['a begun', 'a done']);
  expect({ calls, aborted: started.of('batch-aborted'), failed: started.of('call-failed') }).toEqual({
    calls: 1,
    aborted: [],
    failed: [],
  });
});

/** The group takes who polls this rarely for dead. */
const pollIntervalMs = 3000;
const settings = { 'session.timeout.ms': 3000, 'heartbeat.interval.ms': 100 };
const impatiently = (story: Story): Promise<Running> =>
  withMaxPollInterval(pollIntervalMs, () => running(story, { settings }));

test('a handler that waits longer than a member may go without a poll keeps its place: the reader polls meanwhile', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  let calls = 0;
  await kafka.produce(input, ['slow']);
  const started = await impatiently({
    input,
    outputs: [output],
    async handle({ value }, { out }) {
      calls++;
      await sleep(1.5 * pollIntervalMs);
      out.out(null, value);
    },
  });
  await started.committed(1);
  expect(calls).toBe(1);
  expect(started.of('rebalanced').map(({ kind }) => kind)).toEqual(['assigned']);
  expect(await kafka.values(output)).toEqual(['slow']);
});

test('a handler that blocks the thread for longer than that loses the place, and comes back: nothing is lost or doubled', async () => {
  const [input, output] = [await kafka.topic('in', 2), await kafka.topic('out')];
  const values = range(0, 20).map((n) => `${n}`);
  let isFirst = true;
  await kafka.produce(
    input,
    values.map((value) => ({ value, partition: Number(value) % 2 })),
  );
  const started = await impatiently({
    input,
    outputs: [output],
    handle({ value }, { out }) {
      out.out(null, value);
      if (value !== '7' || !isFirst) return;
      isFirst = false;
      const end = performance.now() + 1.5 * pollIntervalMs;
      while (performance.now() < end);
    },
  });
  await started.until('its partitions are lost', () => started.of('rebalanced').some(({ kind }) => kind === 'lost'));
  await started.owns(2);
  await kafka.produce(input, ['20', '21']);
  const everything = async (): Promise<number> =>
    ((await kafka.committed(started.name, input, 0)) ?? 0) + ((await kafka.committed(started.name, input, 1)) ?? 0);
  await expect.poll(everything, { timeout: 15_000 }).toBe(22);
  expect((await kafka.values(output)).map(Number).sort((a, b) => a - b)).toEqual(range(0, 22));
});
