// What becomes of records when the registry has no usable schema for them, refuses, or is away. The odd answers come from a
// small server of this test's own.

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { httpRegistry } from '../../src/adapters/schema-registry/http-registry.js';
import { avro } from '../../src/codecs/avro.js';
import type { SchemaRegistry } from '../../src/core/codec.js';
import { startEmbeddedRegistry } from '../../src/embedded/schema-registry/server.js';
import { type Running, running } from '../support/engine.js';
import { consumers, gate } from '../support/engine-faults.js';
import { type Handle, type Story, topology } from '../support/engine-story.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

const order = avro({ type: 'record', name: 'Order', fields: [{ name: 'id', type: 'int' }] });
/** The id that the server always knows, and one that it has its own answer for. */
const [good, odd] = [1, 2];

type Answer = (outgoing: ServerResponse) => unknown;
let kafka: RawKafka;
let server: Server;
let registry: SchemaRegistry;
let answerOdd: Answer = () => {};
/** How often it was asked for something else than the good one, or in vain. */
let asked = 0;
/** It answers nothing but that it is not there. */
let isAway = false;

beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});
beforeEach(async () => {
  asked = 0;
  isAway = false;
  server = createServer(({ url }, outgoing) => {
    if (url === `/schemas/ids/${good}` && !isAway) return json(200, { schema: order.schema })(outgoing);
    asked++;
    if (isAway) json(503, {})(outgoing);
    else answerOdd(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  registry = httpRegistry({ url, timeoutMs: 200, attempts: 2, backoffMs: 1 });
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

test.each([
  ['a schema made of those of other subjects', json(200, { schema: order.schema, references: [{ name: 'A' }] })],
  ['no schema', json(200, {})],
  ['a schema that is none', json(200, { schema: '{' })],
  ['an id that it does not know', json(404, { error_code: 40403, message: 'Schema not found' })],
])('%s: its record is a dead letter, and the others are handled', async (_answer, answer) => {
  answerOdd = answer;
  const { started, deadLetters } = await reading();
  await kafka.produce(started.input, [record(good, 1), record(odd, 2), record(good, 3)]);
  await started.committed(3);
  expect(started.handled).toEqual([1, 3]);
  expect((await kafka.read(deadLetters)).map(({ bytes }) => bytes.value)).toEqual([framed(odd, 2)]);
});

test.each([
  ['an error of its own', json(503, { error_code: 50003, message: 'no leader' })],
  ['a page of something in between', (outgoing: ServerResponse) => outgoing.writeHead(200).end('<html>soon</html>')],
  ['the 404 of another service', json(404, { error_code: 404, message: 'HTTP 404 Not Found' })],
  ['a redirect', (outgoing: ServerResponse) => outgoing.writeHead(302, { location: '/login' }).end()],
  ['half an answer', (outgoing: ServerResponse) => outgoing.writeHead(200).write('{"schema":')],
  ['silence', () => {}],
] satisfies [string, Answer][])('%s: the partition waits, and nothing is given up', async (_answer, answer) => {
  answerOdd = answer;
  const { started, deadLetters } = await reading();
  await kafka.produce(started.input, [record(good, 1), record(odd, 2), record(good, 3)]);
  // Two attempts are one failure; the second failure was waited for.
  await started.until('it has waited for it twice', () => asked >= 4);
  expect(started.handled).toEqual([]);
  answerOdd = json(200, { schema: order.schema });
  await started.committed(3);
  expect(started.handled).toEqual([1, 2, 3]);
  expect(await kafka.read(deadLetters)).toEqual([]);
});

test('while the registry is away, a partition whose schemas are known goes on, and one with an unknown one waits', async () => {
  const [known, unknown] = [0, 1];
  const { started, deadLetters } = await reading({}, {}, 2);
  await kafka.produce(started.input, [
    { ...record(good, 1), partition: known },
    { ...record(good, 2), partition: unknown },
  ]);
  await started.committed(2);
  isAway = true;
  await kafka.produce(started.input, [{ ...record(odd, 3), partition: unknown }]);
  await started.until('it waits for the unknown one', () => asked >= 4);
  await kafka.produce(started.input, [{ ...record(good, 4), partition: known }]);
  await started.committed(3);
  expect(started.handled.slice(2)).toEqual([4]);
  isAway = false;
  answerOdd = json(200, { schema: order.schema });
  await started.committed(4);
  expect(started.handled.slice(2)).toEqual([4, 3]);
  expect(await kafka.read(deadLetters)).toEqual([]);
});

test('a registry that takes its time is waited for', async () => {
  answerOdd = (outgoing) => void setTimeout(() => json(200, { schema: order.schema })(outgoing), 100);
  const { started, deadLetters } = await reading();
  await kafka.produce(started.input, [record(good, 1), record(odd, 2), record(good, 3)]);
  await started.committed(3);
  expect(started.handled).toEqual([1, 2, 3]);
  expect(await kafka.read(deadLetters)).toEqual([]);
});

test.each([401, 403])('%i: the processor ends, and gives up nothing', async (status) => {
  answerOdd = json(status, { error_code: status, message: 'no' });
  const { started, deadLetters } = await reading();
  await kafka.produce(started.input, [record(good, 1), record(odd, 2)]);
  await started.until('it has failed', () => started.of('processor-failed').length > 0).catch(() => {});
  await expect(started.failure()).resolves.toMatchObject({ code: 'PRC_REGISTRY_REFUSED' });
  expect(started.handled).toEqual([]);
  expect(await kafka.read(deadLetters)).toEqual([]);
  expect(await kafka.committed(started.name, started.input)).toBeUndefined();
});

test('a registry that is stopped and started again: what was written meanwhile is read', async () => {
  const embedded = await startEmbeddedRegistry();
  registry = httpRegistry({ url: embedded.url, timeoutMs: 200, attempts: 2, backoffMs: 1 });
  const id = await registry.register('orders-value', order.schema);
  registry = httpRegistry({ url: embedded.url, timeoutMs: 200, attempts: 2, backoffMs: 1 });
  await embedded.stop();
  const { started } = await reading();
  await kafka.produce(started.input, [record(id, 1)]);
  await started.until('it has waited for it twice', () => started.of('call-failed').length >= 2);
  const again = await startEmbeddedRegistry({ port: Number(new URL(embedded.url).port) });
  await httpRegistry({ url: again.url }).register('orders-value', order.schema);
  await started.committed(1);
  expect(started.handled).toEqual([1]);
  await again.stop();
});

test('at-most-once: the schemas of all that was claimed are there before its first handler runs', async () => {
  answerOdd = json(503, {});
  const held = gate();
  let polled = 0;
  const { started } = await reading(
    {
      guarantee: 'at-most-once',
      async handle({ value }) {
        started.handled.push(idOf(value));
        if (idOf(value) === 0) await held.pass();
      },
    },
    {
      limits: { pollRecordsMax: 1 },
      between: consumers((consumer) => {
        const poll = consumer.poll.bind(consumer);
        consumer.poll = async (...args) => {
          const batches = await poll(...args);
          polled += batches.length;
          return batches;
        };
      }),
    },
  );
  await kafka.produce(started.input, [record(good, 0)]);
  await held.reached;
  // Two polls, two slices of the next batch: the registry is away for the second.
  await kafka.produce(started.input, [record(good, 1), record(odd, 2)]);
  await started.until('both are queued', () => polled === 3);
  held.open();
  await started.until('it has waited for the schema twice', () => asked >= 4);
  answerOdd = json(200, { schema: order.schema });
  await started.committed(3);
  expect(started.handled).toEqual([0, 1, 2]);
});

interface Reading extends Running {
  readonly input: string;
  readonly handled: number[];
}

/** A processor that keeps the orders' ids, and sends what it cannot decode to its dead letters. */
async function reading(
  more: Partial<Story> = {},
  options: Parameters<typeof running>[1] = {},
  partitions = 1,
): Promise<{ readonly started: Reading; readonly deadLetters: string }> {
  const [input, name] = [await kafka.topic('orders', partitions), uniqueName('reading')];
  const deadLetters = `${name}.dlq`;
  await kafka.createTopic(deadLetters);
  const handled: number[] = [];
  const handle: Handle = ({ value }) => void handled.push(idOf(value));
  const onError = { decode: { policy: 'dead-letter' } } as const;
  const made = topology({ name, input, inputValue: order, onError, handle, ...more });
  const started = await running(made, { registry, ...options });
  return { started: Object.assign(started, { input, handled }), deadLetters };
}

function record(schemaId: number, id: number): { readonly value: Uint8Array } {
  return { value: framed(schemaId, id) };
}

/** An order as its schema's writers frame it; ids below 64 take one byte. */
function framed(schemaId: number, id: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeInt32BE(schemaId, 1);
  bytes.writeUInt8(id * 2, 5);
  return bytes;
}

/** The stories' records are typed as texts; these are orders. */
function idOf(value: unknown): number {
  return (value as { readonly id: number }).id;
}

function json(status: number, body: object): Answer {
  return (outgoing) => outgoing.writeHead(status).end(JSON.stringify(body));
}
