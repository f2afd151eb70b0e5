// TLS and logins on a broker that has them: what is right works, and what is wrong is said by its name within seconds, by the
// command line and in a program alike. Passwords are found in nothing that is printed or thrown.

import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { confluentKafka } from '../../../src/adapters/confluent/kafka.js';
import type { ClientSettings } from '../../../src/adapters/confluent/settings.js';
import { type CliResult, cli, project, reported, startCli } from '../../cli/support.js';
import { Authority, type Certificate } from '../../support/certificates.js';
import { running } from '../../support/engine.js';
import { uniqueName } from '../../support/kafka.js';
import { RawKafka } from '../../support/raw.js';
import { type SecureKafka, startSecureKafka } from '../../support/secure-kafka.js';

/** Every secret of this file holds this. */
const canary = 'canary-4711';
const password = `right-${canary}`;
const keyPassword = `key-${canary}`;

let secure: SecureKafka;
let kafka: RawKafka;
let stranger: Authority;
let client: Certificate;
let folder: string;

beforeAll(async () => {
  secure = await startSecureKafka({ alice: password });
  kafka = new RawKafka(secure.broker.brokers);
  stranger = await Authority.create('a stranger');
  client = await secure.authority.issue({ name: 'alice', keyPassword });
  const [from, to] = [await kafka.topic('never'), await kafka.topic('nowhere')];
  folder = await project({ 'processors/p.ts': copier(uniqueName('refused'), from, to) });
});

afterAll(async () => {
  await kafka.close();
  await secure.stop();
  await stranger.remove();
});

const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
const tls = (): ClientSettings => ({ 'security.protocol': 'SSL', 'ssl.ca.location': secure.authority.certificate });
const login = (mechanism: string, given = password): ClientSettings => ({
  'sasl.mechanisms': mechanism,
  'sasl.username': 'alice',
  'sasl.password': given,
});
const withCertificate = (): ClientSettings => ({
  'ssl.certificate.location': client.certificate,
  'ssl.key.location': client.key,
  'ssl.key.password': keyPassword,
});

describe('a processor copies exactly once', () => {
  interface Way {
    readonly name: string;
    readonly listener: string;
    readonly settings: () => ClientSettings;
  }
  const ways: readonly Way[] = [
    { name: 'over TLS', listener: 'TLS', settings: tls },
    {
      name: 'over TLS with a certificate of its own',
      listener: 'MUTUAL',
      settings: () => ({ ...tls(), ...withCertificate() }),
    },
    ...mechanisms.map((mechanism) => ({
      name: `with a login by ${mechanism} over TLS`,
      listener: 'SASL_TLS',
      settings: () => ({ ...tls(), 'security.protocol': 'SASL_SSL', ...login(mechanism) }),
    })),
    ...mechanisms.map((mechanism) => ({
      name: `with a login by ${mechanism} in the clear, to a broker of this machine`,
      listener: 'SASL_CLEAR',
      settings: () => ({ 'security.protocol': 'SASL_PLAINTEXT', ...login(mechanism) }),
    })),
  ];
  test.each(ways)('$name', async ({ listener, settings }) => {
    const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
    await kafka.produce(input, ['a', 'b']);
    const started = await running(
      { input, outputs: [output] },
      { brokers: secure.broker.addressOf(listener), settings: settings() },
    );
    await started.committed(2);
    await started.stop();
    expect(await kafka.values(output)).toEqual(['a', 'b']);
    expect(inspect(started.facts, everything)).not.toContain(canary);
  });

  test('by the command line, with the password in a file; at LOG_LEVEL=trace it prints no secret', async () => {
    const [from, to] = [await kafka.topic('in'), await kafka.topic('out')];
    const here = await project({ 'processors/p.ts': copier(uniqueName('secret'), from, to) });
    await writeFile(join(here, 'password'), `${password}\n`);
    await kafka.produce(from, ['a']);
    const brokers = secure.broker.addressOf('SASL_TLS');
    const settings = { ...tls(), ...login('SCRAM-SHA-512'), 'security.protocol': 'SASL_SSL' };
    const { KAFKA_SASL_PASSWORD: _, ...known } = environment(settings);
    const env = { ...known, KAFKA_SASL_PASSWORD_FILE: join(here, 'password') };
    const started = startCli(['run', '-b', brokers], { cwd: here, env });
    await started.does('it has copied', async () => (await kafka.values(to)).join() === 'a');
    started.signal('SIGTERM');
    const ended = await started.ended;
    expect(ended.code).toBe(0);
    expectNoSecret(ended);
  });
});

describe('what is wrong is an error with its name, its reason and what to do', () => {
  interface Refusal {
    readonly name: string;
    readonly listener: string;
    readonly settings: () => ClientSettings;
    readonly code: string;
    readonly message: RegExp;
    readonly hint: RegExp;
  }
  const refusals: readonly Refusal[] = [
    {
      name: 'a broker whose certificate somebody else has issued',
      listener: 'TLS',
      settings: () => ({ ...tls(), 'ssl.ca.location': stranger.certificate }),
      code: 'PRC_TLS_REFUSED',
      message: /issued by 'authority of the tests', who is not trusted here/,
      hint: /KAFKA_SSL_CA_LOCATION/,
    },
    {
      name: 'a broker that only its own authority vouches for, with none given',
      listener: 'TLS',
      settings: () => ({ 'security.protocol': 'SSL' }),
      code: 'PRC_TLS_REFUSED',
      message: /issued by 'authority of the tests', who is not trusted here/,
      hint: /KAFKA_SSL_CA_LOCATION/,
    },
    {
      name: 'a broker whose certificate is for another host',
      listener: 'ELSEWHERE',
      settings: tls,
      code: 'PRC_TLS_REFUSED',
      message: /for DNS:kafka\.elsewhere\.test, not for this host name/,
      hint: /Use a name that is in the certificate/,
    },
    {
      name: 'a broker whose certificate has expired',
      listener: 'EXPIRED',
      settings: tls,
      code: 'PRC_TLS_REFUSED',
      message: /its certificate has expired \(it was valid until .*20\d\d/,
      hint: /renewed/,
    },
    {
      name: 'a broker that wants a certificate of the client, with none given',
      listener: 'MUTUAL',
      settings: tls,
      code: 'PRC_TLS_REFUSED',
      message: /connections of clients with a certificate only/,
      hint: /ssl\.certificate\.location/,
    },
    {
      name: 'a key that is none',
      listener: 'MUTUAL',
      settings: () => ({
        ...tls(),
        'ssl.certificate.location': client.certificate,
        'ssl.key.pem': `-----${canary}-----`,
      }),
      code: 'PRC_SETTING_INVALID',
      message: /ssl\.key\.pem failed/,
      hint: /KAFKA_…/,
    },
    {
      name: 'a key whose password is wrong',
      listener: 'MUTUAL',
      settings: () => ({ ...tls(), ...withCertificate(), 'ssl.key.password': `wrong-${canary}` }),
      code: 'PRC_SETTING_INVALID',
      message: /ssl\.key\.location failed/,
      hint: /KAFKA_…/,
    },
    ...mechanisms.map((mechanism) => ({
      name: `a wrong password, by ${mechanism}`,
      listener: 'SASL_TLS',
      settings: () => ({ ...tls(), 'security.protocol': 'SASL_SSL', ...login(mechanism, `wrong-${canary}`) }),
      code: 'PRC_LOGIN_REFUSED',
      message: new RegExp(`refuses the login of alice \\(${mechanism}\\): Authentication failed.*invalid`, 'i'),
      hint: /KAFKA_SASL_PASSWORD/,
    })),
    {
      name: 'a login to a listener that takes none',
      listener: 'TLS',
      settings: () => ({ ...tls(), 'security.protocol': 'SASL_SSL', ...login('PLAIN') }),
      code: 'PRC_LOGIN_REFUSED',
      message: /PLAIN mechanism handshake failed/,
      hint: /KAFKA_SASL_MECHANISM/,
    },
    {
      name: 'a login that nobody would use',
      listener: 'SASL_TLS',
      settings: () => ({ ...tls(), ...login('PLAIN') }),
      code: 'PRC_SETTING_INVALID',
      message: /nobody would log in: security\.protocol .* is SSL/,
      hint: /KAFKA_…/,
    },
  ];
  test.each(refusals)('$name', async ({ listener, settings, code, message, hint }) => {
    const brokers = secure.broker.addressOf(listener);
    const expected = { code, message: expect.stringMatching(message), hint: expect.stringMatching(hint) };
    const startedMs = performance.now();
    const [error, ended] = await Promise.all([
      running({ input: 'orders' }, { brokers, settings: settings() }).catch((thrown: unknown) => thrown),
      cli(['run', '--json', '-b', brokers, ...properties(settings())], {
        cwd: folder,
        env: environment(settings()),
      }),
    ]);
    // Looking for a broker that does not answer takes longer.
    expect(performance.now() - startedMs).toBeLessThan(12_000);
    expect(error).toMatchObject(expected);
    expect(inspect(error, everything) + JSON.stringify(error)).not.toContain(canary);
    expect(ended.code).toBe(3);
    expect(reported(ended)).toMatchObject(expected);
    expectNoSecret(ended);
  });

  test.each([
    ['enable.ssl.certificate.verification', 'false'],
    ['ssl.endpoint.identification.algorithm', 'none'],
  ])('whoever turns the check off (%s) is warned at each start', async (setting, value) => {
    const brokers = secure.broker.addressOf('ELSEWHERE');
    const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
    const started = await running({ input, outputs: [output] }, { brokers, settings: { ...tls(), [setting]: value } });
    const warnings = started.of('client-notice').filter(({ level }) => level === 'warn');
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining(`(${setting}): anybody on the way`),
    ]);
  });

  test('a listener with TLS that is spoken to in the clear hangs up, and what that may mean is said', async () => {
    const options = { brokers: secure.broker.addressOf('TLS'), transactionTimeoutMs: 1000, connectTimeoutMs: 1500 };
    await expect(confluentKafka(options)).rejects.toMatchObject({
      code: 'PRC_BROKER_UNREACHABLE',
      message: expect.stringMatching(/Disconnected.*KAFKA_SECURITY_PROTOCOL/),
    });
  });

  test('one broker that refuses is not all of them: the other one is worked with', async () => {
    const brokers = `${secure.broker.addressOf('ELSEWHERE')},${secure.broker.addressOf('TLS')}`;
    const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
    await kafka.produce(input, ['a']);
    const started = await running({ input, outputs: [output] }, { brokers, settings: tls() });
    await started.committed(1);
  });
});

describe('a login in the clear', () => {
  test.each(mechanisms)('by %s to another machine is refused before anything is sent to anybody', async (mechanism) => {
    const { port, connections } = await listener();
    const brokers = `127.0.0.1:${port},kafka.elsewhere.test:9092`;
    const settings = { 'security.protocol': 'sasl_plaintext', ...login(mechanism) };
    const error = await running({ input: 'orders' }, { brokers, settings }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'PRC_LOGIN_IN_THE_CLEAR',
      details: { mechanism, broker: 'kafka.elsewhere.test' },
      hint: expect.stringContaining('SASL_SSL'),
    });
    expect(inspect(error, everything)).not.toContain(canary);
    const ended = await cli(['run', '--json', '-b', brokers], { cwd: folder, env: environment(settings) });
    expect(ended.code).toBe(3);
    expect(reported(ended).code).toBe('PRC_LOGIN_IN_THE_CLEAR');
    expectNoSecret(ended);
    expect(connections()).toBe(0);
  });
});

const everything = { depth: Number.POSITIVE_INFINITY, showHidden: true } as const;

function expectNoSecret({ stdout, stderr }: CliResult): void {
  expect(stdout + stderr).not.toBe('');
  expect(stdout + stderr).not.toContain(canary);
}

/** The settings that have a variable, as the command line gets them. */
function environment(settings: ClientSettings): Record<string, string> {
  const given = Object.entries(variables).filter(([, property]) => property in settings);
  return {
    LOG_LEVEL: 'trace',
    ...Object.fromEntries(given.map(([variable, property]) => [variable, String(settings[property])])),
  };
}

/** The others. */
function properties(settings: ClientSettings): string[] {
  const others = Object.entries(settings).filter(([property]) => !Object.values(variables).includes(property));
  return others.flatMap(([property, value]) => ['-X', `${property}=${value}`]);
}

const variables: Readonly<Record<string, string>> = {
  KAFKA_SECURITY_PROTOCOL: 'security.protocol',
  KAFKA_SASL_MECHANISM: 'sasl.mechanisms',
  KAFKA_SASL_USERNAME: 'sasl.username',
  KAFKA_SASL_PASSWORD: 'sasl.password',
  KAFKA_SSL_CA_LOCATION: 'ssl.ca.location',
  KAFKA_SSL_KEY_PEM: 'ssl.key.pem',
  KAFKA_SSL_KEY_PASSWORD: 'ssl.key.password',
};

function copier(name: string, from: string, to: string): string {
  return `import { nullable, processor, text, topic } from 'processor';
const input = topic('${from}', { key: nullable(text()), value: text() });
const output = topic('${to}', { key: nullable(text()), value: text() });
export default processor({
  name: '${name}', input, outputs: { output }, handle({ key, value }, { out }) { out.output(key, value); },
});`;
}

/** Something that counts who connects. */
async function listener(): Promise<{ readonly port: number; connections(): number }> {
  let count = 0;
  const server = createServer((socket) => {
    count++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it has no port');
  return { port: address.port, connections: () => count };
}
