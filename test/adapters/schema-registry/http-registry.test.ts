// The adapter against the embedded registry, with a small gate in front of it that counts, delays, fails and redirects.

import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { httpRegistry } from '../../../src/adapters/schema-registry/http-registry.js';
import { LruTexts } from '../../../src/adapters/schema-registry/lru-texts.js';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../../src/embedded/schema-registry/server.js';
import { answerWith, type Gate, openGate, type Rule } from './gate.js';

let registry: EmbeddedRegistry;
let gate: Gate;
beforeAll(async () => {
  registry = await startEmbeddedRegistry();
  // The first one gets the id 1.
  await httpRegistry({ url: registry.url }).register('s', schema);
});
afterAll(() => registry.stop());
beforeEach(async () => {
  gate = await openGate(registry.url);
});
afterEach(() => gate.close());

const schema = '{"type":"record","name":"R","fields":[]}';
const quick = { backoffMs: 1, timeoutMs: 2000 };

describe('a schema by its id', () => {
  test('is fetched once, however many ask, and then known', async () => {
    const client = httpRegistry({ url: gate.url, ...quick });
    const id = await client.register('s', schema);
    gate.seen.length = 0;
    const answers = await Promise.all(Array.from({ length: 100 }, () => client.schemaById(id)));
    expect(new Set(answers)).toEqual(new Set([schema]));
    expect(await client.schemaById(id)).toBe(schema);
    expect(gate.seen).toEqual([`GET /schemas/ids/${id}`]);
  });

  test('that was not found may be registered later', async () => {
    const client = httpRegistry({ url: gate.url, ...quick });
    const id = (await client.register('s', schema)) + 1000;
    expect(await client.schemaById(id)).toBeUndefined();
    expect(await client.schemaById(id)).toBeUndefined();
    expect(gate.seen.filter((line) => line.includes(`${id}`))).toHaveLength(2);
  });

  test('a hundred invented ids are at most eight requests at a time', async () => {
    // Those that are held wait for their turn, however slow the machine is: none is given up and made again.
    const client = httpRegistry({ url: gate.url, ...quick, timeoutMs: 60_000 });
    const held: (() => void)[] = [];
    const ids = Array.from({ length: 100 }, (_, i) => 1_000_000 + i);
    for (const _ of ids) gate.rules.push((_in, _out, forward) => held.push(forward));
    const answers = Promise.all(ids.map((id) => client.schemaById(id)));
    for (let passed = 0; passed < ids.length; passed++) {
      await vi.waitFor(() => expect(held.length).toBeGreaterThanOrEqual(Math.min(8, ids.length - passed)), 20_000);
      held.shift()?.();
    }
    expect((await answers).every((answer) => answer === undefined)).toBe(true);
    expect(gate.atOnceMax).toBe(8);
  });

  test('the texts that were used last are kept, as many as have room', () => {
    const texts = new LruTexts(10);
    texts.set(1, 'aaaa');
    texts.set(2, 'bbbb');
    expect(texts.get(1)).toBe('aaaa');
    texts.set(3, 'cccc');
    expect([texts.get(1), texts.get(2), texts.get(3)]).toEqual(['aaaa', undefined, 'cccc']);
    texts.set(3, 'c');
    texts.set(4, 'ddddd');
    expect([texts.get(1), texts.get(3), texts.get(4)]).toEqual(['aaaa', 'c', 'ddddd']);
    texts.set(5, 'e'.repeat(11));
    expect([1, 3, 4, 5].map((id) => texts.get(id))).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe('a conflict at registration', () => {
  test.each([
    ['over a schema that is there now', schema],
    [
      'over its subject, which is free now',
      '{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":0}]}',
    ],
  ])('%s is no incompatibility', async (_story, text) => {
    gate.rules.push(answerWith(409, { error_code: 409, message: 'already exists' }));
    const client = httpRegistry({ url: gate.url, ...quick });
    expect(await client.register('s', text)).toBe(await client.idOf('s', text));
  });
});

describe('a registry in trouble', () => {
  test.each([503, 500, 429])('an answer %i is asked for again', async (status) => {
    gate.rules.push(answerWith(status, { error_code: 50001, message: 'not now' }), answerWith(status));
    const client = httpRegistry({ url: gate.url, ...quick });
    expect(await client.register('s', schema)).toBeGreaterThan(0);
    expect(gate.seen).toHaveLength(3);
  });

  test('a connection that is cut is tried again', async () => {
    gate.rules.push((incoming) => incoming.socket.destroy());
    expect(await httpRegistry({ url: gate.url, ...quick }).register('s', schema)).toBeGreaterThan(0);
  });

  test('after its attempts it is unreachable, with the reason', async () => {
    for (let i = 0; i < 3; i++) gate.rules.push(answerWith(503, { error_code: 50003, message: 'no leader' }));
    const client = httpRegistry({ url: gate.url, ...quick, attempts: 3 });
    await expect(client.schemaById(1)).rejects.toThrow(
      expect.objectContaining({
        code: 'PRC_REGISTRY_UNREACHABLE',
        message: expect.stringMatching(/after 3 attempts: no leader \(HTTP 503\)$/),
      }),
    );
    // The failure was not the schema's: the next record asks again.
    expect(await client.schemaById(1)).toBeDefined();
  });

  test('nobody there', async () => {
    await gate.close();
    const client = httpRegistry({ url: gate.url, ...quick, attempts: 2 });
    await expect(client.idOf('s', schema)).rejects.toThrow(
      expect.objectContaining({ code: 'PRC_REGISTRY_UNREACHABLE', message: expect.stringContaining('ECONNREFUSED') }),
    );
  });

  test('a server that takes the request and says nothing', async () => {
    for (let i = 0; i < 2; i++) gate.rules.push(() => {});
    const client = httpRegistry({ url: gate.url, backoffMs: 1, timeoutMs: 50, attempts: 2 });
    await expect(client.schemaById(1)).rejects.toThrow(/after 2 attempts: no answer within 50 ms/);
  });

  test('one that stops in the middle of its answer', async () => {
    gate.rules.push((_incoming, outgoing) => outgoing.writeHead(200).write('{"schema":'));
    const client = httpRegistry({ url: gate.url, backoffMs: 1, timeoutMs: 50, attempts: 1 });
    await expect(client.schemaById(1)).rejects.toThrow(expect.objectContaining({ code: 'PRC_REGISTRY_UNREACHABLE' }));
  });

  test('an answer without end', async () => {
    gate.rules.push((_incoming, outgoing) => {
      outgoing.writeHead(200);
      const more = () => {
        if (!outgoing.destroyed) outgoing.write(Buffer.alloc(1024 * 1024, 0x20), () => setImmediate(more));
      };
      more();
    });
    const client = httpRegistry({ url: gate.url, ...quick, attempts: 1 });
    await expect(client.schemaById(1)).rejects.toThrow(/larger than 4194304 bytes/);
  });
});

describe('an answer that is not the registry’s', () => {
  test.each([
    ['a page of a proxy', 404, '<html>not here</html>'],
    ['another service', 404, '{"error_code":404,"message":"HTTP 404 Not Found"}'],
    ['something else altogether', 200, '<html>hello</html>'],
    ['a refusal of something in between', 400, '{"error":"bad gateway"}'],
  ])('%s is not an unknown id, and is asked again', async (_story, status, text) => {
    const answer: Rule = (_incoming, outgoing) => outgoing.writeHead(status).end(text);
    gate.rules.push(answer, answer);
    const client = httpRegistry({ url: gate.url, ...quick, attempts: 2 });
    await expect(client.schemaById(1)).rejects.toThrow(expect.objectContaining({ code: 'PRC_REGISTRY_UNREACHABLE' }));
    expect(gate.seen).toHaveLength(2);
    expect(await client.schemaById(1)).toBe(schema);
  });

  test('a redirect is not followed, and the login does not go with it', async () => {
    const elsewhere = await openGate(registry.url);
    gate.rules.push((_incoming, outgoing) =>
      outgoing.writeHead(307, { location: `${elsewhere.url}/schemas/ids/1` }).end(),
    );
    const client = httpRegistry({ url: gate.url, ...quick, attempts: 1, basicAuth: 'user:word' });
    await expect(client.schemaById(1)).rejects.toThrow(
      expect.objectContaining({
        code: 'PRC_REGISTRY_UNREACHABLE',
        message: expect.stringContaining('redirects (307)'),
      }),
    );
    expect(elsewhere.seen).toEqual([]);
    await elsewhere.close();
  });
});

describe('a schema that cannot be used', () => {
  test.each([
    [{ schema, references: [{ name: 'A', subject: 'a', version: 1 }] }, 'refers to schemas of other subjects'],
    [{ schema, references: 'a' }, 'refers to schemas of other subjects'],
    [{ schema: 1 }, 'has no schema for it'],
    [{}, 'has no schema for it'],
  ])('%j is a matter of its records', async (body, reason) => {
    gate.rules.push(answerWith(200, body));
    await expect(httpRegistry({ url: gate.url, ...quick }).schemaById(1)).rejects.toThrow(
      expect.objectContaining({ code: 'PRC_SCHEMA_UNREADABLE', message: expect.stringContaining(reason) }),
    );
    expect(gate.seen).toHaveLength(1);
  });
});

describe('a schema that the registry does not take', () => {
  const refusal = { error_code: 42205, message: 'Subject s is in read-only mode' };

  test('is a matter of the schema and its subject, not of the login', async () => {
    gate.rules.push(answerWith(422, refusal));
    await expect(httpRegistry({ url: gate.url, ...quick }).register('s', schema)).rejects.toThrow(
      expect.objectContaining({
        code: 'PRC_SCHEMA_REFUSED',
        message: "the registry does not take the schema for the subject 's': Subject s is in read-only mode (HTTP 422)",
      }),
    );
    expect(gate.seen).toHaveLength(1);
  });

  test('also where it is only looked up', async () => {
    gate.rules.push(answerWith(422, { error_code: 42201, message: 'Invalid schema' }));
    await expect(httpRegistry({ url: gate.url, ...quick }).idOf('s', schema)).rejects.toThrow(
      expect.objectContaining({ code: 'PRC_SCHEMA_REFUSED' }),
    );
  });
});

describe('the login', () => {
  const locked: Rule = (incoming, outgoing, forward) => {
    gate.rules.push(locked);
    if (incoming.headers.authorization === `Basic ${Buffer.from('user:p%a:ss').toString('base64')}`) forward();
    else answerWith(401, { error_code: 401, message: 'Unauthorized' })(incoming, outgoing, forward);
  };

  test('is sent, from its option or from the address', async () => {
    gate.rules.push(locked);
    const { host } = new URL(gate.url);
    expect(
      await httpRegistry({ url: gate.url, basicAuth: 'user:p%a:ss', ...quick }).idOf('nobody', schema),
    ).toBeUndefined();
    expect(
      await httpRegistry({ url: `http://user:p%25a%3Ass@${host}`, ...quick }).idOf('nobody', schema),
    ).toBeUndefined();
  });

  test('that may not do it (403) is a refusal, whoever says so', async () => {
    gate.rules.push((_incoming, outgoing) => outgoing.writeHead(403).end('<html>no</html>'));
    await expect(httpRegistry({ url: gate.url, ...quick }).schemaById(1)).rejects.toThrow(
      expect.objectContaining({ code: 'PRC_REGISTRY_REFUSED', message: expect.stringContaining('HTTP 403') }),
    );
    expect(gate.seen).toHaveLength(1);
  });

  test('that is wrong is a refusal, at once', async () => {
    gate.rules.push(locked);
    await expect(
      httpRegistry({ url: gate.url, basicAuth: 'user:wrong', ...quick }).register('s', schema),
    ).rejects.toThrow(
      expect.objectContaining({
        code: 'PRC_REGISTRY_REFUSED',
        message: expect.stringContaining('Unauthorized (HTTP 401)'),
      }),
    );
    expect(gate.seen).toHaveLength(1);
  });

  test('is in no error', async () => {
    const { host } = new URL(gate.url);
    const secret = 'canary-7f3a';
    const base64 = Buffer.from(`user:${secret}`).toString('base64');
    gate.rules.push(answerWith(401), answerWith(302), answerWith(503), (incoming) => incoming.socket.destroy());
    const client = httpRegistry({ url: `http://user:${secret}@${host}/?key=${secret}`, ...quick, attempts: 1 });
    const errors = [];
    for (let i = 0; i < 4; i++) errors.push(await client.schemaById(1).catch((error: unknown) => error));
    for (const url of [`htp//user:${secret}@x`, `ftp://user:${secret}@x`]) {
      try {
        httpRegistry({ url });
      } catch (error) {
        errors.push(error);
      }
    }
    expect(errors).toHaveLength(6);
    for (const error of errors) {
      expect(error).toBeInstanceOf(Error);
      const everything = inspect(error, { depth: 10, showHidden: true });
      expect(everything).not.toContain(secret);
      expect(everything).not.toContain(base64);
    }
    expect(inspect(client, { depth: 10, showHidden: true })).not.toContain(base64);
  });
});

describe('the address', () => {
  test('may have a path of its own', async () => {
    const client = httpRegistry({ url: `${gate.url}/apis/ccompat/v7/`, ...quick, attempts: 1 });
    await expect(client.schemaById(1)).rejects.toThrow(expect.objectContaining({ code: 'PRC_REGISTRY_UNREACHABLE' }));
    expect(gate.seen).toEqual(['GET /apis/ccompat/v7/schemas/ids/1']);
  });

  test.each(['', 'nonsense', 'ftp://127.0.0.1'])("'%s' is refused", (url) => {
    expect(() => httpRegistry({ url })).toThrow(expect.objectContaining({ code: 'PRC_REGISTRY_URL_INVALID' }));
  });
});
