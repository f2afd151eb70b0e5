// Where a value is taken from: a flag, the environment, the config file's profile, the rest of that file, the default.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type ConfigValue, configValues, type Scalar } from '../../../src/cli/config/config-values.js';
import { resolveKafka } from '../../../src/cli/config/kafka-settings.js';
import { type FileLayer, originText, resolveValue, type Sources } from '../../../src/cli/config/resolve.js';
import type { ConfigProfile } from '../../../src/dsl/define-config.js';

const folder = mkdtempSync(join(tmpdir(), 'processor-resolve-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const profile = (values: ConfigProfile): FileLayer => ({
  origin: { from: 'file', file: 'processor.config.ts', profile: 'production' },
  values,
});
const base = (values: ConfigProfile): FileLayer => ({ origin: { from: 'file', file: 'processor.config.ts' }, values });

const nowhere: Sources = { flags: {}, environment: {}, file: [] };
const everywhere: Sources = {
  flags: { brokers: 'flag:1' },
  environment: { KAFKA_BROKERS: 'variable:1' },
  file: [profile({ brokers: 'profile:1' }), base({ brokers: ['base:1', 'base:2'] })],
};

describe('a value comes from', () => {
  test.for<[string, Sources, string | undefined, string]>([
    ['the flag before all others', everywhere, 'flag:1', '-b, --brokers'],
    ['the environment before the file', { ...everywhere, flags: {} }, 'variable:1', 'KAFKA_BROKERS'],
    [
      'the profile before the rest of the file',
      { ...nowhere, file: everywhere.file },
      'profile:1',
      'processor.config.ts, profile production',
    ],
    [
      'the rest of the file where the profile says nothing',
      { ...nowhere, file: [profile({}), base({ brokers: ['base:1', 'base:2'] })] },
      'base:1,base:2',
      'processor.config.ts',
    ],
    ['nobody, which is said, too', nowhere, undefined, 'default'],
    ['no variable that is empty', { ...nowhere, environment: { KAFKA_BROKERS: '' } }, undefined, 'default'],
  ])('%s', ([, sources, value, origin]) => {
    const resolved = resolveValue(configValues.brokers, sources);
    expect(resolved).toMatchObject({ key: 'brokers', value, isSecret: false });
    expect(originText(resolved.origin)).toBe(origin);
  });

  test('the file that a variable names, which is said', () => {
    const path = join(folder, 'brokers');
    writeFileSync(path, 'kafka:9092\n');
    const resolved = resolveValue(configValues.brokers, { ...nowhere, environment: { KAFKA_BROKERS_FILE: path } });
    expect(resolved).toMatchObject({ value: 'kafka:9092', origin: { variable: 'KAFKA_BROKERS_FILE' } });
  });
});

/** Of each value: something for its variable and for its place in the file, and what both mean. */
const samples: Readonly<
  Record<keyof typeof configValues, { readonly text: string; readonly inFile?: ConfigProfile; readonly value: unknown }>
> = {
  brokers: { text: 'a:1', inFile: { brokers: 'a:1' }, value: 'a:1' },
  namespace: { text: 'blue-', inFile: { namespace: 'blue-' }, value: 'blue-' },
  registry: { text: 'http://r:1', inFile: { registry: 'http://r:1' }, value: 'http://r:1' },
  registryLogin: { text: 'u:p', value: 'u:p' },
  registerSchemas: { text: 'true', inFile: { registerSchemas: true }, value: true },
  logLevel: { text: 'warn', inFile: { logLevel: 'warn' }, value: 'warn' },
  memoryMax: { text: '512MiB', inFile: { memoryMax: '512MiB' }, value: 2 ** 29 },
  httpPort: { text: '8080', inFile: { http: { port: 8080 } }, value: 8080 },
  httpHost: { text: '0.0.0.0', inFile: { http: { host: '0.0.0.0' } }, value: '0.0.0.0' },
};

test.for(Object.entries(samples))('%s means the same in its variable and in the file', ([name, sample]) => {
  const definition: ConfigValue<Scalar> = configValues[name as keyof typeof configValues];
  const environment = { [definition.variable]: sample.text };
  expect(resolveValue(definition, { ...nowhere, environment }).value).toBe(sample.value);
  if (sample.inFile === undefined) return;
  expect(resolveValue(definition, { ...nowhere, file: [base(sample.inFile)] }).value).toBe(sample.value);
});

test('a flag that says nothing is an error, too', () => {
  expect(() => resolveValue(configValues.brokers, { ...nowhere, flags: { brokers: ' ' } })).toThrow(
    expect.objectContaining({ message: "the command line: '-b, --brokers' cannot be ' '" }),
  );
});

test.for<{ readonly variable: string; readonly definition: ConfigValue<Scalar>; readonly text: string }>([
  { variable: 'PROCESSOR_REGISTER_SCHEMAS', definition: configValues.registerSchemas, text: 'yes' },
  { variable: 'PROCESSOR_MEMORY_MAX', definition: configValues.memoryMax, text: '512' },
  { variable: 'PROCESSOR_HTTP_PORT', definition: configValues.httpPort, text: '65536' },
])('$variable=$text is an error that names the variable', ({ variable, definition, text }) => {
  expect(() => resolveValue(definition, { ...nowhere, environment: { [variable]: text } })).toThrow(
    expect.objectContaining({
      code: 'PRC_OPTION_INVALID',
      message: `the environment: '${variable}' cannot be '${text}'`,
    }),
  );
});

describe('the properties of the client', () => {
  const sources: Sources = {
    flags: { X: ['linger.ms=1'] },
    environment: { KAFKA_SASL_USERNAME: 'alice' },
    file: [
      profile({ kafka: { 'linger.ms': 2, 'sasl.username': 'bob', 'fetch.min.bytes': 2 } }),
      base({ kafka: { 'linger.ms': 3, 'fetch.min.bytes': 3, 'client.rack': 'a' } }),
    ],
  };

  test('come one by one from -X, the environment, the profile and the rest of the file', () => {
    const found = resolveKafka(sources, 'run').map(({ property, value, origin }) => [
      property,
      value,
      originText(origin),
    ]);
    expect(new Set(found)).toEqual(
      new Set([
        ['client.rack', 'a', 'processor.config.ts'],
        ['fetch.min.bytes', 2, 'processor.config.ts, profile production'],
        ['sasl.username', 'alice', 'KAFKA_SASL_USERNAME'],
        ['linger.ms', '1', '-X'],
      ]),
    );
  });

  test('stand in the order in which they go before each other: of two names of one the client takes the last', () => {
    const file = [profile({ kafka: { 'sasl.mechanism': 'PLAIN' } }), base({ kafka: { 'sasl.mechanisms': 'GSSAPI' } })];
    const order = (flags: Sources['flags'], environment: Sources['environment']): string[] =>
      resolveKafka({ flags, environment, file }, 'run').map(({ property, value }) => `${property}=${value}`);
    expect(order({}, {}).at(-1)).toBe('sasl.mechanism=PLAIN');
    expect(order({}, { KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512' }).at(-1)).toBe('sasl.mechanisms=SCRAM-SHA-512');
    const X = ['sasl.mechanism=OAUTHBEARER'];
    expect(order({ X }, { KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512' })).toEqual([
      'sasl.mechanisms=SCRAM-SHA-512',
      'sasl.mechanism=OAUTHBEARER',
    ]);
  });
});
