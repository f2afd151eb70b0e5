// Who can do without a Kafka goes on where this machine lacks something, and nowhere else.

import { expect, test } from 'vitest';
import { unlessNotToBeHad } from '../../demo/cluster-if-any.js';
import { isNotToBeHad } from '../../src/embedded/kafka/not-to-be-had.js';
import { ProcessorError } from '../../src/errors/processor-error.js';

const lack = new ProcessorError('PRC_EMBEDDED_JAVA_MISSING', { problem: 'there is no java on the PATH' });
const noAddon = new ProcessorError('PRC_CLIENT_MISSING', { node: 'v20', reason: 'no such file' });
const defects = [
  new TypeError('kafka.createTopics is not a function'),
  new ProcessorError('PRC_BROKERS_INVALID', { problems: 'x has no port' }),
  'a text',
];

test('no Java and no addon of the client are lacks', () => {
  expect([lack, noAddon].map(isNotToBeHad)).toEqual([true, true]);
  expect(defects.map(isNotToBeHad)).toEqual([false, false, false]);
});

test('the demo says what is lacking, and goes on without', async () => {
  const said: string[] = [];
  const start = () => Promise.reject(lack);
  expect(await unlessNotToBeHad(start, (line) => said.push(line))).toBeUndefined();
  expect(said).toEqual([`no Kafka can be had: ${lack.message}`]);
});

test.for(defects)('the demo does not go on with %s: its proof would be of something else', async (defect) => {
  await expect(
    unlessNotToBeHad(
      () => Promise.reject(defect),
      () => {},
    ),
  ).rejects.toBe(defect);
});
