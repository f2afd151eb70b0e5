// E20: a log that has become shorter than what was read of it. Positions behind its end would be waited for until new
// records reach them, and every record before would be skipped.

import { beforeAll, expect, test } from 'vitest';
import { running } from '../support/engine.js';
import { range } from '../support/engine-story.js';
import { testBrokers } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

test('E20: a topic that is made anew under a running processor, with fewer records, is named and not waited for', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  await kafka.produce(input, range(0, 20).map(String));
  const started = await running({ input, outputs: [output] }, { limits: { stallMs: 300, transactionTimeoutMs: 2000 } });
  await started.committed(20);
  await kafka.deleteTopic(input);
  await kafka.createTopic(input);
  await kafka.produce(input, ['new']);

  await started.until('it has failed', () => started.of('processor-failed').length > 0).catch(() => {});
  await expect(started.failure()).resolves.toMatchObject({
    code: 'PRC_OFFSET_OUT_OF_RANGE',
    details: { topic: input, partition: 0, low: 0, high: 1 },
  });
  expect(await kafka.values(output)).toEqual(range(0, 20).map(String));
});
