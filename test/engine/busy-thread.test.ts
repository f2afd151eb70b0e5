// A thread that handlers keep busy: what the client has to say waits with everything else, and comes in its own order.

import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { confluentKafka } from '../../src/adapters/confluent/kafka.js';
import { systemClock } from '../../src/adapters/system-clock.js';
import { limits } from '../../src/core/defaults.js';
import { partitionKey, type TopicPartition } from '../../src/core/ids.js';
import { Outputs } from '../../src/engine/outputs.js';
import { Reader } from '../../src/engine/reader.js';
import { Task } from '../../src/engine/task.js';
import type { Consumer, Kafka, Rebalance } from '../../src/ports/kafka.js';
import { type Gate, gate } from '../support/engine-faults.js';
import { eventually, until } from '../support/engine-wait.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let raw: RawKafka;
let kafka: Kafka;
beforeAll(async () => {
  raw = new RawKafka(testBrokers());
  const settings = { 'heartbeat.interval.ms': 100 };
  kafka = await confluentKafka({ brokers: testBrokers(), transactionTimeoutMs: 15_000, settings });
  return () => kafka.close();
});

// Skipped, and not understood yet: once in about ten runs on a busy machine the other member is given a partition while the
// task of its owner still has its gate closed. Either the member of the round before has not left when the next one joins, and
// the partition is its own, or a revocation can still be answered by a rewind (E5). It has to be found out which.
test.skip('E5: a revocation that is heard behind the poll that raised it is answered by its task alone, five times out of five', async () => {
  const [topic, groupId] = [await raw.topic('shared', 2), uniqueName('group')];
  const owner = await busyOwner(topic, groupId);
  for (let round = 1; round <= 5; round++) {
    await until('it has both partitions', () => owner.tasks.size === 2);
    const finishing = gate();
    owner.finishing = finishing;
    const given: string[] = [];
    const events: Rebalance[] = [];
    const other = await member(topic, groupId, (event) => events.push(event));
    onTestFinished(() => other.close());
    await eventually('one is to be given up', async () => {
      await answered(other, events, given);
      return finishing.arrivals + given.length > 0;
    });
    for (let polls = 0; polls < 10; polls++) await answered(other, events, given);
    expect(given, `in round ${round}, before its task has finished`).toEqual([]);
    finishing.open();
    await eventually('the other one has it', async () => {
      await answered(other, events, given);
      return given.length === 1;
    });
    await other.close();
  }
}, 60_000);

interface Owner {
  readonly tasks: ReadonlyMap<string, Task>;
  /** What a task that is to be given up waits for. */
  finishing: Gate;
}

/** A member whose thread is busy whenever a poll ends, and whose tasks want to read again all the time. */
async function busyOwner(topic: string, groupId: string): Promise<Owner> {
  const tasks = new Map<string, Task>();
  const owner: Owner = { tasks, finishing: gate() };
  const consumer = await member(topic, groupId, (event) => reader.rebalanced(event));
  const poll = consumer.poll.bind(consumer);
  consumer.poll = (...args) => {
    for (const task of tasks.values()) reader.readFrom(task, 0);
    // A little longer than the client waits for a first record: what it raises then and the end of the poll come together.
    setTimeout(() => keepBusy(110), 3);
    return poll(...args);
  };
  const reader = new Reader({
    consumer,
    clock: systemClock,
    limits,
    assigned(partitions) {
      for (const partition of partitions) tasks.set(partitionKey(partition), idleTask(partition));
    },
    async revoked(partitions) {
      await owner.finishing.pass();
      for (const partition of partitions) tasks.delete(partitionKey(partition));
    },
    lost: () => {},
    isOpening: () => false,
    paused: () => {},
    resumed: () => {},
    standing: () => {},
  });
  const reading = reader.run();
  onTestFinished(async () => {
    owner.finishing.open();
    reader.stop();
    await reading;
    await consumer.close();
  });
  return owner;
}

function member(topic: string, groupId: string, onRebalance: (event: Rebalance) => void): Promise<Consumer> {
  return kafka.openConsumer({ groupId, topics: [topic], clientId: groupId, onRebalance, onNotice: () => {} });
}

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
