// `processor doctor` as a user has it, where a lot is missing: that is when it is asked.

import { symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { freePort } from '../../../src/embedded/kafka/free-port.js';
import { cli, project } from '../support.js';

interface Examined {
  readonly subject: string;
  readonly state: string;
  readonly says: string;
  readonly code?: string;
}

async function examined(cwd: string, env: Readonly<Record<string, string>>, args: readonly string[] = []) {
  const { stdout, stderr, code } = await cli(['doctor', '--json', ...args], { cwd, env });
  const { examined: found } = JSON.parse(stdout) as { readonly examined: readonly Examined[] };
  return { stdout, stderr, code, of: (subject: string) => found.find((one) => one.subject === subject) };
}

test('an empty folder and no Kafka: all is looked at, and nothing is bad', async () => {
  const folder = await project({});
  const { stdout, stderr, code } = await cli(['doctor'], { cwd: folder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const line of [
    /^✔ Node\.js +v?\d+\.\d+\.\d+ \(it takes 20\.19 or newer\)$/m,
    /^✔ thread pool +128 threads$/m,
    /^✔ Kafka client +librdkafka \d+\.\d+\.\d+ with ssl, /m,
    /^! TypeScript +not installed here: nobody checks types\n +Install it: npm install --save-dev typescript$/m,
    /^✔ configuration +no config file$/m,
    /^✔ Kafka +none is named/m,
    /^✔ registry +none is named/m,
  ])
    expect(stdout).toMatch(line);
});

test('without Java and jars, with brokers and a registry that are not there, and no secret in what is said', async () => {
  const folder = await project({ 'tsconfig.json': '{}' });
  await symlink(
    fileURLToPath(new URL('../../../node_modules/typescript', import.meta.url)),
    join(folder, 'node_modules/typescript'),
  );
  const port = await freePort();
  const { of, code, stdout, stderr } = await examined(folder, {
    JAVA_HOME: folder,
    XDG_CACHE_HOME: folder,
    UV_THREADPOOL_SIZE: '4',
    KAFKA_BROKERS: `127.0.0.1:${port},no-such-host.invalid:9092`,
    KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
    KAFKA_SASL_MECHANISM: 'PLAIN',
    KAFKA_SASL_USERNAME: 'alice',
    KAFKA_SASL_PASSWORD: 'hunter2',
    SCHEMA_REGISTRY_URL: `http://bob:hunter3@127.0.0.1:${port}`,
  });
  expect({ code, stderr }).toEqual({ code: 4, stderr: '' });
  expect(of('TypeScript')?.state).toBe('good');
  expect(of('thread pool')?.state).toBe('doubtful');
  expect(of('Java')).toMatchObject({
    state: 'good',
    says: expect.stringContaining('has no bin/java; only the embedded'),
  });
  expect(of(`broker 127.0.0.1:${port}`)).toMatchObject({ state: 'bad', code: 'PRC_BROKER_UNREACHABLE' });
  expect(of('broker no-such-host.invalid:9092')?.says).toMatch(/ENOTFOUND|EAI_AGAIN|look-up/);
  expect(of('registry')).toMatchObject({ state: 'bad', code: 'PRC_REGISTRY_UNREACHABLE' });
  expect(stdout).not.toMatch(/hunter/);
});

test('something else than a broker behind the port: the name and the connection are good, the answer is not', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as { readonly port: number };
    const { of, code } = await examined(await project({}), {}, ['-b', `127.0.0.1:${port}`]);
    expect(code).toBe(4);
    expect(of(`broker 127.0.0.1:${port}`)?.says).toMatch(/^connected in \d+ ms$/);
    expect(of('Kafka')).toMatchObject({ state: 'bad', code: 'PRC_BROKER_UNREACHABLE' });
  } finally {
    server.close();
  }
});

test('without the addon of the client: what to do about it is said, and all else is looked at', async () => {
  const folder = await project({
    'broken.cjs': `const Module = require('node:module');
const load = Module._load;
Module._load = (name, ...more) => {
  if (name === '@confluentinc/kafka-javascript') throw new Error('no bindings file');
  return load(name, ...more);
};`,
  });
  const { of, code, stderr } = await examined(folder, { NODE_OPTIONS: `--require ${join(folder, 'broken.cjs')}` });
  expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
  expect(of('Kafka client')).toMatchObject({ state: 'bad', code: 'PRC_CLIENT_MISSING' });
  expect(of('configuration')?.state).toBe('good');
});

test('a config file that cannot be read is a line, too', async () => {
  const folder = await project({ 'processor.config.ts': 'export default {' });
  const { of, code } = await examined(folder, {});
  expect(code).toBe(3);
  expect(of('configuration')).toMatchObject({ state: 'bad', code: 'PRC_MODULE_UNREADABLE' });
});
