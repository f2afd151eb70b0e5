// From flags and environment to what reaches Kafka.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { connectionOf } from '../../src/cli/connection.js';

const folder = mkdtempSync(join(tmpdir(), 'processor-secrets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const withBrokers = { KAFKA_BROKERS: 'kafka:9092' };

describe('brokers', () => {
  test('come from the flag before the environment', async () => {
    expect((await connectionOf({ brokers: 'a:1' }, { KAFKA_BROKERS: 'b:2' }, 'run')).brokers).toBe('a:1');
    expect((await connectionOf({}, { KAFKA_BROKERS: 'b:2' }, 'run')).brokers).toBe('b:2');
  });

  test('that nobody names, or an empty variable does, are an error with the command to type', async () => {
    for (const environment of [{}, { KAFKA_BROKERS: '' }])
      await expect(connectionOf({}, environment, 'tail orders')).rejects.toThrow(
        expect.objectContaining({
          code: 'PRC_BROKERS_MISSING',
          hint: expect.stringContaining('npx processor tail orders -b localhost:9092'),
        }),
      );
  });
});

test('brokers that can be none are refused before anything else is done, each by its name', async () => {
  await expect(connectionOf({ brokers: 'http://a:9092,b:9092,c:x' }, {}, 'run')).rejects.toMatchObject({
    code: 'PRC_BROKERS_INVALID',
    message: expect.stringMatching(/'http:\/\/a:9092' .*'c:x' /),
  });
});

describe('settings', () => {
  test('are librdkafka’s, from KAFKA_… variables', async () => {
    const { settings } = await connectionOf(
      {},
      {
        ...withBrokers,
        KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
        KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
        KAFKA_SASL_USERNAME: 'alice',
        KAFKA_SASL_PASSWORD: 'hunter2',
        KAFKA_SSL_CA_LOCATION: '/etc/ca.pem',
      },
      'run',
    );
    expect(settings).toEqual({
      'security.protocol': 'SASL_SSL',
      'sasl.mechanisms': 'SCRAM-SHA-512',
      'sasl.username': 'alice',
      'sasl.password': 'hunter2',
      'ssl.ca.location': '/etc/ca.pem',
    });
  });

  test('of a broker’s own image are left alone', async () => {
    const environment = { ...withBrokers, KAFKA_LISTENERS: 'PLAINTEXT://:9092', KAFKA_HEAP_OPTS: '-Xmx1g' };
    expect((await connectionOf({}, environment, 'run')).settings).toEqual({});
  });

  test('from -X go before the environment; a value may hold an equals sign', async () => {
    const environment = { ...withBrokers, KAFKA_SSL_CA_LOCATION: '/a' };
    const flags = { X: ['ssl.ca.location=/b', 'sasl.oauthbearer.config=scope=x', ' linger.ms = 5 '] };
    expect((await connectionOf(flags, environment, 'run')).settings).toEqual({
      'ssl.ca.location': '/b',
      'sasl.oauthbearer.config': 'scope=x',
      'linger.ms': '5',
    });
  });

  test.for(['linger.ms', '=5', ''])('from -X %s are refused', async (pair) => {
    await expect(connectionOf({ X: [pair] }, withBrokers, 'run')).rejects.toThrow(
      expect.objectContaining({ code: 'PRC_USAGE' }),
    );
  });
});

describe('a secret', () => {
  test('comes from a file, without the newline at its end', async () => {
    const path = join(folder, 'password');
    writeFileSync(path, 'two words\r\n');
    const { settings } = await connectionOf({}, { ...withBrokers, KAFKA_SASL_PASSWORD_FILE: path }, 'run');
    expect(settings).toEqual({ 'sasl.password': 'two words' });
  });

  test('given twice is refused', async () => {
    const environment = { ...withBrokers, KAFKA_SASL_PASSWORD: 'a', KAFKA_SASL_PASSWORD_FILE: '/b' };
    await expect(connectionOf({}, environment, 'run')).rejects.toThrow(
      expect.objectContaining({
        code: 'PRC_VARIABLE_SET_TWICE',
        message: expect.stringContaining('KAFKA_SASL_PASSWORD'),
      }),
    );
  });

  test('whose file cannot be read is an error that names variable and file', async () => {
    const environment = { ...withBrokers, KAFKA_SASL_PASSWORD_FILE: '/nowhere/password' };
    await expect(connectionOf({}, environment, 'run')).rejects.toThrow(
      expect.objectContaining({
        code: 'PRC_SECRET_UNREADABLE',
        message: expect.stringMatching(/KAFKA_SASL_PASSWORD_FILE.*\/nowhere\/password.*ENOENT/),
      }),
    );
  });

  test.for([
    ['sasl.password', 'KAFKA_SASL_PASSWORD'],
    ['ssl.key.password', 'KAFKA_SSL_KEY_PASSWORD'],
    ['ssl.key.pem', 'KAFKA_SSL_KEY_PEM'],
    ['ssl.keystore.password', 'KAFKA_SSL_KEYSTORE_PASSWORD'],
    ['sasl.oauthbearer.client.secret', 'KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET'],
    ['sasl.oauthbearer.assertion.private.key.pem', 'KAFKA_SASL_OAUTHBEARER_ASSERTION_PRIVATE_KEY_PEM'],
    ['sasl.oauthbearer.assertion.private.key.passphrase', 'KAFKA_SASL_OAUTHBEARER_ASSERTION_PRIVATE_KEY_PASSPHRASE'],
  ] as const)('is not taken as -X %s, and is not repeated in the error', async ([property, variable]) => {
    let error: unknown;
    try {
      await connectionOf({ X: [`${property}=hunter2`] }, withBrokers, 'run');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'PRC_SECRET_ON_COMMAND_LINE', hint: expect.stringContaining(variable) });
    expect(JSON.stringify(error) + (error as Error).stack).not.toContain('hunter2');
    // And the variable that it names is one that is read.
    expect((await connectionOf({}, { ...withBrokers, [variable]: 'hunter2' }, 'run')).settings).toEqual({
      [property]: 'hunter2',
    });
  });
});

test('a secret is not taken under its other name either', async () => {
  const X = ['sasl.oauthbearer.client.credentials.client.secret=hunter2'];
  await expect(connectionOf({ X }, withBrokers, 'run')).rejects.toThrow(
    expect.objectContaining({
      code: 'PRC_SECRET_ON_COMMAND_LINE',
      hint: expect.stringContaining('KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET'),
    }),
  );
});

describe('the registry', () => {
  test('is the one that the environment names, with its login', async () => {
    const environment = {
      ...withBrokers,
      SCHEMA_REGISTRY_URL: 'http://r:8081',
      SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO: 'u:p',
    };
    expect((await connectionOf({}, environment, 'run')).registry).toEqual({ url: 'http://r:8081', basicAuth: 'u:p' });
    expect((await connectionOf({}, withBrokers, 'run')).registry).toBeUndefined();
  });
});

describe('the namespace', () => {
  test('comes from the flag before the environment, and is none by default', async () => {
    const environment = { ...withBrokers, PROCESSOR_NAMESPACE: 'blue-' };
    expect((await connectionOf({ namespace: 'green-' }, environment, 'run')).namespace).toBe('green-');
    expect((await connectionOf({}, environment, 'run')).namespace).toBe('blue-');
    expect((await connectionOf({}, withBrokers, 'run')).namespace).toBe('');
  });
});
