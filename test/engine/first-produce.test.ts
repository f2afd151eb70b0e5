// E11: a transaction that is aborted as soon as its first record is queued, when the client has hardly told the broker about it.

import { beforeAll, expect, test } from 'vitest';
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

test('nothing of an abort right behind the first produce stays, twenty times out of twenty', async () => {
  const [input, output] = [await kafka.topic('in', 2), await kafka.topic('out', 4)];
  const values = range(0, 40).map((n) => `${n}`);
  let [sends, aborts] = [0, 0];
  await kafka.produce(
    input,
    values.map((value) => ({ value, key: value, partition: Number(value) % 2 })),
  );
  const started = await running(
    { input, outputs: [output] },
    {
      limits: { batchRecordsMax: 2 },
      between: producers((producer) => {
        const send = producer.send.bind(producer);
        producer.send = async (...args) => {
          await send(...args);
          if (sends++ % 2 === 1) return;
          aborts++;
          throw new KafkaError('_STATE', 'send: not now', { abortable: true });
        };
      }),
    },
  );
  await started.committed(40);

  expect(aborts).toBeGreaterThanOrEqual(20);
  // It reads to the last stable offset, and waits until that is the end: no transaction was left open.
  expect((await kafka.values(output)).map(Number).sort((a, b) => a - b)).toEqual(range(0, 40));
  expect(started.of('producer-replaced')).toEqual([]);
});
