// The frame proxy does what its verbs say: seen on the real client, with real transactions on a real broker.

import { readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { eventually, never, until } from '../support/engine-wait.js';
import { type Frame, FrameProxy } from '../support/frame-proxy.js';
import { uniqueName } from '../support/kafka.js';
import { type ProxiedKafka, startProxiedKafka } from '../support/proxied-kafka.js';
import { RawKafka, type RawOwner } from '../support/raw.js';

let proxied: ProxiedKafka;
let proxy: FrameProxy;
/** A client's way, through the proxy. */
let through: RawKafka;
/** The view from beside: its clients go straight to the broker. */
let beside: RawKafka;
beforeAll(async () => {
  proxied = await startProxiedKafka();
  proxy = proxied.proxy;
  through = new RawKafka(proxied.brokers);
  beside = new RawKafka(proxied.broker.brokers);
});
afterAll(() => proxied.stop());

test('a client that was given the proxy goes through it with everything, and each frame is a line', async () => {
  const beganMs = performance.now();
  const { name, owner, topic } = await story();
  await owner.write(topic, ['a']);
  const asked = ['FindCoordinator', 'InitProducerId', 'Metadata', 'AddPartitionsToTxn', 'Produce', 'EndTxn'] as const;
  for (const api of asked) {
    const requests = proxy.seen({ api, clientId: name });
    expect(requests.length, api).toBeGreaterThan(0);
    const answered = proxy.seen({ api, clientId: name, direction: 'response' });
    expect(answered.map(place), api).toEqual(requests.map(place));
  }
  expect(proxy.log.lines.find((line) => line.includes('→ EndTxn') && line.includes(name))).toMatch(
    /^ +\d+\.\d{3} s {2}#\d+ → EndTxn v1 \d+ owner-\w+ \d+ B {2}forwarded$/,
  );
  const ends = { api: 'EndTxn', clientId: name } as const;
  expect(proxy.log.between(beganMs, performance.now(), ends)).toEqual([expect.stringContaining('→ EndTxn')]);
  expect(proxy.log.between(0, beganMs, ends)).toEqual([]);
});

test('hold: a request waits until it is released', async () => {
  const { name, owner, topic } = await story();
  const hold = proxy.hold({ api: 'EndTxn', clientId: name });
  await begun(owner, topic, ['a']);
  const commit = watched(owner.commit());
  expect(await hold.held).toMatchObject({ api: 'EndTxn', direction: 'request', apiVersion: 1, clientId: name });
  await never('it is committed', () => commit.isDone, 200);
  expect(await beside.values(topic, 'committed')).toEqual([]);
  await hold.release();
  await commit.done;
  expect(await beside.values(topic)).toEqual(['a']);
  expect(done(await hold.held)).toEqual(['held', 'released']);
});

test('a request is unanswered until its answer has come, also where its client has gone', async () => {
  const { name, owner, topic } = await story();
  const hold = proxy.hold({ api: 'EndTxn', direction: 'response', clientId: name });
  await begun(owner, topic, ['a']);
  const commit = watched(owner.commit());
  await hold.held;
  proxy.cut({ clientId: name });
  expect(proxy.isUnanswered({ api: 'EndTxn', clientId: name })).toBe(true);
  expect(proxy.isUnanswered({ api: 'EndTxn', clientId: 'nobody' })).toBe(false);
  await hold.release();
  await commit.done;
  await until('it is answered', () => !proxy.isUnanswered({ api: 'EndTxn', clientId: name }));
  // Its connection was cut: it has not left.
  expect(proxy.hasLeftUnanswered({ api: 'EndTxn', clientId: name })).toBe(false);
});

test('a client that closes its connection while an answer waits has left without it', async () => {
  const own = new FrameProxy();
  onTestFinished(() => own.close());
  const listener = await own.listen();
  listener.forwardTo(proxied.broker.brokers);
  const hold = own.hold({ api: 'Metadata', direction: 'response' });
  const client = await rawClient(metadataRequest(1), listener.port);
  await hold.held;
  expect(own.hasLeftUnanswered({ api: 'Metadata' })).toBe(false);
  client.destroy();
  await until('it has left', () => own.hasLeftUnanswered({ api: 'Metadata' }));
  expect(own.hasLeftUnanswered({ api: 'Metadata', clientId: 'somebody else' })).toBe(false);
});

test('hold: an answer waits, what was asked for has happened', async () => {
  const { name, owner, topic } = await story();
  const hold = proxy.hold({ api: 'EndTxn', direction: 'response', clientId: name });
  await begun(owner, topic, ['a']);
  const commit = watched(owner.commit());
  await hold.held;
  expect(await beside.values(topic)).toEqual(['a']);
  await expect(hold.releaseOnFreshConnection()).rejects.toThrow('an answer goes to its own client');
  expect(commit.isDone).toBe(false);
  await hold.release();
  await commit.done;
});

test('hold: dropped, the request never arrives, and its client asks again when its time is over', async () => {
  const { name, owner, topic } = await story({ 'socket.timeout.ms': 1000 });
  const hold = proxy.hold({ api: 'EndTxn', clientId: name });
  await begun(owner, topic, ['a']);
  const commit = watched(owner.commit());
  await hold.held;
  hold.drop();
  expect(() => hold.release()).toThrow('released or dropped before');
  expect(await beside.values(topic, 'committed')).toEqual([]);
  await commit.done;
  expect(await beside.values(topic)).toEqual(['a']);
  expect(proxy.seen({ api: 'EndTxn', clientId: name }).length).toBe(2);
});

test.each(['on its own connection', 'on a fresh connection'])(
  'hold: a request whose client was reset arrives late, %s, and is answered',
  async (where) => {
    const { name, owner, topic } = await story();
    const hold = proxy.hold({ api: 'EndTxn', clientId: name });
    await begun(owner, topic, ['a']);
    const commit = watched(owner.commit());
    const held = await hold.held;
    hold.resetClient();
    await commit.done;
    const [first, second] = proxy.seen({ api: 'EndTxn', clientId: name });
    expect(first).toEqual(held);
    expect(second?.connection).not.toBe(held.connection);
    if (where === 'on its own connection') await hold.release();
    else expect((await hold.releaseOnFreshConnection()).body.length).toBeGreaterThan(0);
    const answers = proxy.seen({ api: 'EndTxn', direction: 'response', clientId: name });
    expect(answers.map(place)).toEqual([second, first].map((frame) => frame && place(frame)));
  },
);

test('hold: what comes behind on the same connection waits too', async () => {
  const socket = await rawClient();
  const answers = answersTo(socket);
  const hold = proxy.hold({ api: 'Metadata', clientId: 'raw', nth: 2 });
  for (const id of [1, 2, 3]) socket.write(metadataRequest(id));
  await hold.held;
  await until('the first is answered', () => answers.ids.length === 1);
  await never('the third is answered', () => answers.ids.length > 1, 100);
  await hold.release();
  await until('all are answered', () => answers.ids.length === 3);
  expect(answers.ids).toEqual([1, 2, 3]);
});

test('delay: a frame arrives that much later', async () => {
  const { name, owner, topic } = await story();
  const delay = proxy.delay({ api: 'EndTxn', clientId: name }, 400);
  await begun(owner, topic, ['a']);
  const startedAt = performance.now();
  await owner.commit();
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(395);
  expect(done(await delay.applied)).toEqual(['delayed by 400 ms']);
});

test.each([
  { direction: 'request', visible: [] },
  { direction: 'response', visible: ['a'] },
] as const)(
  'drop: after a lost $direction the client asks again when its time is over',
  async ({ direction, visible }) => {
    const { name, owner, topic } = await story({ 'socket.timeout.ms': 1000 });
    const drop = proxy.drop({ api: 'EndTxn', direction, clientId: name });
    await begun(owner, topic, ['a']);
    const commit = watched(owner.commit());
    await drop.applied;
    // Before it asks again: the broker has done what it was asked to, or has never heard of it.
    await eventually(
      'the record shows',
      async () => (await beside.values(topic, 'committed')).length === visible.length,
    );
    expect(commit.isDone).toBe(false);
    await commit.done;
    expect(proxy.seen({ api: 'EndTxn', clientId: name }).length).toBe(2);
    expect(await beside.values(topic)).toEqual(['a']);
  },
);

test('duplicate: the broker gets a request twice, the client one answer', async () => {
  const { name, owner, topic } = await story();
  const twice = proxy.duplicate({ api: ['AddPartitionsToTxn', 'Produce', 'EndTxn'], clientId: name, times: 3 });
  await owner.write(topic, ['a']);
  expect(twice.frames.map(({ api }) => api)).toEqual(['AddPartitionsToTxn', 'Produce', 'EndTxn']);
  for (const { api } of twice.frames)
    await until(`the second answer to ${api} is there`, () => {
      const answers = proxy.seen({ api, direction: 'response', clientId: name });
      return answers.length === 2 && done(answers[1]).join() === 'swallowed: a second answer';
    });
  expect(await beside.values(topic)).toEqual(['a']); // An idempotent producer's second one is recognised.
  await owner.write(topic, ['b']);
  expect(await beside.values(topic)).toEqual(['a', 'b']);
});

test('duplicate: the client gets an answer twice', async () => {
  const socket = await rawClient();
  const answers = answersTo(socket);
  proxy.duplicate({ api: 'Metadata', direction: 'response', clientId: 'raw' });
  for (const id of [1, 2]) socket.write(metadataRequest(id));
  await until('all have come', () => answers.ids.length === 3);
  expect(answers.ids).toEqual([1, 1, 2]);
});

test('slice: a frame arrives in pieces', async () => {
  const socket = await rawClient();
  const sizes: number[] = [];
  socket.on('data', (bytes: Buffer) => sizes.push(bytes.length));
  const answers = answersTo(socket);
  const slice = proxy.slice({ api: 'Metadata', direction: 'response', clientId: 'raw' }, 5);
  socket.write(metadataRequest(1));
  await until('it has come', () => answers.ids.length === 1);
  const { bytes } = await slice.applied;
  expect(sizes.reduce((sum, size) => sum + size)).toBe(bytes);
  expect(sizes.length).toBeGreaterThan(2);
  expect(Math.max(...sizes)).toBeLessThan(bytes / 2);
});

test('slice: client and broker understand each other in pieces of 3 bytes', async () => {
  const { name, owner, topic } = await story();
  const slices = (['request', 'response'] as const).map((direction) =>
    proxy.slice({ direction, clientId: name, times: Number.POSITIVE_INFINITY }, 3),
  );
  await owner.write(topic, ['a', 'b']);
  expect(await beside.values(topic)).toEqual(['a', 'b']);
  for (const { frames } of slices) expect(frames.map(({ api }) => api)).toContain('EndTxn');
});

test('reset: the request is lost with its connection, and the client repeats it', async () => {
  const { name, owner, topic } = await story();
  const reset = proxy.reset({ api: 'EndTxn', clientId: name });
  await begun(owner, topic, ['a']);
  const second = proxy.hold({ api: 'EndTxn', clientId: name, nth: 1 });
  const commit = watched(owner.commit());
  await second.held; // Whoever repeats it has been reset.
  expect(done(await reset.applied)).toEqual(['lost in a reset']);
  expect((await second.held).connection).not.toBe((await reset.applied).connection);
  expect(await beside.values(topic, 'committed')).toEqual([]);
  await second.release();
  await commit.done;
  expect(await beside.values(topic)).toEqual(['a']);
});

test.each(['the request is forwarded', 'the answer is lost'])(
  'reset: the broker did it and the client never heard (%s)',
  async (how) => {
    const { name, owner, topic } = await story();
    const isForwarded = how === 'the request is forwarded';
    proxy.reset(
      { api: 'EndTxn', clientId: name, direction: isForwarded ? 'request' : 'response' },
      { forwarded: isForwarded },
    );
    const second = proxy.hold({ api: 'EndTxn', clientId: name, nth: isForwarded ? 1 : 2 });
    await begun(owner, topic, ['a']);
    const commit = watched(owner.commit());
    await second.held;
    expect(await beside.values(topic)).toEqual(['a']);
    expect(commit.isDone).toBe(false);
    await second.release();
    await commit.done;
    expect(await beside.values(topic)).toEqual(['a']);
  },
);

test('cut: the connections of one client are reset, others stay', async () => {
  const [one, other] = [await story(), await story()];
  await one.owner.write(one.topic, ['a']);
  await other.owner.write(other.topic, ['a']);
  const connectionOf = (name: string): number => proxy.seen({ api: 'EndTxn', clientId: name }).at(-1)?.connection ?? 0;
  const before = [connectionOf(one.name), connectionOf(other.name)];
  proxy.cut({ clientId: one.name });
  await one.owner.write(one.topic, ['b']);
  await other.owner.write(other.topic, ['b']);
  expect(connectionOf(one.name)).not.toBe(before[0]);
  expect(connectionOf(other.name)).toBe(before[1]);
  proxy.cut({ connection: before[1] ?? 0 });
  await other.owner.write(other.topic, ['c']);
  expect(connectionOf(other.name)).not.toBe(before[1]);
  expect(await beside.values(other.topic)).toEqual(['a', 'b', 'c']);
});

test('refuse: a client that comes back is turned away until it is accepted', async () => {
  const [one, other] = [await story(), await story()];
  await begun(one.owner, one.topic, ['a']);
  proxy.refuse({ clientId: one.name });
  proxy.cut();
  const commit = watched(one.owner.commit());
  await until('it was turned away', () =>
    proxy.log.lines.some((line) => line.includes(one.name) && line.endsWith('refused')),
  );
  await other.owner.write(other.topic, ['b']);
  expect(commit.isDone).toBe(false);
  proxy.accept();
  await commit.done;
  expect(await beside.values(one.topic)).toEqual(['a']);
});

test('refuse: everybody is turned away', async () => {
  proxy.refuse();
  const socket = connect(Number(proxied.brokers.split(':')[1]), '127.0.0.1');
  const failed = new Promise<NodeJS.ErrnoException>((resolve) => socket.on('error', resolve));
  expect((await failed).code).toBe('ECONNRESET');
  proxy.accept();
  const answers = answersTo(await rawClient(metadataRequest(1)));
  await until('one is let in', () => answers.ids.length === 1);
});

test('a rule of several frames applies to so many and no more, and one that has ended to none', async () => {
  const { name, owner, topic } = await story();
  const second = proxy.delay({ api: 'EndTxn', clientId: name, nth: 2, times: 2 }, 1);
  const ended = proxy.drop({ clientId: name });
  ended.end();
  for (const value of ['a', 'b', 'c', 'd']) await owner.write(topic, [value]);
  const all = proxy.seen({ api: 'EndTxn', clientId: name });
  expect(all.length).toBe(4);
  expect(second.frames).toEqual([all[1], all[2]]);
  expect(ended.frames).toEqual([]);
  expect(await beside.values(topic)).toEqual(['a', 'b', 'c', 'd']);
});

test('large batches go through as they are', async () => {
  const { owner, topic } = await story(
    { 'message.max.bytes': 4_000_000, 'compression.type': 'none' },
    { 'max.message.bytes': '4000000' },
  );
  const values = Array.from({ length: 8 }, (_, n) => `${n}`.repeat(3_000_000));
  await owner.write(topic, values);
  expect(await beside.values(topic)).toEqual(values);
});

test('several brokers: each has its address, rules hold for all', async () => {
  const own = new FrameProxy();
  onTestFinished(() => own.close());
  const listeners = [await own.listen(), await own.listen()];
  for (const listener of listeners) listener.forwardTo(proxied.broker.brokers);
  const drop = own.drop({ api: 'Metadata', clientId: 'raw', times: 2 });
  const clients = listeners.map(({ port }) => rawClient(metadataRequest(1), port));
  const answers = (await Promise.all(clients)).map(answersTo);
  await until('both are lost', () => drop.frames.length === 2);
  expect(new Set(drop.frames.map(({ connection }) => connection)).size).toBe(2);
  for (const client of clients) (await client).write(metadataRequest(2));
  await until('the next are answered', () => answers.every(({ ids }) => ids.length === 1));
  expect(answers.map(({ ids }) => ids)).toEqual([[2], [2]]);
});

test('calmed, it holds nothing any more and lets everybody in', async () => {
  const own = new FrameProxy();
  onTestFinished(() => own.close());
  const listener = await own.listen();
  listener.forwardTo(proxied.broker.brokers);
  const client = await rawClient(metadataRequest(1), listener.port);
  const answers = answersTo(client);
  const [held, waiting] = [own.hold({ api: 'Metadata' }), own.hold({ api: 'EndTxn' })];
  own.drop({ api: 'Metadata', nth: 2 });
  await held.held;
  own.refuse();
  own.calm();
  await expect(waiting.held).rejects.toThrow('the rule «hold EndTxn request» has ended');
  client.write(metadataRequest(2));
  await until('what comes behind the held one, which is dropped, is answered', () => answers.ids.length > 0);
  expect(answers.ids).toEqual([2]);
  const another = answersTo(await rawClient(metadataRequest(3), listener.port));
  await until('another one is let in', () => another.ids.length > 0);
});

test('closed, it has no connection, no address and no frame any more, and its log can be read', async () => {
  const own = new FrameProxy();
  const listener = await own.listen();
  listener.forwardTo(proxied.broker.brokers);
  const hold = own.hold({ api: 'Metadata' });
  const client = await rawClient(metadataRequest(1), listener.port);
  const gone = new Promise((resolve) => client.on('close', resolve));
  await hold.held;
  await own.close();
  await gone;
  const again = connect(listener.port, '127.0.0.1');
  const refused = new Promise<NodeJS.ErrnoException>((resolve) => again.on('error', resolve));
  expect((await refused).code).toBe('ECONNREFUSED');
  const file = join(tmpdir(), uniqueName('frames'));
  onTestFinished(() => rm(file));
  await own.log.write(file);
  expect((await readFile(file, 'utf8')).split('\n')).toEqual([...own.log.lines, '']);
  await own.close();
});

/** A transactional producer behind the proxy, whose client id no other has, and a topic for it. */
async function story(
  config: Readonly<Record<string, string | number>> = {},
  topicConfig: Readonly<Record<string, string>> = {},
): Promise<{ name: string; owner: RawOwner; topic: string }> {
  const name = uniqueName('owner');
  const quick = { 'retry.backoff.ms': 10, 'reconnect.backoff.ms': 10, 'reconnect.backoff.max.ms': 50 };
  const owner = await through.owner(name, { 'client.id': name, ...quick, ...config });
  return { name, owner, topic: await beside.topic('t', 1, topicConfig) };
}

async function begun(owner: RawOwner, topic: string, values: readonly string[]): Promise<void> {
  await owner.begin();
  await owner.send(topic, values);
}

function watched(work: Promise<unknown>): { readonly isDone: boolean; readonly done: Promise<unknown> } {
  let isDone = false;
  const done = work.finally(() => (isDone = true));
  done.catch(() => {}); // Whether it fails is asked where it is awaited.
  return {
    get isDone() {
      return isDone;
    },
    done,
  };
}

function place({ connection, correlationId }: Frame): string {
  return `#${connection} ${correlationId}`;
}

/** What the log says was done to a frame, in order. */
function done(frame: Frame | undefined): string[] {
  const { direction, api, apiVersion, correlationId, connection } = frame as Frame;
  const arrow = direction === 'request' ? '→' : '←';
  const start = ` #${connection} ${arrow} ${api} v${apiVersion} ${correlationId} `;
  const lines = proxy.log.lines.filter((line) => line.includes(start)).map((line) => line.split('B  ')[1] as string);
  return direction === 'request' ? lines : lines.slice(-1);
}

/** A socket that speaks Kafka in the test's own words. */
async function rawClient(first?: Buffer, port = Number(proxied.brokers.split(':')[1])): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
  if (first) socket.write(first);
  return socket;
}

function answersTo(socket: Socket): { readonly ids: number[] } {
  const ids: number[] = [];
  let bytes = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0)) {
      ids.push(bytes.readInt32BE(4));
      bytes = bytes.subarray(4 + bytes.readInt32BE(0));
    }
  });
  return { ids };
}

/** Metadata v8 for no topics, of a client called «raw». */
function metadataRequest(correlationId: number): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeInt32BE(20, 0);
  bytes.writeInt16BE(3, 4);
  bytes.writeInt16BE(8, 6);
  bytes.writeInt32BE(correlationId, 8);
  bytes.writeInt16BE(3, 12);
  bytes.write('raw', 14);
  return bytes;
}
