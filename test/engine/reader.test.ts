// The reader between the group and its tasks: what it answers, and when.

import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { confluentKafka } from '../../src/adapters/confluent/kafka.js';
import { systemClock } from '../../src/adapters/system-clock.js';
import { limits } from '../../src/core/defaults.js';
import { partitionKey, type TopicPartition } from '../../src/core/ids.js';
import { Reader } from '../../src/engine/reader.js';
import type { Task } from '../../src/engine/task.js';
import type { Consumer, Kafka, Rebalance } from '../../src/ports/kafka.js';
import { gate } from '../support/engine-faults.js';
import { range } from '../support/engine-story.js';
import { eventually, until } from '../support/engine-wait.js';
import { idleTask, unheard } from '../support/idle-task.js';
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

test('E5: while a revocation waits for its answer, nothing that another task wants answers it', async () => {
  const topic = await raw.topic('shared', 2);
  const groupId = uniqueName('group');
  const tasks = new Map<string, Task>();
  const finishing = gate();
  let taken: readonly TopicPartition[] = [];
  const owner = await reading(topic, groupId, {
    assigned(partitions) {
      for (const partition of partitions) tasks.set(partitionKey(partition), idleTask(partition));
      for (const task of tasks.values()) owner.reader.readFrom(task, 0);
    },
    async revoked(partitions) {
      taken = partitions;
      await finishing.pass();
    },
  });
  await until('it has both partitions', () => tasks.size === 2);

  const events: Rebalance[] = [];
  const other = await member(topic, groupId, (event) => events.push(event));
  await eventually('one is taken', async () => {
    await answered(other, events);
    return taken.length === 1;
  });
  // The task that stays has lost its position (its commit's outcome was unknown, say) and wants to read again.
  const kept = [...tasks.values()].find(
    ({ partition }) => partitionKey(partition) !== partitionKey(taken[0] ?? partition),
  );
  owner.reader.readFrom(kept as Task, 0);
  for (let poll = 0; poll < 20; poll++) await answered(other, events);
  expect(events.flatMap(({ partitions }) => partitions)).toEqual([]);

  finishing.open();
  await eventually('the other one has it', async () => {
    await answered(other, events);
    return events.some(({ kind, partitions }) => kind === 'assigned' && partitions.length === 1);
  });
});

test('E3: what was on its way when a task asked for another position never reaches it', async () => {
  const topic = await raw.topic('asked');
  await raw.produce(
    topic,
    range(0, 20_000).map((n) => `${n}`),
  );
  let firsts: number[] = [];
  const tasks: Task[] = [];
  const { reader } = await reading(topic, uniqueName('group'), {
    assigned([partition]) {
      const task = idleTask(partition as TopicPartition);
      task.deliver = (batch) => firsts.push(batch.columns.offset[0] as number);
      tasks.push(task);
      reader.readFrom(task, 0);
    },
    revoked: () => Promise.resolve(),
  });
  await until('it is given records', () => firsts.length > 0);
  const strays: number[] = [];
  for (let round = 0; round < 30; round++) {
    // A poll is under way here.
    reader.readFrom(tasks[0] as Task, 7 * round);
    firsts = [];
    await until('it is given records again', () => firsts.length > 0);
    if (firsts[0] !== 7 * round) strays.push(firsts[0] as number);
  }
  expect(strays).toEqual([]);
});

async function answered(consumer: Consumer, events: readonly Rebalance[]): Promise<void> {
  const before = events.length;
  await consumer.poll(1, 50);
  for (const { kind } of events.slice(before)) if (kind === 'assigned') consumer.accept();
}

async function member(topic: string, groupId: string, onRebalance: (event: Rebalance) => void): Promise<Consumer> {
  const consumer = await kafka.openConsumer({
    groupId,
    topics: [topic],
    clientId: groupId,
    onRebalance,
    onNotice: () => {},
  });
  onTestFinished(() => consumer.close());
  return consumer;
}

async function reading(
  topic: string,
  groupId: string,
  own: {
    readonly assigned: (partitions: readonly TopicPartition[]) => void;
    readonly revoked: (partitions: readonly TopicPartition[]) => Promise<void>;
  },
): Promise<{ readonly reader: Reader }> {
  const consumer = await kafka.openConsumer({
    groupId,
    topics: [topic],
    clientId: groupId,
    onRebalance: (event) => reader.rebalanced(event),
    onNotice: () => {},
  });
  const reader = new Reader({
    consumer,
    clock: systemClock,
    limits: { ...limits, pollRecordsMax: 10 },
    ...own,
    ...unheard,
  });
  const running = reader.run();
  onTestFinished(async () => {
    reader.stop();
    await running;
    await consumer.close();
  });
  return { reader };
}
