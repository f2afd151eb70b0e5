// E7 where the client's word about a lost connection comes late, or does not come at all: on a busy thread, and for the third
// failure of a kind. A request that comes late must find its producer replaced all the same.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { running } from '../support/engine.js';
import { type Instance, instance } from '../support/engine-process.js';
import { eventually } from '../support/engine-wait.js';
import { type ApiName, errorsIn, type FrameProxy } from '../support/frame-proxy.js';
import { uniqueName } from '../support/kafka.js';
import { type ProxiedKafka, startProxiedKafka } from '../support/proxied-kafka.js';
import { RawKafka } from '../support/raw.js';
import { transactionState } from '../support/transaction-state.js';

let proxied: ProxiedKafka;
let proxy: FrameProxy;
/** The view from beside: straight to the broker. */
let beside: RawKafka;
beforeAll(async () => {
  proxied = await startProxiedKafka();
  proxy = proxied.proxy;
  beside = new RawKafka(proxied.broker.brokers);
});
afterAll(async () => {
  await beside.close();
  await proxied.stop();
});

const settings = { 'reconnect.backoff.ms': 10, 'reconnect.backoff.max.ms': 50 };

describe.each([60, 300, 600])('on a thread that is busy for %i ms at a time', (busyMs) => {
  test.each([
    { lost: 'EndTxn', during: 'TxnOffsetCommit' },
    { lost: 'TxnOffsetCommit', during: 'EndTxn' },
  ] as const)('E7: a late $lost meets a new producer, and is refused', async ({ lost, during }) => {
    const { story, owner } = await ownerOnItsOwn({ busyMs });
    await lateInNext(story, lost, during, 'a', 'b');
    await owner.until('both are done', () => committed(owner) === 2);
    expect(await beside.values(story.output)).toEqual(['a', 'b']);
    expect(owner.said('producer-replaced')).toBe(1);
    expect(owner.said('integrity-alarm')).toBe(0);
  });
});

test('E7: three connections that are lost within 30 s, of which a client would not log the third, cost a producer each', async () => {
  const { story, owner } = await ownerOnItsOwn({});
  await lateInNext(story, 'EndTxn', 'TxnOffsetCommit', 'a', 'b');
  await lateInNext(story, 'EndTxn', 'TxnOffsetCommit', 'c', 'd');
  await lateInNext(story, 'EndTxn', 'TxnOffsetCommit', 'e', 'f');
  await owner.until('all are done', () => committed(owner) === 6);
  expect(await beside.values(story.output)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  expect(owner.said('producer-replaced')).toBe(3);
});

test('E7: two that are lost while a producer opens make the next one silent, so it is replaced before it begins', async () => {
  const name = uniqueName('silent');
  const before = proxy.reset({ api: 'InitProducerId', clientId: new RegExp(name), times: 2 });
  const { story, owner } = await ownerOnItsOwn({}, name);
  expect(before.frames.length).toBe(2);
  await lateInNext(story, 'EndTxn', 'TxnOffsetCommit', 'a', 'b');
  await owner.until('both are done', () => committed(owner) === 2);
  expect(await beside.values(story.output)).toEqual(['a', 'b']);
});

test('E7: a late InitProducerId fences its own producer, and costs it nothing but that', async () => {
  const name = uniqueName('init');
  const lost = proxy.hold({ api: 'InitProducerId', clientId: new RegExp(name) });
  const [input, output] = [await beside.topic('in'), await beside.topic('out')];
  const starting = running({ name, input, outputs: [output] }, { brokers: proxied.brokers, settings });
  await lost.held;
  lost.resetClient();
  const started = await starting;
  await started.owns(1);
  await beside.produce(input, ['a']);
  await started.committed(1);
  const { brokers } = proxied.broker;
  await eventually(
    'its transaction is settled',
    async () => (await transactionState(brokers, `${name}/${input}/0`)) === 'CompleteCommit',
  );
  expect(errorsIn(await lost.releaseOnFreshConnection())).toEqual(['NONE']);
  await beside.produce(input, ['b']);
  await started.committed(2);
  expect(await beside.values(output)).toEqual(['a', 'b']);
});

interface OwnersStory {
  readonly name: string;
  readonly input: string;
  readonly output: string;
}

/** The proxy is on our thread: a processor whose thread is busy needs a process of its own. */
async function ownerOnItsOwn(
  { busyMs }: { readonly busyMs?: number },
  name: string = uniqueName('busy'),
): Promise<{ readonly story: OwnersStory; readonly owner: Instance }> {
  const [input, output] = [await beside.topic('in'), await beside.topic('out')];
  const limits = { batchRecordsMax: 1 };
  const plan = { brokers: proxied.brokers, settings, limits, story: { name, input, outputs: [output] } };
  const owner = instance({ ...plan, ...(busyMs === undefined ? {} : { busyMs }) });
  await owner.until('it has its partition', () => owner.said('task-opened') === 1, 30_000);
  return { story: { name, input, output }, owner };
}

/**
 * A request of the first record's transaction is lost, and arrives while the second one's, which follows at once, waits for its
 * answer to the other.
 */
async function lateInNext(
  { name, input }: OwnersStory,
  lost: ApiName,
  during: ApiName,
  first: string,
  second: string,
): Promise<void> {
  const clientId = new RegExp(name);
  const late = proxy.hold({ api: lost, clientId });
  const next = proxy.hold({ api: during, clientId, nth: 2 });
  await beside.produce(input, [first, second]);
  await late.held;
  late.resetClient();
  await next.held;
  expect(errorsIn(await late.releaseOnFreshConnection())).toEqual(['INVALID_PRODUCER_EPOCH']);
  await next.release();
}

function committed(owner: Instance): number {
  return owner.words.reduce(
    (sum, word) => sum + ('fact' in word && word.fact === 'batch-committed' ? (word.records ?? 0) : 0),
    0,
  );
}
