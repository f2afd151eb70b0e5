// What tools ask a registry, where the answers are not those of a registry in good order. What a good one answers is in
// test/embedded/schema-registry/registry-suite.ts, which all registries pass.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { httpRegistry } from '../../../src/adapters/schema-registry/http-registry.js';
import { registrySubjects } from '../../../src/adapters/schema-registry/subjects.js';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../../src/embedded/schema-registry/server.js';
import { answerWith, type Gate, openGate } from './gate.js';

const schema = '{"type":"record","name":"R","fields":[]}';
const quick = { backoffMs: 1, timeoutMs: 2000, attempts: 2 };

let registry: EmbeddedRegistry;
let gate: Gate;
beforeAll(async () => {
  registry = await startEmbeddedRegistry();
  await httpRegistry({ url: registry.url }).register('s', schema);
});
afterAll(() => registry.stop());
beforeEach(async () => {
  gate = await openGate(registry.url);
});
afterEach(() => gate.close());

const subjects = () => registrySubjects({ url: gate.url, ...quick });
const code = (name: string, part = '') =>
  expect.objectContaining({ code: name, message: expect.stringContaining(part) as string });

describe('whether a schema would be taken', () => {
  const other = '{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}';

  test('the registry gives its reasons', async () => {
    expect(await subjects().objections('s', schema)).toEqual([]);
    expect(await subjects().objections('s', other)).toEqual([expect.stringContaining('R.a')]);
  });

  test.each([404, 405])('one that only compares with a version (%i) is asked for the latest', async (status) => {
    gate.rules.push(answerWith(status, { error_code: status, message: 'HTTP error' }));
    expect(await subjects().objections('s', other)).toEqual([expect.stringContaining('R.a')]);
    expect(gate.seen).toEqual([
      'POST /compatibility/subjects/s/versions?verbose=true',
      'POST /compatibility/subjects/s/versions/latest?verbose=true',
    ]);
  });

  test('the reasons come as a list, as one, or not at all', async () => {
    const no = (answer: object) => gate.rules.push(answerWith(200, { is_compatible: false, ...answer }));
    for (const [given, reasons] of [
      [{ messages: ['a', 'b'] }, ['a', 'b']],
      [{ reason: 'c' }, ['c']],
      [{}, ['it is not compatible with what the subject holds; no reason is given']],
    ] as const) {
      no(given);
      no(given);
      expect(await subjects().objections('s', other)).toEqual(reasons);
    }
  });

  test('what is wrong with the schema itself is a reason', async () => {
    const refusal = answerWith(422, { error_code: 42201, message: 'no schema' });
    gate.rules.push(refusal, refusal);
    expect(await subjects().objections('s', other)).toEqual(['no schema (HTTP 422)']);
  });

  test.each([
    ['BACKWARD', []],
    ['BACKWARD_TRANSITIVE', ['it does not fit version 1']],
  ])('one that compares with all versions whatever the level says, where that is %s', async (level, reasons) => {
    gate.rules.push(
      answerWith(200, { is_compatible: false, reason: 'it does not fit version 1' }),
      answerWith(200, { is_compatible: true }),
      answerWith(404, { error_code: 40408, message: 'no level of its own' }),
      answerWith(200, { compatibilityLevel: level }),
    );
    expect(await subjects().objections('s', other)).toEqual(reasons);
    expect(gate.seen.slice(2)).toEqual(['GET /config/s', 'GET /config']);
  });

  test('one that compares with nothing has not said that it fits', async () => {
    const nothing = answerWith(404, { error_code: 404, message: 'HTTP 404 Not Found' });
    gate.rules.push(nothing, nothing);
    await expect(subjects().objections('s', schema)).rejects.toThrow(code('PRC_REGISTRY_REFUSED', 'HTTP 404'));
  });

  test('no verdict is none', async () => {
    gate.rules.push(answerWith(200, { messages: [] }));
    await expect(subjects().objections('s', schema)).rejects.toThrow(code('PRC_REGISTRY_REFUSED', 'does not say'));
  });
});

describe('each question', () => {
  const questions = {
    names: () => subjects().names(),
    find: () => subjects().find('s', schema),
    latest: () => subjects().latest('s'),
    objections: () => subjects().objections('s', schema),
  };

  for (const [name, ask] of Object.entries(questions))
    describe(name, () => {
      test('asked of a page', async () => {
        const page = () => gate.rules.push((_incoming, outgoing) => outgoing.writeHead(200).end('<html>hello</html>'));
        page();
        page();
        await expect(ask()).rejects.toThrow(code('PRC_REGISTRY_UNREACHABLE', 'not one of a registry'));
      });

      test('with a wrong login', async () => {
        gate.rules.push(answerWith(401, { error_code: 40101, message: 'Unauthorized' }));
        await expect(ask()).rejects.toThrow(code('PRC_REGISTRY_REFUSED', 'Unauthorized (HTTP 401)'));
        expect(gate.seen).toHaveLength(1);
      });

      test('of a registry in trouble, which gets over it', async () => {
        gate.rules.push(answerWith(503));
        await expect(ask()).resolves.toBeDefined();
      });

      test('of another service', async () => {
        gate.rules.push(answerWith(200, { hello: 'world' }));
        await expect(ask()).rejects.toThrow(code('PRC_REGISTRY_REFUSED'));
      });
    });
});

test('a registry that says nothing', async () => {
  gate.rules.push(
    () => {},
    () => {},
  );
  const slow = registrySubjects({ url: gate.url, backoffMs: 1, timeoutMs: 50, attempts: 2 });
  await expect(slow.names()).rejects.toThrow(code('PRC_REGISTRY_UNREACHABLE', 'no answer within 50 ms'));
});

test('a subject that is not there, and a schema that is not in it', async () => {
  expect(await subjects().latest('nobody')).toBeUndefined();
  expect(await subjects().find('nobody', schema)).toBeUndefined();
  expect(await subjects().find('s', '"int"')).toBeUndefined();
  expect(await subjects().objections('nobody', schema)).toEqual([]);
});

test('a schema that refers to others says so', async () => {
  gate.rules.push(
    answerWith(200, { id: 1, version: 2, schema, references: [{ name: 'A', subject: 'a', version: 1 }] }),
  );
  expect(await subjects().latest('s')).toEqual({ id: 1, version: 2, schema, hasReferences: true });
});

test('the login is in no message', async () => {
  const { host } = new URL(gate.url);
  gate.rules.push(answerWith(401, { error_code: 401, message: 'Unauthorized' }));
  const asked = registrySubjects({ url: `http://user:canary-7f3a@${host}`, ...quick });
  expect(asked.address).toBe(`http://${host}/`);
  const error: unknown = await asked.names().catch((reason: unknown) => reason);
  expect(String(error)).toContain(host);
  expect(String(error)).not.toContain('canary');
});
