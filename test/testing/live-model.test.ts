// The model in real time, as `processor dev` has it where no Kafka can be had.

import { expect, onTestFinished, test } from 'vitest';
import { processor, type Start, text, topic } from '../../src/index.js';
import { OutputBatch } from '../../src/ports/output-batch.js';
import { LiveModel } from '../../src/testing/live-model.js';
import { until } from '../support/engine-wait.js';

const orders = topic('orders', { key: text(), value: text(), partitions: 1 });
const lines = topic('lines', { key: text(), value: text(), partitions: 1 });

test.for<Start>(['earliest', 'latest', 'refuse'])('what was sent before is handled with start: %s', async (start) => {
  const { topology } = processor({
    name: 'copy',
    start,
    input: orders,
    outputs: { lines },
    handle: ({ key, value }, { out }) => out.lines(key, value),
  });
  const model = new LiveModel({ topologies: [topology], namespace: '', partitions: 1 });
  onTestFinished(() => model.stop());
  model.send(oneTo('orders'));
  const [runner] = await model.start(() => {});
  let copied = 0;
  await until('it is copied', () => (copied += model.take('lines').length) === 1);
  await runner?.stop();
  expect(copied).toBe(1);
});

/** An empty key and an empty value. */
function oneTo(name: string): OutputBatch {
  const batch = new OutputBatch([name]);
  const empty = { keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0, headersStart: 0, headersEnd: 0 };
  batch.append({ topic: 0, partition: 0, timestamp: Date.now(), ...empty });
  return batch;
}
