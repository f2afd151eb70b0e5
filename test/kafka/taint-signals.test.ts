// What a producer's own client says of a connection or a request that failed, which is all that E7 has to judge by: the words
// of `event.log`, and when they come; in the fast lane also what is counted, at once. The calls themselves succeed each time.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  attached,
  type ClientHandle,
  lane,
  laneConfig,
  markOfLatest,
} from '../../src/adapters/confluent/native/lane.js';
import type { RawConfig } from '../../src/adapters/confluent/raw-client.js';
import { until } from '../support/engine-wait.js';
import type { ApiName, FrameProxy } from '../support/frame-proxy.js';
import { uniqueName } from '../support/kafka.js';
import { type ProxiedKafka, startProxiedKafka } from '../support/proxied-kafka.js';
import { RawKafka, type RawOwner } from '../support/raw.js';

let proxied: ProxiedKafka;
let proxy: FrameProxy;
let through: RawKafka;
let beside: RawKafka;
beforeAll(async () => {
  proxied = await startProxiedKafka();
  proxy = proxied.proxy;
  through = new RawKafka(proxied.brokers);
  beside = new RawKafka(proxied.broker.brokers);
});
afterAll(async () => {
  await through.close();
  await proxied.stop();
});

test.each([
  { api: 'EndTxn', direction: 'request', says: /^TxnCoordinator: .*: Disconnected: connection reset by peer/ },
  { api: 'EndTxn', direction: 'response', says: /^TxnCoordinator: .*: Disconnected: connection reset by peer/ },
  {
    api: 'AddPartitionsToTxn',
    direction: 'request',
    says: /^TxnCoordinator: .*: Disconnected: connection reset by peer/,
  },
  { api: 'Produce', direction: 'request', says: /^127\.0\.0\.1:\d+\/1: Disconnected: connection reset by peer/ },
] as const)(
  'a reset at the $direction of $api is logged as FAIL, at the latest two turns after the commit returns',
  async ({ api, direction, says }) => {
    const { name, owner, topic, logged } = await story();
    const reset = proxy.reset({ api, direction, clientId: name });
    await owner.write(topic, ['a']);
    await twoTurns();
    await reset.applied;
    expect(logged).toEqual([{ fac: 'FAIL', severity: 6, says: expect.stringMatching(says) }]);
    expect(await beside.values(topic)).toEqual(['a']);
  },
);

test.each(['request', 'response'] as const)(
  'a request whose time is over (lost: the %s) is logged as REQTMOUT alone, though the client gives its connection up',
  async (direction) => {
    const { name, owner, topic, logged } = await story({ 'socket.timeout.ms': 1000 });
    proxy.drop({ api: 'EndTxn', direction, clientId: name });
    await owner.write(topic, ['a']);
    await twoTurns();
    expect(logged).toEqual([
      {
        fac: 'REQTMOUT',
        severity: 5,
        says: expect.stringMatching(/Timed out EndTxnRequest in flight \(after 1\d\d\dms/),
      },
      { fac: 'REQTMOUT', severity: 4, says: expect.stringMatching(/Timed out 1 in-flight, 0 retry-queued/) },
    ]);
    expect(new Set(connectionsOf('EndTxn', name)).size).toBe(2);
  },
);

test('from the third time within 30 s on, the same failure of the same connection is not logged', async () => {
  const { name, owner, topic, logged } = await story();
  const failures: number[] = [];
  for (const value of ['a', 'b', 'c', 'd']) {
    logged.length = 0;
    const reset = proxy.reset({ api: 'EndTxn', clientId: name });
    await owner.write(topic, [value]);
    await twoTurns();
    expect(reset.frames.length).toBe(1);
    failures.push(logged.length);
  }
  expect(failures).toEqual([1, 1, 0, 0]);
});

test('two of them before init are enough: the first one in a transaction is not logged', async () => {
  const name = uniqueName('owner');
  const before = proxy.reset({ api: 'InitProducerId', clientId: name, times: 2 });
  const { owner, topic, logged } = await story({}, name);
  expect(before.frames.length).toBe(2);
  const reset = proxy.reset({ api: 'EndTxn', clientId: name });
  await owner.write(topic, ['a']);
  await twoTurns();
  expect(reset.frames.length).toBe(1);
  expect(logged).toEqual([]);
});

test('a connection that is cut while nothing is under way is logged at once', async () => {
  const { name, owner, topic, logged } = await story();
  await owner.write(topic, ['a']);
  proxy.cut({ clientId: name });
  await until('both connections are reported', () => logged.length === 2);
  expect(logged.map(({ fac, severity }) => `${severity} ${fac}`)).toEqual(['6 FAIL', '6 FAIL']);
});

const fast = lane();

describe.runIf(fast.kind === 'fast')('the fast lane counts', () => {
  const apis = ['Produce', 'AddPartitionsToTxn', 'AddOffsetsToTxn', 'TxnOffsetCommit', 'EndTxn'] as const;

  test('nothing where every answer has come, in the moment in which the commit returns', async () => {
    const { transaction, unanswered } = await countedStory();
    for (let i = 0; i < 20; i++) expect(await transaction()).toBe(0);
    expect(unanswered()).toBe(0);
  });

  test.each(apis.flatMap((api) => [{ api, lost: 'request' } as const, { api, lost: 'response' } as const]))(
    'a connection that was lost with the $lost of $api, in the moment in which the commit returns',
    async ({ api, lost }) => {
      const { name, transaction, unanswered } = await countedStory();
      const reset = proxy.reset({ api, direction: lost, clientId: name });
      expect(await transaction()).toBeGreaterThan(0);
      expect(reset.frames.length).toBe(1);
      // It stays so: what was lost may still come.
      expect(await transaction()).toBeGreaterThan(0);
      expect(unanswered()).toBeGreaterThan(0);
    },
  );

  test.each(apis)('a request whose time is over: %s', async (api) => {
    const { name, transaction } = await countedStory({ 'socket.timeout.ms': 1000 });
    proxy.drop({ api, clientId: name });
    expect(await transaction()).toBeGreaterThan(0);
  });

  test('each of many, also those of which the client does not log any more', async () => {
    const { name, transaction } = await countedStory();
    const counts: number[] = [];
    for (let i = 0; i < 4; i++) {
      proxy.reset({ api: 'EndTxn', clientId: name });
      counts.push(await transaction());
    }
    expect(counts).toEqual([1, 2, 3, 4]);
  });
});

/** A producer of the fast lane, and transactions with everything that one has. Nobody listens to its log. */
async function countedStory(config: RawConfig = {}): Promise<{
  name: string;
  /** Resolves with how many requests had no answer when its commit had returned. */
  transaction: () => Promise<number>;
  unanswered: () => number;
}> {
  if (fast.kind !== 'fast') throw new Error(fast.reason);
  const { native } = fast;
  const name = uniqueName('owner');
  const [topic, input] = [await beside.topic('t'), await beside.topic('input')];
  const member = await beside.consumer(uniqueName('group'));
  const quick = { 'retry.backoff.ms': 10, 'reconnect.backoff.ms': 10, 'reconnect.backoff.max.ms': 50 };
  const owner = await through.owner(name, { 'client.id': name, ...quick, ...config, ...laneConfig(fast) });
  const handle: ClientHandle = attached(native, markOfLatest(fast), false);
  const unanswered = (): number => native.state(handle).unanswered;
  return {
    name,
    unanswered,
    async transaction() {
      await owner.begin();
      await owner.send(topic, ['a']);
      await owner.sendOffset({ topic: input, partition: 0, offset: 1 }, member);
      return new Promise((resolve, reject) =>
        owner.producer.commitTransaction(10_000, (error) => (error ? reject(error) : resolve(unanswered()))),
      );
    },
  };
}

interface Logged {
  readonly fac: string;
  readonly severity: number;
  /** Without the name of the client's thread. */
  readonly says: string;
}

/** A producer that is initialised; what its client logs from then on. */
async function story(
  config: RawConfig = {},
  name = uniqueName('owner'),
): Promise<{ name: string; owner: RawOwner; topic: string; logged: Logged[] }> {
  const quick = { 'retry.backoff.ms': 10, 'reconnect.backoff.ms': 10, 'reconnect.backoff.max.ms': 50 };
  const owner = await through.owner(name, { 'client.id': name, ...quick, ...config });
  const logged: Logged[] = [];
  owner.producer.on('event.log', ({ fac, severity, message }) =>
    logged.push({ fac, severity, says: message.replace(/^\[thrd:[^\]]*\]: /, '') }),
  );
  return { name, owner, topic: await beside.topic('t'), logged };
}

function connectionsOf(api: ApiName, clientId: string): number[] {
  return proxy.seen({ api, clientId }).map(({ connection }) => connection);
}

/** Events of the client's own threads come through the event loop: what happened before a call returned may come after it. */
async function twoTurns(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
}
