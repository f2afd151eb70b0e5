// What dev may do with a Kafka and a registry that are configured: what is on this machine is the developer's, anything else is
// shared until somebody says otherwise.

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
