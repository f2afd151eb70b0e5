// A broker that stands still: calls that do not return, answers that are none. Freezes a broker of its own (on Linux, where
// it can be seen to stand still).

import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { confluentKafka } from '../../src/adapters/confluent/kafka.js';
import { type EmbeddedKafka, startEmbeddedKafka } from '../../src/embedded/kafka/broker.js';
import { running } from '../support/engine.js';
import { consumers, producers } from '../support/engine-faults.js';
import { instance } from '../support/engine-process.js';
import { range, topology } from '../support/engine-story.js';
import { eventually, until } from '../support/engine-wait.js';
import { testBrokerProperties, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let broker: EmbeddedKafka;
let kafka: RawKafka;
/** A topic that is always there. */
let known: string;
beforeAll(async () => {
  broker = await startEmbeddedKafka({ name: 'kafka-to-freeze', properties: testBrokerProperties });
  kafka = new RawKafka(broker.brokers);
  // Its coordinators take their time when they are asked for the first time.
  known = await kafka.topic('known');
  const first = await kafka.owner('first');
  await first.write(known, ['warm']);
});
afterAll(() => broker.stop());

async function freeze(): Promise<void> {
  onTestFinished(thaw);
  await broker.kill('SIGSTOP');
  // On a busy machine its last threads go on for a moment, and could still give the answer that must not come.
  await until('every thread of it stands still', () =>
    readdirSync(`/proc/${broker.pid}/task`).every((thread) =>
      /^State:\s+[Tt]/m.test(readFileSync(`/proc/${broker.pid}/task/${thread}/status`, 'utf8')),
    ),
  );
}

async function thaw(): Promise<void> {
  await broker.kill('SIGCONT');
  // After a longer time its own controller has given it up, and takes it back.
  await eventually('it answers', () => kafka.ends(known).then(() => true));
}

test.each(['before it is sent', 'when it is on its way', 'when it has taken effect'] as const)(
  'E8: a commit that does not return (%s) is parked, and the committed offset decides: every output once',
  async (moment) => {
    const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
    await kafka.produce(input, ['a', 'b', 'c']);
    let isFirst = true;
    const started = await running(
      { input, outputs: [output] },
      {
        brokers: broker.brokers,
        limits: { callTimeoutMs: 300, transactionTimeoutMs: 1500 },
        between: producers((producer) => {
          const commit = producer.commit.bind(producer);
          producer.commit = async (...args) => {
            const isNow = isFirst;
            isFirst = false;
            if (isNow && moment === 'before it is sent') await freeze();
            const committing = commit(...args);
            if (isNow && moment === 'when it is on its way') await freeze();
            await committing;
            if (isNow && moment === 'when it has taken effect') await new Promise(() => {});
          };
        }),
      },
    );
    await started.until('the commit is given up', () =>
      started.of('call-failed').some(({ call }) => call === 'commit'),
    );
    expect(started.of('call-failed')).toMatchObject([{ failure: 'outcome-unknown' }]);
    if (moment !== 'when it has taken effect')
      expect(started.of('call-repeated').some(({ call }) => call === 'commit')).toBe(true);
    await thaw();
    await started.committed(3);
    await kafka.produce(input, ['d']);
    await started.committed(4);

    expect(started.of('producer-replaced').length).toBeGreaterThan(0);
    expect(await kafka.values(output)).toEqual(['a', 'b', 'c', 'd']);
    expect(await kafka.committed(started.name, input)).toBe(4);
  },
);

test('E2: a broker that does not say what is committed is asked again: nothing begins at the start of the log', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const made = topology({ input, outputs: [output] });
  await kafka.produce(input, ['a', 'b']);
  const before = await running(made, { brokers: broker.brokers });
  await before.committed(2);
  await before.stop();
  await kafka.produce(input, ['c']);
  let isFirst = true;
  const after = await running(made, {
    brokers: broker.brokers,
    limits: { callTimeoutMs: 300, transactionTimeoutMs: 5000 },
    between: consumers((consumer) => {
      const committed = consumer.committed.bind(consumer);
      consumer.committed = async (...args) => {
        if (isFirst) await freeze();
        isFirst = false;
        return committed(...args);
      };
    }),
  });
  await after.until('it has asked twice', () => after.of('call-repeated').length >= 2);
  expect(after.of('task-opened')).toEqual([]);
  await thaw();
  await after.committed(1);
  expect(after.of('task-opened').map(({ position }) => position)).toEqual([2]);
  expect(await kafka.values(output)).toEqual(['a', 'b', 'c']);
});

test.each([
  { pool: '128', copies: 1, what: 'the pool has a thread for each' },
  { pool: '8', copies: 1, what: 'a small pool is not filled' },
  { pool: '8', copies: 4, what: 'nor by several processors together' },
])('E14: with 16 commits that do not return, files are read all the same ($what)', async ({ pool, copies }) => {
  const [input, output] = [await kafka.topic('in', 16 / copies), await kafka.topic('out')];
  await kafka.produce(
    input,
    range(0, 16 / copies).map((n) => ({ value: `${n}`, partition: n })),
  );
  const committing = instance(
    {
      brokers: broker.brokers,
      story: { name: uniqueName('committing'), input, outputs: [output] },
      copies,
      holdsCommits: true,
      limits: { callTimeoutMs: 3000 },
    },
    { UV_THREADPOOL_SIZE: pool },
  );
  await committing.until('all are about to commit', () => committing.said('committing') === 16, 20_000);
  await freeze();
  committing.command('go');
  for (let look = 1; look <= 5; look++) {
    committing.command('stat');
    await committing.until('it has looked', () => committing.said('stat') === look);
  }
  const looks = committing.words.flatMap((word) => ('word' in word && word.word === 'stat' ? [word.ms] : []));
  // The middle one: a single look may be late on a busy machine, but a full pool makes each of them wait for seconds.
  expect(looks.sort((a, b) => a - b)[2]).toBeLessThan(100);
  await thaw();
  await committing.until('all are committed', () => committing.said('batch-committed') === 16);
  expect((await kafka.values(output)).length).toBe(16);
});

test('a consumer and a producer that cannot connect say so in time, and leave nothing behind', async () => {
  const settings = { 'socket.connection.setup.timeout.ms': 1000 };
  const client = await confluentKafka({
    brokers: broker.brokers,
    transactionTimeoutMs: 1000,
    connectTimeoutMs: 1000,
    settings,
  });
  await freeze();
  const opening = [
    client.openProducer({ kind: 'transactional', transactionalId: 'x' as never, clientId: 'x' }),
    client.openProducer({ kind: 'idempotent', clientId: 'x' }),
    client.openConsumer({
      groupId: 'x',
      topics: ['x'],
      clientId: 'x',
      onRebalance: () => {},
      onNotice: () => {},
    }),
  ];
  const ends = await Promise.allSettled(opening);
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  await thaw();
  await client.close();
});
