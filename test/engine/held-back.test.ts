// Records that nobody may read, because the transaction that wrote them does not end: nothing is wrong with the processor, but
// whoever waits for its outputs should hear of it.

import { beforeAll, expect, test } from 'vitest';
import { running } from '../support/engine.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

test('E20: a transaction of somebody else that stays open is told of once, and what it held back is done when it ends', async () => {
  const [input, output] = [await kafka.topic('in', 2), await kafka.topic('out')];
  const started = await running({ input, outputs: [output] }, { limits: { stallMs: 400 } });
  await started.owns(2);
  await kafka.produce(input, ['before']);
  await started.committed(1);
  const somebody = await kafka.owner(uniqueName('somebody'));
  await somebody.begin();
  // All at once, so that no look comes between them.
  await somebody.send(input, ['open', 'behind it']);
  await started.until('it is told', () => started.of('records-held-back').length > 0);
  // The other partition is quiet as well, and nothing is behind that.
  expect(started.of('records-held-back')).toMatchObject([{ topic: input, partition: 0, position: 1, end: 3 }]);
  expect(await kafka.values(output, 'committed')).toEqual(['before']);

  await somebody.commit();
  await started.committed(3);
  expect(await kafka.values(output)).toEqual(['before', 'open', 'behind it']);
  expect(started.of('records-held-back')).toHaveLength(1);
});
