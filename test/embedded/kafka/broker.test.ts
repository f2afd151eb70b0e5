import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  type EmbeddedKafka,
  type EmbeddedKafkaOptions,
  startEmbeddedKafka,
} from '../../../src/embedded/kafka/broker.js';
import { askBroker } from '../../../src/embedded/kafka/metadata-request.js';
import { writePidNote } from '../../../src/embedded/kafka/pid-file.js';
import { resolveBroker } from '../../../src/embedded/kafka/resolve-broker.js';
import { testBrokerProperties } from '../../support/kafka.js';
import { isAlive } from '../../support/process-alive.js';

let dataDir: string;
const cleanUps: (() => unknown)[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'processor-broker-test-'));
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  rmSync(dataDir, { recursive: true, force: true });
});

test('a broker answers as soon as it is started, says where its data lives, and takes them along when it stops', async () => {
  const lines: string[] = [];
  const kafka = await start({ log: (line) => lines.push(line) });
  expect(await askBroker(portOf(kafka))).toEqual({ clusterId: kafka.clusterId, brokerCount: 1 });
  expect(readFileSync(kafka.logFile, 'utf8')).toContain('Kafka Server started');
  expect(lines.join('\n')).toContain(`its data lives in ${kafka.dataDir} and is removed when it stops`);
  await kafka.stop();
  expect(isAlive(kafka.pid)).toBe(false);
  expect(existsSync(kafka.dataDir)).toBe(false);
});

test('data in a given folder outlive the broker, and it says how to wipe them', async () => {
  const lines: string[] = [];
  const first = await start({ dataDir, log: (line) => lines.push(line) });
  await first.stop();
  const second = await start({ dataDir });
  expect(second.clusterId).toBe(first.clusterId);
  expect(lines.join('\n')).toContain(`to wipe it: rm -rf ${dataDir}`);
});

test('two brokers at once share nothing', async () => {
  const [one, other] = await Promise.all([start({}), start({})]);
  expect(one.brokers).not.toBe(other.brokers);
  expect(one.clusterId).not.toBe(other.clusterId);
});

test('given properties reach the broker', async () => {
  const kafka = await start({ properties: { 'num.partitions': 7 } });
  expect(readFileSync(kafka.logFile, 'utf8')).toContain('num.partitions = 7');
});

test.runIf(process.platform === 'linux')('given options of the JVM reach it behind our own', async () => {
  const kafka = await start({ jvmOptions: ['-XX:TieredStopAtLevel=4'] });
  const words = readFileSync(`/proc/${kafka.pid}/cmdline`, 'utf8').split('\0');
  expect(words.filter((word) => word.startsWith('-XX:TieredStopAtLevel='))).toEqual([
    '-XX:TieredStopAtLevel=1',
    '-XX:TieredStopAtLevel=4',
  ]);
});

test('behind a proxy it listens for it on a port of its own, which a restart keeps, and sends clients to the proxy', async () => {
  const kafka = await start({ proxyPort: 19_092 });
  const proxied = kafka.proxied;
  const port = Number(proxied?.split(':').at(-1));
  expect(await askBroker(port)).toMatchObject({ clusterId: kafka.clusterId });
  expect(readFileSync(join(kafka.dataDir, 'server.properties'), 'utf8')).toContain('PROXIED://127.0.0.1:19092');
  await kafka.restart();
  expect(kafka.proxied).toBe(proxied);
  expect(await askBroker(port)).toMatchObject({ clusterId: kafka.clusterId });
});

test('where the wanted port is taken it listens on another one', async () => {
  const taken = await listen();
  const kafka = await start({ port: taken });
  expect(portOf(kafka)).not.toBe(taken);
  expect((await askBroker(portOf(kafka)))?.clusterId).toBe(kafka.clusterId);
});

test('after a kill it comes back on its data and port, under a new pid', async () => {
  const kafka = await start({ properties: testBrokerProperties });
  const { pid, brokers } = kafka;
  await kafka.kill();
  expect(isAlive(pid)).toBe(false);
  expect(await askBroker(portOf(kafka))).toBeUndefined();
  await kafka.restart();
  expect(kafka.brokers).toBe(brokers);
  expect(kafka.pid).not.toBe(pid);
  expect((await askBroker(portOf(kafka)))?.clusterId).toBe(kafka.clusterId);
});

test('a port that was taken while it was down is named', async () => {
  const kafka = await start({});
  await kafka.kill('SIGTERM');
  await listen(portOf(kafka));
  await expect(kafka.restart()).rejects.toThrow(/failed to bind to 127.0.0.1:\d+: Address already in use/);
});

test('a stopped broker stands still until it is continued', async () => {
  const kafka = await start({});
  await kafka.kill('SIGSTOP');
  expect(await askBroker(portOf(kafka), 300)).toBeUndefined();
  await kafka.kill('SIGCONT');
  await vi.waitFor(async () => expect(await askBroker(portOf(kafka))).toBeDefined(), 5_000);
});

test('a broker dies with an owner that is killed hard, and so do its temporary data', async () => {
  const owner = await startOwner();
  owner.process.kill('SIGKILL');
  await vi.waitFor(() => expect(isAlive(owner.pid)).toBe(false), 5_000);
  await vi.waitFor(() => expect(existsSync(owner.dataDir)).toBe(false), 5_000);
});

test('after its owner was killed hard, the same folder serves the next start at once', async () => {
  const owner = await startOwner(dataDir);
  const { clusterId } = (await askBroker(portOf(owner))) ?? {};
  owner.process.kill('SIGKILL');
  const kafka = await start({ dataDir });
  expect(isAlive(owner.pid)).toBe(false);
  expect(kafka.clusterId).toBe(clusterId);
});

test.each([
  ['of a process that is gone', () => ({ pid: 2 ** 22 + 1, port: 9092, started: 'long ago' })],
  ['whose pid another process has by now', () => ({ pid: process.pid, port: 9092, started: 'long ago' })],
  ['that was cut off while it was written', () => undefined],
])('a pid file %s is no obstacle', async (_, note) => {
  writeFileSync(join(dataDir, 'broker.json'), JSON.stringify(note()) ?? '{"pid": 1');
  const { owned } = await resolveBroker({ dataDir });
  cleanUps.push(() => owned?.stop());
  expect(owned).toBeDefined();
});

test('one that already runs in the folder is used, not started again', async () => {
  const kafka = await start({ dataDir });
  expect(await resolveBroker({ dataDir })).toEqual({ brokers: kafka.brokers, owned: undefined });
});

test('a folder that another broker holds is refused by name', async () => {
  const kafka = await start({ dataDir });
  // Without the note only Kafka's own lock tells.
  rmSync(join(dataDir, 'broker.json'));
  await expect(startEmbeddedKafka({ dataDir })).rejects.toMatchObject({ code: 'PRC_EMBEDDED_DATA_IN_USE' });
  writePidNote(dataDir, { pid: kafka.pid, port: portOf(kafka) });
  expect((await resolveBroker({ dataDir })).brokers).toBe(kafka.brokers);
});

test("a broker that cannot start ends with Kafka's own words", async () => {
  const broken = startEmbeddedKafka({ dataDir, properties: { 'num.io.threads': 'several' } });
  await expect(broken).rejects.toMatchObject({
    code: 'PRC_EMBEDDED_KAFKA_ENDED',
    message: expect.stringContaining('Invalid value several for configuration num.io.threads'),
    hint: expect.stringContaining(join(dataDir, 'kafka.log')),
  });
  // What went wrong then is not blamed on the next start.
  const kafka = await start({ dataDir });
  expect(isAlive(kafka.pid)).toBe(true);
});

test('a broker that is not ready in time is ended', async () => {
  const slow = startEmbeddedKafka({ dataDir, startTimeoutMs: 50 });
  await expect(slow).rejects.toMatchObject({ code: 'PRC_EMBEDDED_KAFKA_SLOW' });
  const kafka = await start({ dataDir });
  expect(isAlive(kafka.pid)).toBe(true);
});

test('a broker that ends by itself is reported', async () => {
  const lines: string[] = [];
  const kafka = await start({ log: (line) => lines.push(line) });
  process.kill(kafka.pid, 'SIGKILL');
  await vi.waitFor(() => expect(lines.join('\n')).toContain('ended by itself with exit code 137'), 5_000);
});

async function start(options: EmbeddedKafkaOptions): Promise<EmbeddedKafka> {
  const kafka = await startEmbeddedKafka(options);
  cleanUps.push(() => kafka.stop());
  return kafka;
}

/** Another process of this repository that owns a broker. */
async function startOwner(
  ...args: string[]
): Promise<{ process: ChildProcess; pid: number; dataDir: string; brokers: string }> {
  const program = ['scripts/run.cjs', 'test/embedded/kafka/broker-owner.ts', ...args];
  const owner = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] });
  cleanUps.push(() => owner.kill('SIGKILL'));
  for await (const line of createInterface({ input: owner.stdout })) return { ...JSON.parse(line), process: owner };
  throw new Error('the owner ended without a broker');
}

function listen(port = 0): Promise<number> {
  const server: Server = createServer((socket) => socket.destroy());
  cleanUps.push(() => new Promise((resolve) => server.close(resolve)));
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

function portOf({ brokers }: { readonly brokers: string }): number {
  return Number(brokers.split(':')[1]);
}
