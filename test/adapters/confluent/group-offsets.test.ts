// What a group has committed, asked from outside of it (`status`, `check --live`).

import { expect, test } from 'vitest';
import { GroupOffsets } from '../../../src/adapters/confluent/group-offsets.js';
import { testBrokers, uniqueName } from '../../support/kafka.js';
import { RawKafka } from '../../support/raw.js';

test('who closes it waits for the question that is under way, and after that nothing is asked', async () => {
  const brokers = testBrokers();
  const topic = await new RawKafka(brokers).topic('group-offsets');
  const offsets = await GroupOffsets.open({ brokers, settings: {}, groupId: uniqueName('group') });
  const order: string[] = [];
  const asked = offsets.committed([{ topic, partition: 0 }]).then((found) => {
    order.push('answered');
    return found;
  });
  await offsets.close().then(() => order.push('closed'));
  expect(await asked).toEqual([undefined]);
  expect(order).toEqual(['answered', 'closed']);
  await expect(offsets.committed([{ topic, partition: 0 }])).rejects.toMatchObject({ code: '_DESTROY' });
});
