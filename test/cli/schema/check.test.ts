// `processor schema check` and `schema register` as a user has them, with the embedded registry.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { httpRegistry } from '../../../src/adapters/schema-registry/http-registry.js';
import { registrySubjects } from '../../../src/adapters/schema-registry/subjects.js';
import { reported } from '../support.js';
import { dueSchema, orderSchema, registry, schemaCommand, shop } from './shop.js';

const vip = { name: 'vip', type: 'boolean' };
const vipWithDefault = { ...vip, default: false };

test('from nothing to registered: what is written is registered once, what is only read is left to its writer', async () => {
  const { url } = await registry();
  const run = schemaCommand(await shop(), url);
  const names = () => registrySubjects({ url }).names();

  expect(await run('check')).toMatchObject({
    code: 0,
    stderr: '',
    stdout: `new  dues-key      written  would be version 1
new  dues-value    written  would be version 1
new  orders-value  read     nothing is registered yet
`,
  });
  expect(await run('register', '--dry-run')).toMatchObject({
    code: 0,
    stdout: `left            orders-value  only read here: its writer registers it
would register  dues-key
would register  dues-value
`,
  });
  expect(await names()).toEqual([]);

  expect(await run('register', 'bill')).toMatchObject({
    code: 0,
    stdout: `left        orders-value  only read here: its writer registers it
registered  dues-key      version 1, id 1
registered  dues-value    version 1, id 2
`,
  });
  expect((await registrySubjects({ url }).latest('dues-value'))?.schema).toBe(JSON.stringify(dueSchema()));
  expect(JSON.parse((await run('register', '--inputs', '--json')).stdout)).toEqual({
    schemas: [
      { subject: 'dues-key', outcome: 'exists', version: 1, id: 1 },
      { subject: 'dues-value', outcome: 'exists', version: 1, id: 2 },
      { subject: 'orders-value', outcome: 'registered', version: 1, id: 3 },
    ],
  });
  expect(JSON.parse((await run('check', '--json')).stdout)).toEqual({
    schemas: [
      { subject: 'dues-key', topic: 'dues', part: 'key', use: 'write', state: 'registered', version: 1, id: 1 },
      { subject: 'dues-value', topic: 'dues', part: 'value', use: 'write', state: 'registered', version: 1, id: 2 },
      { subject: 'orders-value', topic: 'orders', part: 'value', use: 'read', state: 'registered', version: 1, id: 3 },
    ],
  });
}, 120_000);

test('a change that breaks readers: check says why, and register leaves everything as it was', async () => {
  const { url } = await registry();
  const client = httpRegistry({ url });
  await client.register('dues-value', JSON.stringify(dueSchema()));
  await client.register('orders-value', JSON.stringify(orderSchema([vip])));
  const run = schemaCommand(await shop({ due: [vip] }), url);

  const checked = await run('check');
  expect(checked.code).toBe(3);
  expect(checked.stdout).toMatch(
    /^new {11}dues-key {6}written {2}would be version 1\nincompatible {2}dues-value {4}written {2}would be refused\n {4}\S.*shop\.Due\.vip.*\nreadable {6}orders-value {2}read {5}version 1, id 2\n$/,
  );
  expect(checked.stderr).toMatch(/^PRC_SCHEMA_CHECK_FAILED 1 of 3 schemas .*: dues-value\n {2}fix/);

  const refused = await run('register', '--json');
  expect(refused.code).toBe(3);
  expect(JSON.parse(refused.stdout)).toMatchObject({
    schemas: [
      { subject: 'dues-key', state: 'new' },
      { subject: 'dues-value', state: 'incompatible', reasons: [expect.stringContaining('shop.Due.vip')] },
    ],
  });
  expect(reported(refused).code).toBe('PRC_SCHEMA_CHECK_FAILED');
  expect(await registrySubjects({ url }).names()).toEqual(['dues-value', 'orders-value']);

  const mended = schemaCommand(await shop({ due: [vipWithDefault] }), url);
  expect((await mended('check')).stdout).toMatch(/compatible {2}dues-value {4}written {2}would be the next version\n/);
  expect((await mended('register')).stdout).toMatch(/registered {2}dues-value {4}version 2, id 4\n/);
}, 120_000);

test('what others write to a topic that is only read here must be readable', async () => {
  const { url } = await registry();
  await httpRegistry({ url }).register('orders-value', JSON.stringify(orderSchema()));
  const checked = await schemaCommand(await shop({ order: [vip] }), url)('check');
  expect(checked.code).toBe(3);
  expect(checked.stdout).toMatch(/\nunreadable {2}orders-value {2}read {5}version 1, id 1\n {4}.*vip.*\n$/);
}, 60_000);

describe('a registry that is none, or gives no answer', () => {
  test('none is configured: what needs it is named', async () => {
    const run = schemaCommand(await shop());
    const refused = await run('check', '--json');
    expect(refused.code).toBe(3);
    expect(reported(refused)).toMatchObject({
      code: 'PRC_REGISTRY_MISSING',
      message: expect.stringContaining("the key of the topic 'dues' is Avro"),
    });
    expect(await run('check', 'plain', '--json')).toMatchObject({ code: 0, stdout: '{"schemas":[]}\n' });
  }, 60_000);

  test.each([
    ['a page', 200, '<html>hello</html>', 4, 'PRC_REGISTRY_UNREACHABLE'],
    ['a login that it does not take', 401, '{"error_code":40101,"message":"Unauthorized"}', 1, 'PRC_REGISTRY_REFUSED'],
    ['a schema that it does not take', 422, '{"error_code":42201,"message":"no"}', 3, 'PRC_SCHEMA_REFUSED'],
  ])(
    '%s',
    async (_what, status, text, exitCode, code) => {
      const server = createServer((_incoming, outgoing) => outgoing.writeHead(status).end(text));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      try {
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        const ended = await schemaCommand(await shop(), url)('register', '--json');
        expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: exitCode, stdout: '' });
        expect(reported(ended).code).toBe(code);
        expect(reported(ended).hint.length).toBeGreaterThan(20);
      } finally {
        server.close();
      }
    },
    60_000,
  );
});
