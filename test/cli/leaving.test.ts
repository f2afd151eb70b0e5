// How a command leaves its group while the group is being rebalanced. The coordinator answers a member that joins only when
// all the others have joined, and reads nothing else of it meanwhile: a call that waits for that would hold the process.

import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { confluentKafka } from '../../src/adapters/confluent/kafka.js';
import { call } from '../../src/adapters/confluent/kafka-error.js';
import { type Callback, rawModule } from '../../src/adapters/confluent/raw-client.js';
import type { Consumer, Kafka, Rebalance } from '../../src/ports/kafka.js';
import { eventually } from '../support/engine-wait.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';
import { project, type RunningCli, startCli } from './support.js';

let raw: RawKafka;
let kafka: Kafka;
beforeAll(async () => {
  raw = new RawKafka(testBrokers());
  kafka = await confluentKafka({ brokers: testBrokers(), transactionTimeoutMs: 15_000 });
  return () => kafka.close();
});

test('a SIGTERM while it waits to join ends it with 0 within two seconds', async () => {
  const { name, input } = await topics();
  await slowMember(name, input);
  const running = await started(name, input);
  await isJoining(name);
  await endsCleanly(running);
});

test('a SIGTERM while it waits to join again, with a partition in hand, ends it with 0 within two seconds', async () => {
  const { name, input } = await topics();
  const running = await started(name, input);
  await running.does('it has both partitions', async () => opened(running) === 2);
  // One partition is taken from it for the new member, and it joins again to tell that it has given it up.
  await slowMember(name, input);
  await running.logged(
    'it has given one up',
    ({ fact, partitions }) => fact === 'rebalanced' && String(partitions) === '',
  );
  await isJoining(name);
  await endsCleanly(running);
});

async function endsCleanly(running: RunningCli): Promise<void> {
  const askedAt = performance.now();
  running.signal('SIGTERM');
  const { code, stderr } = await running.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(performance.now() - askedAt).toBeLessThan(2000);
  // It could not say goodbye, and says so.
  expect(running.log).toContainEqual(
    expect.objectContaining({ level: 'warn', msg: expect.stringContaining('session.timeout.ms') }),
  );
}

/** A member that does not answer what the group tells it: while it is alive, nobody who joins gets an answer. */
async function slowMember(groupId: string, topic: string): Promise<Consumer> {
  const events: Rebalance[] = [];
  const consumer = await kafka.openConsumer({
    groupId,
    topics: [topic],
    clientId: 'slow',
    onRebalance: (event) => events.push(event),
    onNotice: () => {},
  });
  onTestFinished(() => consumer.close());
  await eventually('it is told its partitions', async () => {
    await consumer.poll(1, 10);
    return events.length > 0;
  });
  return consumer;
}

/** It has asked to join, and the group, which waits for the slow member, has not answered. */
async function isJoining(group: string): Promise<void> {
  const admin = rawModule().AdminClient.create({ 'bootstrap.servers': testBrokers() }) as unknown as Describing;
  onTestFinished(() => admin.disconnect());
  await eventually('the group waits for its members', async () => {
    const { groups } = await call<{ groups: readonly GroupDescription[] }>('describe', (callback) =>
      admin.describeGroups([group], { timeout: 1000 }, callback),
    );
    return groups[0]?.state === preparingRebalance && groups[0].members.length === 2;
  });
}

const preparingRebalance = 1;

/** The client dies of an error in this answer (E9), so that only tests of a group that is there ask for it. */
interface Describing {
  describeGroups(
    groups: readonly string[],
    options: { readonly timeout: number },
    callback: Callback<{ readonly groups: readonly GroupDescription[] }>,
  ): void;
  disconnect(): void;
}

interface GroupDescription {
  readonly state: number;
  readonly members: readonly unknown[];
}

async function started(name: string, input: string): Promise<RunningCli> {
  const folder = await project({
    'processors/p.ts': `import { processor, text, topic } from 'processor';
      export default processor({
        name: '${name}',
        input: topic('${input}', { key: text(), value: text() }),
        handle() {},
      });`,
  });
  const running = startCli(['run', '-b', testBrokers()], { cwd: folder });
  await running.logged('it started', ({ fact }) => fact === 'processor-started');
  return running;
}

function opened({ log }: RunningCli): number {
  return log.filter(({ fact }) => fact === 'task-opened').length;
}

async function topics(): Promise<{ readonly name: string; readonly input: string }> {
  return { name: uniqueName('leaving'), input: await raw.topic('leaving', 2) };
}
