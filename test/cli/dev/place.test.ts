// What dev may do with a Kafka and a registry that are configured: what is on this machine is the developer's, anything else is
// shared until somebody says otherwise.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/cli/config/load-config.js';
import { type OpenPlace, openPlace } from '../../../src/cli/dev/place.js';
import { project } from '../support.js';

async function placeOf(flags: object, environment: Record<string, string>, createTopics = false): Promise<OpenPlace> {
  const folder = await project({});
  const config = await loadConfig(flags, environment, 'dev', folder);
  return openPlace(config, { folder, memory: false, reset: false, createTopics, log() {} });
}

describe('topics are created', () => {
  test.for([
    ['localhost:9092', true],
    ['127.0.0.1:9092,[::1]:9093', true],
    ['kafka:9092', false],
    ['localhost:9092,kafka:9092', false],
  ] as const)('on %s: %s', async ([brokers, mayCreate]) => {
    const { place, surroundings } = await placeOf({ brokers }, {});
    expect([place.mayCreateTopics, surroundings.mayCreateTopics]).toEqual([mayCreate, mayCreate]);
  });

  test('on other machines where that is asked for', async () => {
    const { surroundings } = await placeOf({ brokers: 'kafka:9092' }, {}, true);
    expect(surroundings.mayCreateTopics).toBe(true);
  });
});

test('a list of brokers that can be none ends the start', async () => {
  await expect(placeOf({ brokers: 'http://localhost:9092' }, {})).rejects.toMatchObject({
    code: 'PRC_BROKERS_INVALID',
  });
});

describe('schemas are registered', () => {
  test.for([
    ['http://127.0.0.1:8081', {}, true],
    ['http://[::1]:8081', {}, true],
    ['https://registry.example.com', {}, false],
    ['https://registry.example.com', { registerSchemas: true }, true],
  ] as const)('in %s with %o: %s', async ([url, flags, mayRegister]) => {
    const { place, surroundings } = await placeOf({ brokers: 'kafka:9092', ...flags }, { SCHEMA_REGISTRY_URL: url });
    expect(place).toMatchObject({ registry: url, isRegistryEmbedded: false });
    expect(surroundings.mayRegisterSchemas).toBe(mayRegister);
  });
});

test('with a Kafka that is named, no registry is started: its ids would be of another Kafka', async () => {
  const { place, surroundings } = await placeOf({}, { KAFKA_BROKERS: 'localhost:9092' });
  expect(place).toMatchObject({ registry: undefined, embedded: undefined, dataDir: undefined });
  expect(surroundings).toMatchObject({ registry: undefined, isEmbedded: false });
});

describe('in memory', () => {
  const said = (lines: string[]) => (line: string) => void lines.push(line);
  const openIn = async (
    folder: string,
    { flags = {}, environment = {}, reset = false, log = said([]) } = {},
  ): Promise<OpenPlace> => {
    const config = await loadConfig(flags, environment, 'dev', folder);
    return openPlace(config, { folder, memory: true, reset, createTopics: false, log });
  };

  test('one works in a folder at a time, and the next one when it has ended', async () => {
    const folder = await project({});
    const first = await openIn(folder);
    await expect(openIn(folder)).rejects.toMatchObject({
      code: 'PRC_DEV_RUNNING',
      hint: expect.stringContaining('in memory'),
    });
    await first.close();
    await (await openIn(folder)).close();
  });

  test('--memory goes before the brokers of the environment, and does not go with -b', async () => {
    const folder = await project({});
    const { place, close } = await openIn(folder, { environment: { KAFKA_BROKERS: 'kafka:9092' } });
    expect(place).toMatchObject({ isInMemory: true });
    await close();
    await expect(openIn(folder, { flags: { brokers: 'kafka:9092' } })).rejects.toMatchObject({
      code: 'PRC_USAGE',
      message: expect.stringContaining('-b'),
    });
  });

  test('a registry that is configured is not used, and that is said', async () => {
    const lines: string[] = [];
    const environment = { SCHEMA_REGISTRY_URL: 'http://127.0.0.1:8081' };
    const { close } = await openIn(await project({}), { environment, log: said(lines) });
    await close();
    expect(lines).toEqual([expect.stringContaining('http://127.0.0.1:8081 is not used')]);
  });

  test('a reset removes what was written, and nothing that a user wrote', async () => {
    const folder = await project({});
    const files = join(folder, '.processor/memory');
    mkdirSync(join(files, 'out'), { recursive: true });
    for (const name of ['orders.jsonl', 'out/lines.jsonl']) writeFileSync(join(files, name), '');
    await (await openIn(folder, { reset: true })).close();
    expect(['orders.jsonl', 'out/lines.jsonl'].map((name) => existsSync(join(files, name)))).toEqual([true, false]);
  });
});
