// Why E7 exists. Kafka's older transaction protocol, the only one that the client speaks, has nothing in a request that says
// which of a producer's transactions it belongs to. A request that was lost with its connection and comes late, after the
// client has repeated it, is taken for a part of whatever transaction is open by then.
//
// The first half shows on the bare client, with no engine, what Kafka 4.3.1 then does; the second that a new producer with the
// same id, before the next transaction begins, is all it takes.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawConfig, RawConsumer, RawError } from '../../src/adapters/confluent/raw-client.js';
import { eventually } from '../support/engine-wait.js';
import { type ApiName, errorsIn, type FrameProxy, type Hold } from '../support/frame-proxy.js';
import { uniqueName } from '../support/kafka.js';
import { type ProxiedKafka, startProxiedKafka } from '../support/proxied-kafka.js';
import { promised, RawKafka, type RawOwner } from '../support/raw.js';
import { transactionState } from '../support/transaction-state.js';

let proxied: ProxiedKafka;
let proxy: FrameProxy;
/** The owner's way, through the proxy. */
let through: RawKafka;
/** The view from beside: straight to the broker. */
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

describe('a late EndTxn', () => {
  test('a commit commits the next transaction: a record is visible that its owner aborts', async () => {
    const { owner, output, late } = await story('EndTxn');
    await begin(owner, output, 'second');
    expect(await late()).toEqual(['NONE']);
    expect(await beside.values(output)).toEqual(['first', 'second']);
    await expect(owner.abort()).rejects.toMatchObject({ code: invalidTxnState, isFatal: true });
    expect(await beside.values(output)).toEqual(['first', 'second']);
  });

  test('a commit tears the next transaction: its output is visible before its offset, and every call succeeds', async () => {
    const { owner, output, input, member, late, committed } = await story('EndTxn');
    await begin(owner, output, 'second');
    expect(await late()).toEqual(['NONE']);
    // Whoever is killed here has an output without its offset: the next owner makes it again.
    expect(await beside.values(output)).toEqual(['first', 'second']);
    expect(await committed()).toBe(10);
    await owner.sendOffset({ topic: input, partition: 0, offset: 20 }, member);
    await owner.commit();
    expect(await committed()).toBe(20);
  });

  test('a commit ends the next transaction: what the owner still sends into it is refused', async () => {
    const { owner, output, late } = await story('EndTxn');
    await begin(owner, output, 'second');
    expect(await late()).toEqual(['NONE']);
    expect(await beside.values(output)).toEqual(['first', 'second']);
    await owner.send(output, ['third']);
    await expect(owner.commit()).rejects.toMatchObject({ code: invalidTxnState, isTxnRequiresAbort: true });
    await expect(owner.abort()).rejects.toMatchObject({ code: invalidTxnState, isFatal: true });
    expect(await beside.values(output)).toEqual(['first', 'second']); // Half of it stays.
  });

  test('an abort aborts the next transaction, and its commit fails', async () => {
    const { owner, output, late } = await story('EndTxn', { end: 'abort' });
    await begin(owner, output, 'second');
    expect(await late()).toEqual(['NONE']);
    await expect(owner.commit()).rejects.toMatchObject({ code: invalidTxnState, isFatal: true });
    expect(await beside.values(output)).toEqual([]);
  });

  test('does no harm where no transaction is open', async () => {
    const { owner, name, output, late } = await story('EndTxn');
    await inState(name, 'CompleteCommit');
    expect(await late()).toEqual(['NONE']);
    await owner.write(output, ['second'], 'abort');
    expect(await beside.values(output)).toEqual(['first']);
  });
});

describe('a late TxnOffsetCommit', () => {
  test('moves the committed offset back, and every call succeeds', async () => {
    const { owner, input, member, late, committed } = await story('TxnOffsetCommit');
    expect(await committed()).toBe(10);
    await owner.begin();
    await owner.sendOffset({ topic: input, partition: 0, offset: 20 }, member);
    expect(await late()).toEqual(['NONE']);
    await owner.commit();
    expect(await committed()).toBe(10); // Records 10 to 19 will be processed again.
  });

  test('is refused while the next transaction has no offsets yet', async () => {
    const { owner, output, input, member, late, committed } = await story('TxnOffsetCommit');
    await begin(owner, output, 'second');
    expect(await late()).toEqual(['INVALID_TXN_STATE']);
    await owner.sendOffset({ topic: input, partition: 0, offset: 20 }, member);
    await owner.commit();
    expect(await committed()).toBe(20);
  });
});

describe('a late Produce', () => {
  test('of an aborted transaction takes the place of the next one’s record, and every call succeeds', async () => {
    const { name, owner } = await newOwner();
    const output = await beside.topic('out');
    const hold = proxy.hold({ api: 'Produce', clientId: name });
    await owner.begin();
    queue(owner, output, 'aborted');
    await hold.held;
    // It cannot be repeated before it is given up: an abort takes it out of the client's queue, but not off the network.
    proxy.refuse({ clientId: name });
    proxy.cut({ clientId: name });
    // On a busy machine the client is not through with what it has given up, and says that the call is to be made again.
    const aborting = owner.abort().catch((error: RawError) => {
      if (error.isRetriable !== true) throw error;
      return owner.abort();
    });
    await eventually('the client was turned away', () =>
      Promise.resolve(proxy.log.lines.some((line) => line.includes(name) && line.endsWith('refused'))),
    );
    proxy.accept();
    await aborting;
    // The client counts on as if the broker had never got it: the next record has the number that it had.
    await owner.begin();
    const next = proxy.hold({ api: 'Produce', clientId: name });
    queue(owner, output, 'wanted');
    await next.held;
    expect(errorsIn(await hold.releaseOnFreshConnection())).toEqual(['NONE']);
    await next.release();
    await owner.commit();
    expect(await beside.values(output)).toEqual(['aborted']); // One is there that must not be, one is lost that must.
  });

  test.each([
    { when: 'a transaction with its partition is open', error: 'NONE' },
    { when: 'the open transaction has another partition', error: 'INVALID_TXN_STATE' },
    { when: 'none is open', error: 'INVALID_TXN_STATE' },
    { when: 'the broker has forgotten its number', error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' },
  ])('that was repeated is known to the broker or refused, when $when', async ({ when, error }) => {
    const { owner, name, output, late } = await story('Produce');
    const wanted = ['first'];
    const other = await beside.topic('other');
    // The broker knows the numbers of the last five batches of a producer.
    if (when === 'the broker has forgotten its number')
      for (const value of ['a', 'b', 'c', 'd', 'e']) {
        await owner.write(output, [value]);
        wanted.push(value);
      }
    if (when === 'none is open') await inState(name, 'CompleteCommit');
    else await begin(owner, when.includes('another') ? other : output, 'open');
    expect(await late()).toEqual([error]);
    if (when !== 'none is open') await owner.commit();
    expect(await beside.values(output)).toEqual(
      when.includes('another') || when === 'none is open' ? wanted : [...wanted, 'open'],
    );
  });
});

describe('a late AddPartitionsToTxn or AddOffsetsToTxn', () => {
  test.each(['AddPartitionsToTxn', 'AddOffsetsToTxn'] as const)(
    '%s opens a transaction that nobody began: it times out, and its owner is fenced although there is no other',
    async (api) => {
      const { owner, name, output, late } = await story(api, { config: { 'transaction.timeout.ms': 1000 } });
      await inState(name, 'CompleteCommit');
      expect(await late()).toEqual(['NONE']);
      expect(await transactionState(proxied.broker.brokers, name)).toBe('Ongoing');
      await inState(name, 'CompleteAbort');
      await owner.begin();
      queue(owner, output, 'second');
      await expect(owner.commit()).rejects.toMatchObject({ code: fenced, isFatal: true });
      expect(await beside.values(output)).toEqual(['first']);
    },
  );

  test.each(['AddPartitionsToTxn', 'AddOffsetsToTxn'] as const)(
    '%s in the next transaction does no harm: it adds what stays empty',
    async (api) => {
      const { owner, output, late, committed } = await story(api);
      const other = await beside.topic('other');
      await begin(owner, other, 'second');
      expect(await late()).toEqual(['NONE']);
      await owner.commit();
      expect(await beside.values(output)).toEqual(['first']);
      expect(await beside.values(other)).toEqual(['second']);
      expect(await committed()).toBe(10);
    },
  );
});

test('an AddPartitionsToTxn that never arrives leaves nothing to abort: INVALID_TXN_STATE, though nothing is torn', async () => {
  const { name, owner } = await newOwner();
  const output = await beside.topic('out');
  await owner.write(output, ['first']);
  await inState(name, 'CompleteCommit');
  const hold = proxy.hold({ api: 'AddPartitionsToTxn', clientId: name });
  await owner.begin();
  queue(owner, output, 'lost');
  await hold.held;
  proxy.refuse({ clientId: name });
  proxy.cut({ clientId: name });
  const aborting = owner.abort().catch((error: RawError) => {
    if (error.isRetriable !== true) throw error;
    return owner.abort();
  });
  // What would have begun it is not sent again once the abort has begun.
  const refused = expect(aborting).rejects.toMatchObject({ code: invalidTxnState, isFatal: true });
  await eventually('the client was turned away', () =>
    Promise.resolve(proxy.log.lines.some((line) => line.includes(name) && line.endsWith('refused'))),
  );
  proxy.accept();
  await refused;
  expect(await beside.values(output)).toEqual(['first']);
});

test('a late InitProducerId fences the owner that sent it, whose transaction is aborted; nothing torn shows', async () => {
  const name = uniqueName('owner');
  const output = await beside.topic('out');
  const hold = proxy.hold({ api: 'InitProducerId', clientId: name });
  const opening = newOwner({}, name);
  await hold.held;
  hold.resetClient();
  const { owner } = await opening;
  await begin(owner, output, 'first');
  expect(errorsIn(await hold.releaseOnFreshConnection())).toEqual(['CONCURRENT_TRANSACTIONS']); // It is being aborted.
  await expect(owner.commit()).rejects.toMatchObject({ code: fenced, isFatal: true });
  expect(await beside.values(output)).toEqual([]);
});

describe('E7: a new producer with the same id, before the next transaction begins, and what is late is refused', () => {
  test.each(['EndTxn', 'TxnOffsetCommit', 'Produce', 'AddPartitionsToTxn', 'AddOffsetsToTxn'] as const)(
    'a late %s',
    async (api) => {
      const { name, output, input, member, late, committed } = await story(api);
      const { owner } = await newOwner({}, name);
      await begin(owner, output, 'second');
      await owner.sendOffset({ topic: input, partition: 0, offset: 20 }, member);
      expect(await late()).toEqual([refusalOf[api]]);
      await owner.abort();
      expect(await beside.values(output)).toEqual(['first']);
      expect(await committed()).toBe(10);
      await begin(owner, output, 'second');
      await owner.sendOffset({ topic: input, partition: 0, offset: 20 }, member);
      await owner.commit();
      expect(await beside.values(output)).toEqual(['first', 'second']);
      expect(await committed()).toBe(20);
    },
  );
});

type LateApi = 'EndTxn' | 'TxnOffsetCommit' | 'Produce' | 'AddPartitionsToTxn' | 'AddOffsetsToTxn';

const refusalOf: Readonly<Record<LateApi, string>> = {
  EndTxn: 'INVALID_PRODUCER_EPOCH',
  TxnOffsetCommit: 'INVALID_PRODUCER_EPOCH',
  Produce: 'INVALID_PRODUCER_EPOCH',
  AddPartitionsToTxn: 'INVALID_PRODUCER_EPOCH',
  AddOffsetsToTxn: 'INVALID_PRODUCER_EPOCH',
};

const invalidTxnState = 48;
/** The client's own word for a producer whose epoch is not the current one. */
const fenced = -144;

interface Story {
  /** Its client id and its transactional id. */
  readonly name: string;
  readonly owner: RawOwner;
  readonly output: string;
  readonly input: string;
  readonly member: RawConsumer;
  /** The broker gets the request that was lost, and says this. */
  late(): Promise<string[]>;
  /** The group's offset, when no transaction is pending. */
  committed(): Promise<number | undefined>;
}

interface StoryOptions {
  readonly end?: 'commit' | 'abort';
  readonly config?: RawConfig;
}

/**
 * An owner's first transaction: the record 'first' and the offset 10. Its first request of that kind is lost with its
 * connection; the client repeats it, and everything succeeds.
 */
async function story(lost: ApiName, { end = 'commit', config = {} }: StoryOptions = {}): Promise<Story> {
  const [input, output] = [await beside.topic('in'), await beside.topic('out')];
  const group = uniqueName('group');
  const [{ name, owner }, member] = [await newOwner(config), await beside.consumer(group)];
  const hold: Hold = proxy.hold({ api: lost, clientId: name });
  const writing = (async () => {
    await begin(owner, output, 'first');
    await owner.sendOffset({ topic: input, partition: 0, offset: 10 }, member);
    await (end === 'commit' ? owner.commit() : owner.abort());
  })();
  await hold.held;
  hold.resetClient();
  await writing;
  const observer = await beside.consumer(group);
  return {
    name,
    owner,
    output,
    input,
    member,
    late: async () => errorsIn(await hold.releaseOnFreshConnection()),
    async committed() {
      // As a new owner asks: while offsets are pending there is no answer.
      const [entry] = await promised<readonly ({ readonly offset?: number } | Error)[]>((callback) =>
        observer.committed([{ topic: input, partition: 0 }], 10_000, callback),
      );
      if (entry === undefined || entry instanceof Error) throw entry ?? new Error('no answer');
      return entry.offset;
    },
  };
}

async function newOwner(
  config: RawConfig = {},
  name = uniqueName('owner'),
): Promise<{ name: string; owner: RawOwner }> {
  const quick = { 'retry.backoff.ms': 10, 'reconnect.backoff.ms': 10, 'reconnect.backoff.max.ms': 50 };
  return { name, owner: await through.owner(name, { 'client.id': name, ...quick, ...config }) };
}

async function begin(owner: RawOwner, topic: string, value: string): Promise<void> {
  await owner.begin();
  await owner.send(topic, [value]);
}

/** Gives a record to the client and does not wait for the broker. */
function queue(owner: RawOwner, topic: string, value: string): void {
  owner.producer.produce(topic, 0, Buffer.from(value), null, Date.now(), undefined, undefined);
}

/** A commit is acknowledged before its markers are written; until then the coordinator puts everybody off. */
function inState(name: string, state: string): Promise<void> {
  return eventually(
    `the transaction of ${name} is in ${state}`,
    async () => (await transactionState(proxied.broker.brokers, name)) === state,
  );
}
