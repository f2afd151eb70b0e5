// How the frame proxy takes a stream of bytes apart; what it does with frames is tried on a real broker (test/kafka).

import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { apiName } from './frame-proxy/api.js';
import { ByteReader } from './frame-proxy/byte-reader.js';
import { type Frame, nextRequest, nextResponse } from './frame-proxy/frame.js';
import { FrameLog } from './frame-proxy/frame-log.js';
import { ActiveRule, type Match } from './frame-proxy/rule.js';

const requests = fc.array(
  fc.record({
    key: fc.constantFrom(0, 22, 24, 25, 26, 28, 68, 999),
    version: fc.nat(20),
    correlationId: fc.nat(),
    clientId: fc.option(fc.string({ unit: 'grapheme', maxLength: 20 })),
    body: fc.uint8Array({ maxLength: 100 }),
  }),
  { minLength: 1, maxLength: 8 },
);

test('however a stream is cut into pieces, the same requests come out of it', async () => {
  await fc.assert(
    fc.asyncProperty(requests, fc.infiniteStream(fc.integer({ min: 1, max: 40 })), async (wanted, sizes) => {
      const bytes = Buffer.concat(wanted.map(requestBytes));
      const stream = new PassThrough();
      for (let at = 0; at < bytes.length; ) {
        const end = at + (sizes.next().value ?? 1);
        stream.write(bytes.subarray(at, end));
        at = end;
      }
      stream.end();
      const reader = new ByteReader(stream);
      for (const { key, version, correlationId, clientId, body } of wanted) {
        const arrival = await nextRequest(reader, 7);
        expect(arrival?.frame).toMatchObject({ apiVersion: version, correlationId, clientId, connection: 7 });
        expect(arrival?.frame.api).toBe(apiName(key));
        expect(arrival?.frame.bytes).toBe(requestBytes({ key, version, correlationId, clientId, body }).length);
        expect(arrival?.remaining).toBe(body.length);
        expect(await reader.exactly(body.length)).toEqual(Buffer.from(body));
      }
      expect(await nextRequest(reader, 7)).toBeUndefined();
    }),
  );
});

test('an answer is known by its question', async () => {
  const stream = new PassThrough();
  stream.end(Buffer.from([0, 0, 0, 6, 0, 0, 0, 42, 9, 9]));
  const asked = [frame({ correlationId: 41, api: 'Fetch' }), frame({ correlationId: 42, api: 'EndTxn' })];
  const reader = new ByteReader(stream);
  const arrival = await nextResponse(reader, (id) => asked.find(({ correlationId }) => correlationId === id) as Frame);
  expect(arrival?.frame).toMatchObject({ api: 'EndTxn', direction: 'response', bytes: 10 });
  expect(arrival?.remaining).toBe(2);
});

test('a stream that ends within a frame has ended', async () => {
  const stream = new PassThrough();
  stream.end(
    requestBytes({ key: 26, version: 1, correlationId: 1, clientId: 'x', body: new Uint8Array(9) }).subarray(0, 12),
  );
  expect(await nextRequest(new ByteReader(stream), 1)).toBeUndefined();
});

test('a frame of 64 MiB in pieces of 1 KiB is put together in one go', async () => {
  const size = 64 * 1024 * 1024;
  const stream = new PassThrough({ highWaterMark: 1024 * 1024 });
  const piece = Buffer.alloc(1024, 5);
  const feeding = (async () => {
    for (let at = 0; at < size; at += piece.length)
      if (!stream.write(piece)) await new Promise<void>((resolve) => void stream.once('drain', () => resolve()));
    stream.end();
  })();
  const startedAt = performance.now();
  const whole = await new ByteReader(stream).exactly(size);
  await feeding;
  expect(whole?.length).toBe(size);
  expect(whole?.lastIndexOf(5)).toBe(size - 1);
  // To copy all that is there with each of the 65,536 pieces would move two terabytes.
  expect(performance.now() - startedAt).toBeLessThan(15_000);
});

test.each<{ what: string; match: Match; taken: number[] }>([
  { what: 'the first one', match: {}, taken: [1] },
  { what: 'the third one', match: { nth: 3 }, taken: [3] },
  { what: 'two from the second on', match: { nth: 2, times: 2 }, taken: [2, 3] },
  { what: 'those of a pattern', match: { clientId: /^even/g, times: 9 }, taken: [2, 4] },
  { what: 'those of a client', match: { clientId: 'odd', times: 9 }, taken: [1, 3, 5] },
  { what: 'those of several apis', match: { api: ['Fetch', 'EndTxn'], nth: 2, times: 9 }, taken: [2, 3, 4, 5] },
  { what: 'of another direction none', match: { direction: 'response' }, taken: [] },
  { what: 'of another api none', match: { api: 'Produce' }, taken: [] },
  { what: 'of another connection none', match: { connection: 2 }, taken: [] },
])('a rule takes $what', ({ match, taken }) => {
  const rule = new ActiveRule(match, { kind: 'drop' });
  const frames = [1, 2, 3, 4, 5].map((n) => frame({ correlationId: n, clientId: n % 2 === 0 ? 'even' : 'odd' }));
  expect(frames.filter((one) => rule.take(one)).map(({ correlationId }) => correlationId)).toEqual(taken);
  expect(rule.frames.map(({ correlationId }) => correlationId)).toEqual(taken);
});

test('a rule that has ended takes nothing, and tells who waits for it', async () => {
  const rule = new ActiveRule({ api: 'EndTxn' }, { kind: 'drop' });
  rule.end();
  expect(rule.take(frame({ api: 'EndTxn' }))).toBe(false);
  await expect(rule.applied).rejects.toThrow('the rule «drop EndTxn request» has ended');
});

test('a log that is full forgets its beginning, and says so', () => {
  const log = new FrameLog(10);
  for (let n = 1; n <= 1000; n++) log.frame(frame({ correlationId: n }), 'forwarded');
  expect(log.lines.length).toBeLessThanOrEqual(11);
  expect(log.lines[0]).toMatch(/^\(\d+ lines before these are forgotten\)$/);
  expect(log.lines.at(-1)).toMatch(/^ +\d+\.\d{3} s {2}#1 → EndTxn v1 1000 orders\/0 48 B {2}forwarded$/);
  expect(log.seen({ api: 'EndTxn' }).at(-1)?.correlationId).toBe(1000);
});

function frame(parts: Partial<Frame>): Frame {
  return {
    direction: 'request',
    api: 'EndTxn',
    apiVersion: 1,
    correlationId: 1,
    clientId: 'orders/0',
    bytes: 48,
    connection: 1,
    ...parts,
  };
}

interface RequestParts {
  readonly key: number;
  readonly version: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  readonly body: Uint8Array;
}

function requestBytes({ key, version, correlationId, clientId, body }: RequestParts): Buffer {
  const name = Buffer.from(clientId ?? '');
  const bytes = Buffer.alloc(14 + name.length + body.length);
  bytes.writeInt32BE(bytes.length - 4, 0);
  bytes.writeInt16BE(key, 4);
  bytes.writeInt16BE(version, 6);
  bytes.writeInt32BE(correlationId, 8);
  bytes.writeInt16BE(clientId === null ? -1 : name.length, 12);
  name.copy(bytes, 14);
  bytes.set(body, 14 + name.length);
  return bytes;
}
