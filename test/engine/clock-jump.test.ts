// E13: the time of day may jump by an hour, back and forth, in the middle of transactions: nothing depends on it.

import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { KafkaError } from '../../src/ports/kafka.js';
import { running } from '../support/engine.js';
import { producers } from '../support/engine-faults.js';
import { range } from '../support/engine-story.js';
import { testBrokers } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

const hourMs = 3_600_000;
const timestamp = 1_700_000_000_000;

test('an hour forth and back at every handler and every commit: each record is done once, and nothing fails', async () => {
  const jump = jumpingClock();
  const [input, output] = [await kafka.topic('in', 2), await kafka.topic('out')];
  const records = (round: number): { value: string; partition: number; timestamp: number }[] =>
    range(20 * round, 20 * round + 20).map((n) => ({ value: `${n}`, partition: n % 2, timestamp: timestamp + n }));
  const failedOnce = new Set<string>();
  const started = await running(
    {
      input,
      outputs: [output],
      handlerTimeoutMs: 20_000,
      onError: {
        handle: { policy: 'retry', times: 1, backoffMs: 150, backoffMaxMs: 150, otherwise: { policy: 'fail' } },
      },
      async handle({ value }, { out }) {
        jump();
        await Promise.resolve();
        if (value.endsWith('7') && !failedOnce.has(value)) {
          failedOnce.add(value);
          throw new Error('the first time');
        }
        out.out(null, value);
      },
    },
    {
      limits: { stallMs: 60_000 },
      between: producers((producer) => {
        for (const name of ['sendOffsets', 'commit'] as const) {
          const call = producer[name].bind(producer) as (...args: unknown[]) => Promise<void>;
          let calls = 0;
          producer[name] = async (...args: unknown[]) => {
            jump();
            // Each is made again once, within a time that is not over.
            if (calls++ % 2 === 0) throw new KafkaError('_TIMED_OUT', `${name}: not yet`, { retriable: true });
            await call(...args);
          };
        }
      }),
    },
  );
  for (let round = 0; round < 5; round++) {
    await kafka.produce(input, records(round));
    await started.committed(20 * round + 20);
  }

  const copied = await kafka.read(output);
  expect(copied.map(({ value }) => Number(value)).sort((a, b) => a - b)).toEqual(range(0, 100));
  for (const { value, timestamp: at } of copied) expect(at).toBe(timestamp + Number(value));
  expect(started.of('call-repeated').length).toBeGreaterThanOrEqual(10);
  expect(failedOnce.size).toBe(10);
  expect(started.of('retry-scheduled').map(({ waitMs }) => waitMs)).toEqual(Array.from(failedOnce, () => 150));
  for (const trouble of ['call-failed', 'batch-aborted', 'producer-replaced', 'task-closed'] as const)
    expect(started.of(trouble), trouble).toEqual([]);
});

test('a machine two hours ahead: outputs bear the time of their input, and a dead letter is refused by name', async () => {
  setClock(() => 2 * hourMs);
  const [input, output, letters] = [await kafka.topic('in'), await kafka.topic('out'), await kafka.topic('letters')];
  await kafka.produce(input, [
    { value: 'a', timestamp },
    { value: 'bad', timestamp },
    { value: 'b', timestamp },
  ]);
  const started = await running({
    input,
    outputs: [output],
    onError: { handle: { policy: 'dead-letter', topic: letters } },
    handle({ value }, { out }) {
      if (value === 'bad') throw new Error('bad');
      out.out(null, value);
    },
  });
  expect(await started.failure()).toMatchObject({
    code: 'PRC_RECORD_FAILED',
    details: { topic: input, offset: 1, part: 'encode', reason: expect.stringMatching(/timestamp/i) as string },
  });
  expect(await kafka.values(output)).toEqual(['a']);
});

/** Until the test ends, the time of day jumps at each call: right, an hour behind, an hour ahead, right. */
function jumpingClock(): () => void {
  const aheadMs = [0, -hourMs, hourMs];
  let jumps = 0;
  setClock(() => aheadMs[jumps % 3] ?? 0);
  return () => {
    jumps++;
  };
}

function setClock(aheadMs: () => number): void {
  const { now } = Date;
  Date.now = () => now() + aheadMs();
  onTestFinished(() => {
    Date.now = now;
  });
}
