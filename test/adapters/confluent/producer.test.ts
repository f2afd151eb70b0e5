// The producer behind the port, held to what the port promises, on a real broker.

import { beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { confluentKafka } from '../../../src/adapters/confluent/kafka.js';
import { type RawProducer, rawModule } from '../../../src/adapters/confluent/raw-client.js';
import { groupId, transactionalId } from '../../../src/core/ids.js';
import { OutputBatch } from '../../../src/ports/output-batch.js';
import { range } from '../../support/engine-story.js';
import { testBrokers, uniqueName } from '../../support/kafka.js';
import { RawKafka } from '../../support/raw.js';

let raw: RawKafka;
beforeAll(() => {
  raw = new RawKafka(testBrokers());
});

test('E8: a producer that is closed while it waits for room in its queue queues nothing more', async () => {
  const [topic, name] = [await raw.topic('out'), uniqueName('closed')];
  const settings = { 'queue.buffering.max.messages': 10 };
  const kafka = await confluentKafka({ brokers: testBrokers(), transactionTimeoutMs: 10_000, settings });
  onTestFinished(() => kafka.close());
  const id = transactionalId(groupId('', name), topic, 0);
  const producer = await kafka.openProducer({ kind: 'transactional', transactionalId: id, clientId: name });
  await producer.init(10_000);
  await producer.begin();
  const outputs = textsFor(topic, 1000, 'of this batch');
  const sending = producer.send(outputs);
  const closing = producer.close();
  // Whoever closed it is at the next batch already.
  outputs.sink.bytes.fill('#'.charCodeAt(0));
  await expect(sending).rejects.toMatchObject({ code: '_DESTROY' });
  await closing;

  await raw.owner(id);
  expect(await raw.values(topic, 'uncommitted')).not.toContain('#'.repeat('of this batch'.length));
});

test('E8: a delivery whose reports are not there when its producer is closed fails, and is not waited for', async () => {
  const [topic, name] = [await raw.topic('out'), uniqueName('closed')];
  const settings = { 'linger.ms': 60_000 };
  const kafka = await confluentKafka({ brokers: testBrokers(), transactionTimeoutMs: 10_000, settings });
  onTestFinished(() => kafka.close());
  const producer = await kafka.openProducer({ kind: 'idempotent', clientId: name });
  // Reports can be heard behind the flush that they belong to. Here the flush does nothing, so that they surely are.
  const flush = vi.spyOn(rawModule().Producer.prototype as RawProducer, 'flush');
  onTestFinished(() => flush.mockRestore());
  flush.mockImplementation((_, callback) => void setImmediate(callback, null, undefined));
  const delivering = producer.deliver(textsFor(topic, 3, 'unheard of'), 10_000);
  await vi.waitUntil(() => flush.mock.calls.length > 0, { interval: 0 });
  const closing = producer.close();
  await expect(delivering).rejects.toMatchObject({ code: '_DESTROY', acknowledged: 0 });
  await closing;
});

/** As many records with this value. */
function textsFor(topic: string, count: number, text: string): OutputBatch {
  const outputs = new OutputBatch([topic]);
  const { sink } = outputs;
  const bytes = Buffer.from(text);
  for (const _ of range(0, count)) {
    sink.reserve(bytes.length);
    const valueStart = sink.position;
    sink.bytes.set(bytes, valueStart);
    sink.position += bytes.length;
    outputs.append({
      topic: 0,
      partition: 0,
      timestamp: 1000,
      keyStart: -1,
      keyEnd: -1,
      valueStart,
      valueEnd: sink.position,
      headersStart: 0,
      headersEnd: 0,
    });
  }
  return outputs;
}
