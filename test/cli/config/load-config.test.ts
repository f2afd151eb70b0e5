// The config file: where it is found, which profile holds, and what it is refused for.

import { describe, expect, test } from 'vitest';
import { configValues } from '../../../src/cli/config/config-values.js';
import { kafkaVariables } from '../../../src/cli/config/kafka-settings.js';
import { loadConfig, type ResolvedConfig } from '../../../src/cli/config/load-config.js';
import type { ErrorCode } from '../../../src/errors/processor-error.js';
import { project } from '../support.js';

/** Of a folder with this file. */
async function loaded(
  file: string,
  flags: Parameters<typeof loadConfig>[0] = {},
  environment: Parameters<typeof loadConfig>[1] = {},
): Promise<ResolvedConfig> {
  return loadConfig(flags, environment, 'run', await project({ 'processor.config.ts': file }));
}

const withProfiles = `
  import { defineConfig } from 'processor';
  import { port } from './ports.js';
  export default defineConfig({
    brokers: 'localhost:' + port,
    registry: 'http://localhost:8081',
    kafka: { 'linger.ms': 5, 'client.rack': 'a' },
    http: { port: 8080 },
    profiles: {
      production: { brokers: ['kafka-1:9092', 'kafka-2:9092'], namespace: 'orders-', kafka: { 'linger.ms': 20 }, http: { host: '0.0.0.0' } },
    },
  });`;
const files = { 'processor.config.ts': withProfiles, 'ports.ts': 'export const port: number = 9092;' };

describe('the config file', () => {
  test('is TypeScript that may import from its project', async () => {
    const config = await loadConfig({}, {}, 'run', await project(files));
    expect(config).toMatchObject({
      file: 'processor.config.ts',
      brokers: 'localhost:9092',
      registry: { url: 'http://localhost:8081' },
      settings: { 'linger.ms': 5, 'client.rack': 'a' },
      http: { host: '127.0.0.1', port: 8080 },
    });
  });

  test('has profiles, of which one is chosen by flag or variable and replaces single values', async () => {
    const folder = await project(files);
    const chosen = await loadConfig({ profile: 'production' }, {}, 'run', folder);
    expect(chosen).toMatchObject({
      brokers: 'kafka-1:9092,kafka-2:9092',
      namespace: 'orders-',
      registry: { url: 'http://localhost:8081' },
      settings: { 'linger.ms': 20, 'client.rack': 'a' },
      http: { host: '0.0.0.0', port: 8080 },
    });
    const byVariable = await loadConfig({}, { PROCESSOR_PROFILE: 'production' }, 'run', folder);
    expect(byVariable.values[0]).toMatchObject({ key: 'profile', origin: { variable: 'PROCESSOR_PROFILE' } });
    expect(byVariable.values.slice(1)).toEqual(chosen.values.slice(1));
  });

  test('goes behind flags and variables', async () => {
    const { brokers, namespace } = await loaded(
      "export default { brokers: 'file:1', namespace: 'file-', logLevel: 'warn' };",
      { brokers: 'flag:1' },
      { PROCESSOR_NAMESPACE: 'variable-' },
    );
    expect({ brokers, namespace }).toEqual({ brokers: 'flag:1', namespace: 'variable-' });
  });

  test('may be named, and is looked for by four names otherwise', async () => {
    const folder = await project({
      'processor.config.mjs': "export default { brokers: 'mjs:1' };",
      'ops/kafka.ts': "export default { brokers: 'named:1' };",
    });
    expect((await loadConfig({}, {}, 'run', folder)).brokers).toBe('mjs:1');
    expect((await loadConfig({ config: 'ops/kafka.ts' }, {}, 'run', folder)).brokers).toBe('named:1');
    const both = await project({
      'processor.config.mjs': "export default { brokers: 'mjs:1' };",
      'processor.config.ts': "export default { brokers: 'ts:1' };",
    });
    expect((await loadConfig({}, {}, 'run', both)).brokers).toBe('ts:1');
  });

  test('need not be there', async () => {
    const { file, brokers } = await loadConfig({}, {}, 'run', await project({}));
    expect({ file, brokers }).toEqual({ file: undefined, brokers: undefined });
  });
});

describe('is refused:', () => {
  test.for<[what: string, file: string, code: ErrorCode, says: string]>([
    ['an unknown option', "{ broker: 'a:1' }", 'PRC_OPTION_UNKNOWN', "Did you mean 'brokers'?"],
    [
      'an unknown option of a profile',
      "{ profiles: { test: { namspace: 'a' } } }",
      'PRC_OPTION_UNKNOWN',
      "processor.config.ts, profile test has the unknown option 'namspace'",
    ],
    ['profiles in a profile', '{ profiles: { test: { profiles: {} } } }', 'PRC_OPTION_UNKNOWN', "'profiles'"],
    ['an unknown option of http', '{ http: { ports: 1 } }', 'PRC_OPTION_UNKNOWN', "Did you mean 'port'?"],
    ['a value of another kind', '{ registerSchemas: 1 }', 'PRC_OPTION_INVALID', 'It is true or false.'],
    ['a list with something else in it', "{ brokers: ['a:1', 2] }", 'PRC_OPTION_INVALID', "'brokers'"],
    ['a level that is none', "{ logLevel: 'loud' }", 'PRC_OPTION_INVALID', 'fatal, error, warn'],
    [
      'a size that is none, also in a profile that is not chosen',
      "{ profiles: { a: { memoryMax: '1' } } }",
      'PRC_OPTION_INVALID',
      '512MiB',
    ],
    ['a property that is no value', "{ kafka: { 'linger.ms': [1] } }", 'PRC_OPTION_INVALID', "'linger.ms'"],
    ['something else than an object', "'localhost:9092'", 'PRC_OPTIONS_MISSING', "'localhost:9092'"],
  ])('%s', async ([, file, code, says]) => {
    const error = await loaded(`export default ${file};`).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    const { message, hint } = error as { readonly message: string; readonly hint: string };
    expect(`${message} ${hint}`).toContain(says);
  });

  test('a file without a default export', async () => {
    await expect(loaded("export const brokers = 'a:1';")).rejects.toMatchObject({ code: 'PRC_CONFIG_WITHOUT_DEFAULT' });
  });

  test('a file that is not there, and a profile that is not there', async () => {
    const folder = await project(files);
    await expect(loadConfig({ config: 'kafka.ts' }, {}, 'run', folder)).rejects.toMatchObject({
      code: 'PRC_CONFIG_MISSING',
    });
    await expect(loadConfig({ profile: 'productoin' }, {}, 'run', folder)).rejects.toMatchObject({
      code: 'PRC_PROFILE_UNKNOWN',
      hint: expect.stringContaining("Did you mean 'production'?"),
    });
    await expect(loadConfig({ profile: 'production' }, {}, 'run', await project({}))).rejects.toMatchObject({
      code: 'PRC_PROFILE_UNKNOWN',
      message: expect.stringContaining('no config file'),
    });
  });
});

describe('a secret in the config file is refused, not repeated, and its variable is named:', () => {
  const secrets = kafkaVariables.filter(({ isSecret }) => isSecret);

  test.for([
    ...secrets,
    {
      property: 'sasl.oauthbearer.client.credentials.client.secret',
      variable: 'KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET',
    },
  ])('$property', async ({ property, variable }) => {
    for (const file of [
      `{ kafka: { '${property}': 'canary' } }`,
      `{ profiles: { a: { kafka: { '${property}': 'canary' } } } }`,
    ]) {
      const error = await loaded(`export default ${file};`).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'PRC_SECRET_IN_CONFIG', hint: expect.stringContaining(variable) });
      expect(JSON.stringify(error) + (error as Error).message).not.toContain('canary');
    }
  });

  test('the login in the address of a registry', async () => {
    const error = await loaded("export default { registry: 'http://me:canary@r:8081' };").catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      code: 'PRC_SECRET_IN_CONFIG',
      hint: expect.stringContaining(configValues.registryLogin.variable),
    });
    expect(JSON.stringify(error) + (error as Error).message).not.toContain('canary');
  });
});
