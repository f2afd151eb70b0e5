// E13: the time of day may jump by an hour, back and forth, in the middle of transactions: nothing depends on it.

import { beforeAll, expect, onTestFinished, test } from 'vitest';
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
          producer[name] = async (...args: unknown[]) => {
            jump();
            await call(...args);
            jump();
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
  expect(failedOnce.size).toBe(10);
  expect(started.of('retry-scheduled').map(({ waitMs }) => waitMs)).toEqual(Array.from(failedOnce, () => 150));
  for (const trouble of ['call-failed', 'batch-aborted', 'producer-replaced', 'task-closed'] as const)
    expect(started.of(trouble), trouble).toEqual([]);
});

/** From here to the end of the test the time of day is an hour ahead or behind, the other way round at each call. */
function jumpingClock(): () => void {
  const { now } = Date;
  let aheadMs = hourMs;
  Date.now = () => now() + aheadMs;
  onTestFinished(() => {
    Date.now = now;
  });
  return () => {
    aheadMs = -aheadMs;
  };
}
