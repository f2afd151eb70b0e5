// A thread that a handler keeps busy: what the client has to say waits with everything else, and comes in its own order.

import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { confluentKafka } from '../../src/adapters/confluent/kafka.js';
import { systemClock } from '../../src/adapters/system-clock.js';
import { limits } from '../../src/core/defaults.js';
import { partitionKey, type TopicPartition } from '../../src/core/ids.js';
import { Outputs } from '../../src/engine/outputs.js';
import { Reader } from '../../src/engine/reader.js';
import { Task } from '../../src/engine/task.js';
import type { Consumer, Kafka, Rebalance } from '../../src/ports/kafka.js';
import { gate } from '../support/engine-faults.js';
import { eventually, until } from '../support/engine-wait.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let raw: RawKafka;
let kafka: Kafka;
beforeAll(async () => {
  raw = new RawKafka(testBrokers());
  const settings = { 'heartbeat.interval.ms': 100, 'fetch.wait.max.ms': 20, 'fetch.queue.backoff.ms': 1 };
  kafka = await confluentKafka({ brokers: testBrokers(), transactionTimeoutMs: 15_000, settings });
  return () => kafka.close();
});

test('E5: a revocation that is heard late, behind the poll that raised it, is still answered by its task alone', async () => {
  const topic = await raw.topic('shared', 2);
  const groupId = uniqueName('group');
  const tasks: Task[] = [];
  const finishing = gate();
  const consumer = await kafka.openConsumer({
    groupId,
    topics: [topic],
    clientId: groupId,
    onRebalance: (event) => reader.rebalanced(event),
    onNotice: () => {},
  });
  let isBusy = false;
  const poll = consumer.poll.bind(consumer);
  consumer.poll = (...args) => {
    // Every task wants to read again, all the time: that is done before the next poll, unless the group waits.
    if (isBusy) for (const task of tasks) reader.readFrom(task, 0);
    return poll(...args);
  };
  const reader = new Reader({
    consumer,
    clock: systemClock,
    limits,
    assigned(partitions) {
      for (const partition of partitions) tasks.push(idleTask(partition));
      for (const task of tasks) reader.readFrom(task, 0);
    },
    revoked: () => finishing.pass(),
    lost: () => {},
    isOpening: () => false,
    paused: () => {},
    resumed: () => {},
    standing: () => {},
  });
  const reading = reader.run();
  onTestFinished(async () => {
    isBusy = false;
    finishing.open();
    reader.stop();
    await reading;
    await consumer.close();
  });
  await until('it has both partitions', () => tasks.length === 2);

  const given: string[] = [];
  const events: Rebalance[] = [];
  const other = await kafka.openConsumer({
    groupId,
    topics: [topic],
    clientId: groupId,
    onRebalance: (event) => events.push(event),
    onNotice: () => {},
  });
  onTestFinished(() => other.close());
  isBusy = true;
  // Longer than a poll takes: what it gives and what it raises are both there when the thread is free for a moment.
  const handle = (): void => {
    keepBusy(20);
    if (isBusy) setImmediate(handle);
  };
  handle();
  await eventually('one is to be given up', async () => {
    await answered(other, events, given);
    return finishing.arrivals > 0 || given.length > 0;
  });
  for (let polls = 0; polls < 20; polls++) await answered(other, events, given);
  expect(given).toEqual([]);
  finishing.open();
  await eventually('the other one has it', async () => {
    await answered(other, events, given);
    return given.length === 1;
  });
});

async function answered(consumer: Consumer, events: Rebalance[], given: string[]): Promise<void> {
  await consumer.poll(1, 20);
  for (const { kind, partitions } of events.splice(0)) {
    if (kind !== 'assigned') continue;
    given.push(...partitions.map(partitionKey));
    consumer.accept();
  }
}

function keepBusy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** A task that asks for records and does nothing with them. */
function idleTask(partition: TopicPartition): Task {
  const task = new Task({
    partition,
    guarantee: 'exactly-once',
    limits,
    outputs: new Outputs({ topics: [], deadLetterTopics: [], partitionCounts: new Map(), callBytesMax: 0 }),
    perform: () => {},
    onDefect: () => {},
    clock: systemClock,
  });
  task.dispatch({ kind: 'opened', position: 0 });
  return task;
}
