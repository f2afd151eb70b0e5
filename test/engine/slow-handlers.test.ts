// E23: a batch has an age, also one whose handlers are slow: what is handled lasts, whatever comes behind it.

import { beforeAll, expect, test } from 'vitest';
import { running } from '../support/engine.js';
import { range } from '../support/engine-story.js';
import { testBrokers } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

test('E23: a slow handler makes progress: its first records are committed long before its last is handled', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const values = range(0, 30).map((i) => `${i}`);
  await kafka.produce(input, values);
  let handled = 0;
  let handledAtFirstCommit: number | undefined;
  const started = await running({
    input,
    outputs: [output],
    async handle({ value }, { out }) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      out.out(null, value);
      handled++;
      if (handledAtFirstCommit === undefined && started.of('batch-committed').length > 0)
        handledAtFirstCommit = handled;
    },
  });
  await started.committed(30);
  expect(handledAtFirstCommit).toBeLessThan(15);
  expect(started.of('batch-committed').length).toBeGreaterThan(2);
  expect(await kafka.values(output)).toEqual(values);
});
