// What the cluster is asked outside of any partition, by many at once and while the processor is being closed. Freezes a
// broker of its own, so that the answers take their time.

import { readFile } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { confluentKafka } from '../../src/adapters/confluent/kafka.js';
import { threadGate } from '../../src/adapters/confluent/threads.js';
import { type EmbeddedKafka, startEmbeddedKafka } from '../../src/embedded/kafka/broker.js';
import { range } from '../support/engine-story.js';
import { testBrokerProperties } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let broker: EmbeddedKafka;
let topic: string;
beforeAll(async () => {
  broker = await startEmbeddedKafka({ name: 'kafka-to-ask', properties: testBrokerProperties });
  topic = await new RawKafka(broker.brokers).topic('asked');
});
afterAll(() => broker.stop());

async function frozen() {
  const kafka = await confluentKafka({ brokers: broker.brokers, transactionTimeoutMs: 10_000 });
  const partition = { topic, partition: 0 };
  expect(await kafka.offsetRanges([partition])).toEqual([{ low: 0, stable: 0 }]);
  onTestFinished(async () => {
    await broker.kill('SIGCONT');
    await kafka.close();
  });
  await broker.kill('SIGSTOP');
  return { kafka, ask: () => kafka.offsetRanges([partition]) };
}

test('E14: a hundred questions to a broker that does not answer leave their threads to everybody else', async () => {
  const { ask } = await frozen();
  let answered = 0;
  for (const _ of range(0, 100)) void ask().then(...both(() => answered++));
  // Whatever else calls the client, and whatever else uses the pool.
  for (const _ of range(0, 20)) await threadGate.run(() => Promise.resolve());
  await readFile(import.meta.filename);
  expect(answered).toBe(0);
});

test('a question that had no answer in time may be asked again', async () => {
  const { ask } = await frozen();
  await expect(ask()).rejects.toMatchObject({ code: '_TIMED_OUT', retriable: true });
  await broker.kill('SIGCONT');
  expect(await ask()).toEqual([{ low: 0, stable: 0 }]);
});

test('questions that wait for a broker in vain are given up, and whoever asks next is answered at once', async () => {
  const { ask } = await frozen();
  const startedMs = performance.now();
  const inVain = await Promise.allSettled(range(0, 20).map(() => ask()));
  expect(inVain.filter(({ status }) => status === 'fulfilled')).toEqual([]);
  // Their turns would have taken a second each.
  expect(performance.now() - startedMs).toBeLessThan(15_000);
  await broker.kill('SIGCONT');
  expect(await ask()).toEqual([{ low: 0, stable: 0 }]);
});

test('closing waits for the question that is under way, and the process goes on meanwhile', async () => {
  const { kafka, ask } = await frozen();
  let answered = 0;
  const asked = [ask(), ask()].map((one) => one.then(...both((error) => (answered++, error))));
  await turn();
  const closing = kafka.close();
  // A turn of the event loop comes before the answer: nothing on this thread waits for the broker.
  await turn();
  expect(answered).toBe(0);
  await closing;
  // The first one's time ran out; the others were not even asked.
  expect(await Promise.all(asked)).toContainEqual(expect.objectContaining({ code: '_DESTROY' }));
  await expect(ask()).rejects.toMatchObject({ code: '_DESTROY' });
});

/** The same for success and failure. */
function both<T>(settled: (outcome: unknown) => T): [(value: unknown) => T, (error: unknown) => T] {
  return [settled, settled];
}
