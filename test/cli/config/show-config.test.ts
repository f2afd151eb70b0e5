// `processor config`: what a user sees of what is configured, and what nobody sees.

import { describe, expect, test } from 'vitest';
import { configValues } from '../../../src/cli/config/config-values.js';
import { kafkaVariables } from '../../../src/cli/config/kafka-settings.js';
import { cli, project } from '../support.js';

const file = `export default { brokers: 'file:9092', profiles: { production: { namespace: 'orders-', memoryMax: '2GiB' } } };`;

describe('processor config', () => {
  test('prints every value, and with --show-origin where it is from', async () => {
    const cwd = await project({ 'processor.config.ts': file });
    const env = { LOG_LEVEL: 'warn', PROCESSOR_PROFILE: 'production', KAFKA_SASL_PASSWORD: 'canary' };
    const { code, stdout, stderr } = await cli(['config', '--show-origin', '-X', 'linger.ms=1'], { cwd, env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(rows).toEqual([
      ['profile', 'production', 'PROCESSOR_PROFILE'],
      ['brokers', 'file:9092', 'processor.config.ts'],
      ['namespace', 'orders-', 'processor.config.ts, profile production'],
      ['registry', '(none)', 'default'],
      ['registry login', '(none)', 'default'],
      ['registerSchemas', 'false', 'default'],
      ['logLevel', 'warn', 'LOG_LEVEL'],
      ['memoryMax', '2GiB', 'processor.config.ts, profile production'],
      ['http.port', '(none)', 'default'],
      ['http.host', '127.0.0.1', 'default'],
      ['kafka.sasl.password', '***', 'KAFKA_SASL_PASSWORD'],
      ['kafka.linger.ms', '1', '-X'],
    ]);
  });

  test('prints JSON for programs', async () => {
    const { stdout } = await cli(['config', '--json', '-b', 'flag:1'], { cwd: await project({}) });
    const { file: found, values } = JSON.parse(stdout) as {
      readonly file: unknown;
      readonly values: readonly unknown[];
    };
    expect(found).toBeNull();
    expect(values).toContainEqual({ key: 'brokers', value: 'flag:1', origin: { from: 'flag', flag: '-b, --brokers' } });
    expect(values).toContainEqual({ key: 'memoryMax', value: null, origin: { from: 'default' } });
  });

  test('never prints a secret, wherever it is from', async () => {
    const canary = 'c4n4ry';
    const secrets = [...kafkaVariables, ...Object.values(configValues)].filter((one) => 'isSecret' in one);
    expect(secrets).toHaveLength(8);
    const cwd = await project({ secret: canary });
    const address = { SCHEMA_REGISTRY_URL: `http://me:${canary}@registry:8081` };
    const variables = Object.fromEntries(secrets.map(({ variable }) => [variable, canary]));
    const asFiles = Object.fromEntries(secrets.map(({ variable }) => [`${variable}_FILE`, 'secret']));
    const unknown = ['-X', `ssl.engine.new.secret=${canary}`];
    for (const env of [variables, asFiles])
      for (const how of [[], ['--show-origin'], ['--json']]) {
        const { code, stdout, stderr } = await cli(['config', ...how, ...unknown], {
          cwd,
          env: { ...env, ...address },
        });
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        expect(stdout.split('***')).toHaveLength(secrets.length + 3);
        expect(stdout).not.toContain(canary);
      }
  });
});
