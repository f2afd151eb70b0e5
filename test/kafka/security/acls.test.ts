// What `processor describe --format acls` prints is enough to run a processor, and nothing of it is too much: on a broker that
// denies whatever no rule allows, with exactly those rules it does its work, and without any one of them it ends with an
// error that names that one.

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import enrichOrders, { audit, enriched, type Order, orders } from '../../../processors/enrich-orders.js';
import type { ClientSettings } from '../../../src/adapters/confluent/settings.js';
import { type Acl, aclText, neededAcls } from '../../../src/core/acls.js';
import type { Topology } from '../../../src/core/topology.js';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../../src/embedded/schema-registry/server.js';
import type { Fact } from '../../../src/engine/facts.js';
import { start } from '../../../src/engine/start.js';
import type { ProcessorError } from '../../../src/errors/processor-error.js';
import { cli, startCli } from '../../cli/support.js';
import { allowOnly, strictAuthorizerProperties } from '../../support/acls.js';
import { type Story, topology } from '../../support/engine-story.js';
import { until } from '../../support/engine-wait.js';
import { RawKafka } from '../../support/raw.js';
import { type SecureKafka, startSecureKafka } from '../../support/secure-kafka.js';

const namespace = 'blue-';
const root = fileURLToPath(new URL('../../../', import.meta.url));
const password = 'wonderland';
const order: Order = { orderId: 17, customerId: '00004', date: '1997-01-18', quantity: 2, cents: 2973 };
const [good, bad] = [
  { key: '00004', value: JSON.stringify(order) },
  { key: '00004', value: 'no order' },
];

let secure: SecureKafka;
let kafka: RawKafka;
let registry: EmbeddedRegistry;
/** As check prints it. */
interface Finding {
  readonly level: string;
  readonly code: string;
  readonly details: { readonly missing?: string };
}

/** Alice's, as variables of the command line. */
let login: Readonly<Record<string, string>>;

beforeAll(async () => {
  secure = await startSecureKafka({ alice: password }, strictAuthorizerProperties);
  registry = await startEmbeddedRegistry();
  kafka = new RawKafka(secure.broker.brokers);
  for (const topic of [orders.name, enriched.name, audit.name, 'blue-enrich-orders.dlq'])
    await kafka.createTopic(topic);
  login = {
    KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
    KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
    KAFKA_SASL_USERNAME: 'alice',
    KAFKA_SASL_PASSWORD: password,
    KAFKA_SSL_CA_LOCATION: secure.authority.certificate,
    SCHEMA_REGISTRY_URL: registry.url,
    PROCESSOR_NAMESPACE: namespace,
  };
});

afterAll(async () => {
  await kafka.close();
  await registry.stop();
  await secure.stop();
});

describe('the reference processor', () => {
  const lines = [
    '--operation Read --topic orders',
    '--operation Write --topic enriched-orders',
    '--operation Write --topic order-audit',
    '--operation Write --topic blue-enrich-orders.dlq',
    '--operation Read --group blue-enrich-orders',
    '--operation Write --transactional-id blue-enrich-orders/ --resource-pattern-type prefixed',
  ] as const;
  const acls = lines.map(aclOf);

  test('needs what is printed', async () => {
    const args = ['describe', 'enrich-orders', '--format', 'acls', '--namespace', namespace];
    const { stdout } = await cli([...args, '--principal', 'User:alice', '-b', 'kafka:9092'], { cwd: root });
    const command = 'kafka-acls --bootstrap-server kafka:9092 --add --allow-principal User:alice';
    expect(stdout).toBe(['# enrich-orders', ...lines.map((line) => `${command} ${line}`), ''].join('\n'));
  });

  test('works with that by the command line and a login by SCRAM, dead letters included', async () => {
    await allowOnly(secure.broker.brokers, 'User:alice', acls);
    const before = await written();
    await kafka.produce(orders.name, [good, bad]);
    const brokers = secure.broker.addressOf('SASL_TLS');
    const running = startCli(['run', 'enrich-orders', '--register-schemas', '-b', brokers], { cwd: root, env: login });
    await running.does('both records are dealt with', async () => sameAs(await written(), before.map(plusOne)));
    // Whoever may run it may ask how far it is, and who does it.
    const { code, stdout } = await cli(['status', 'enrich-orders', '--json', '-b', brokers], { cwd: root, env: login });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      processors: [
        { groupState: 'stable', partitions: [{ topic: orders.name, owner: { host: '127.0.0.1' }, problem: null }] },
      ],
    });
    running.signal('SIGTERM');
    expect((await running.ended).code).toBe(0);
  });

  test('works with that by its certificate', async () => {
    await allowOnly(secure.broker.brokers, 'User:CN=alice', acls);
    const { certificate, key } = await secure.authority.issue({ name: 'alice' });
    const before = await written();
    await kafka.produce(orders.name, [good, bad]);
    const settings = {
      'security.protocol': 'SSL',
      'ssl.ca.location': secure.authority.certificate,
      'ssl.certificate.location': certificate,
      'ssl.key.location': key,
    };
    await works(enrichOrders.topology, secure.broker.addressOf('MUTUAL'), settings);
    expect(await written()).toEqual(before.map(plusOne));
  });

  test.each(lines)('ends without %s, and says so', async (line) => {
    const missing = aclOf(line);
    await kafka.produce(orders.name, [good]);
    expect(await failsWithout(missing, enrichOrders.topology, acls)).toBe(
      `Give the login of the processor ${aclText(missing)}, `,
    );
  });

  test('is checked beforehand: check --live names what its login lacks, as far as brokers tell', async () => {
    const args = [
      'check',
      'enrich-orders',
      '--live',
      '--no-types',
      '--json',
      '-b',
      secure.broker.addressOf('SASL_TLS'),
    ];
    const lacks = async (without: readonly string[]): Promise<readonly string[]> => {
      await allowOnly(secure.broker.brokers, 'User:alice', lines.filter((line) => !without.includes(line)).map(aclOf));
      const { stdout } = await cli(args, { cwd: root, env: { ...login, PROCESSOR_REGISTER_SCHEMAS: 'true' } });
      const { findings } = JSON.parse(stdout) as { readonly findings: readonly Finding[] };
      const errors = findings.filter(({ level }) => level === 'error');
      return errors.map(({ code, details }) => `${code} ${details.missing}`);
    };
    expect(await lacks([])).toEqual([]);
    expect(await lacks(['--operation Read --topic orders', '--operation Write --topic order-audit'])).toEqual([
      'PRC_ACCESS_DENIED READ on the topic orders',
      'PRC_ACCESS_DENIED WRITE on the topic order-audit',
    ]);
    expect(await lacks(['--operation Read --group blue-enrich-orders'])).toEqual([
      'PRC_ACCESS_DENIED READ on the group blue-enrich-orders',
    ]);
  });

  test('is looked at by the doctor: a login that is refused is said, and no password', async () => {
    const { code, stdout } = await cli(['doctor', '-b', secure.broker.addressOf('SASL_TLS')], {
      cwd: root,
      env: { ...login, KAFKA_SASL_PASSWORD: 'looking-glass' },
    });
    expect(code).toBe(3);
    expect(stdout).toMatch(/^✔ broker 127\.0\.0\.1:\d+ +connected/m);
    expect(stdout).toMatch(/^✘ Kafka +PRC_LOGIN_REFUSED .*alice/m);
    expect(stdout).not.toContain('looking-glass');
  });

  /** How many records stand in each topic that it writes to. */
  async function written(): Promise<readonly number[]> {
    const topics = [enriched.name, audit.name, 'blue-enrich-orders.dlq'];
    return Promise.all(topics.map(async (topic) => (await kafka.values(topic)).length));
  }
});

describe('so does', () => {
  const stories: readonly (Partial<Story> & { readonly what: string; readonly settings?: ClientSettings })[] = [
    { what: 'one without outputs' },
    { what: 'one of several inputs and outputs, by KIP-848', settings: { 'group.protocol': 'consumer' } },
    { what: 'one that is at-least-once', guarantee: 'at-least-once' },
    { what: 'one that is at-least-once without outputs', guarantee: 'at-least-once' },
    { what: 'one that is at-most-once', guarantee: 'at-most-once' },
  ];
  test.each(stories)('$what', { timeout: 60_000 }, async ({ what, settings = {}, ...story }) => {
    const [one, other] = [await kafka.topic('in'), await kafka.topic('in')];
    const outputs = what.includes('without outputs') ? [] : [await kafka.topic('out'), await kafka.topic('out')];
    const made = topology({ ...story, input: [one, other], outputs });
    const acls = neededAcls(made, namespace);
    await kafka.produce(one, ['a']);
    await kafka.produce(other, ['b']);
    await allowOnly(secure.broker.brokers, 'User:alice', acls);
    await works(made, secure.broker.addressOf('SASL_TLS'), { ...withLogin(), ...settings });
    for (const output of outputs) expect(await kafka.sorted(output)).toEqual(['a', 'b']);

    await kafka.produce(one, ['c']);
    await kafka.produce(other, ['d']);
    for (const missing of acls) {
      const said = await failsWithout(missing, made, acls, settings);
      expect(said).toBe(`Give the login of the processor ${aclText(missing)}, `);
    }
    for (const output of outputs) expect(await kafka.values(output)).toHaveLength(2);
  });
});

/** Starts it and waits until it has committed something in each partition that has something, here two records. */
async function works(made: Topology, brokers: string, settings: ClientSettings): Promise<void> {
  let records = 0;
  const app = await started(made, brokers, settings, (fact) => {
    if (fact.fact === 'batch-committed') records += fact.records;
  });
  await Promise.race([until('two records are committed', () => records >= 2), app.finished]);
  await app.stop();
  await app.finished;
}

/** What the error that ends it tells to do, as far as it names rules. */
async function failsWithout(
  missing: Acl,
  made: Topology,
  acls: readonly Acl[],
  settings: ClientSettings = {},
): Promise<string> {
  await allowOnly(
    secure.broker.brokers,
    'User:alice',
    acls.filter((acl) => aclText(acl) !== aclText(missing)),
  );
  const error = await new Promise<ProcessorError>((resolve, reject) => {
    const works = (): void => reject(new Error(`it works without ${aclText(missing)}`));
    started(made, secure.broker.addressOf('SASL_TLS'), { ...withLogin(), ...settings }, ({ fact }) => {
      if (fact === 'batch-committed') works();
    })
      .then((app) => app.finished)
      .then(works, resolve);
  });
  expect(error).toMatchObject({ code: 'PRC_ACCESS_DENIED' });
  return error.hint.slice(0, error.hint.indexOf('and start it again'));
}

async function started(made: Topology, brokers: string, settings: ClientSettings, onFact: (fact: Fact) => void) {
  const options = { namespace, registry: registry.url, registerSchemas: true };
  const app = await start({ topology: made }, { brokers, settings, onFact, ...options });
  onTestFinished(() => app.stop());
  return app;
}

function withLogin(): ClientSettings {
  return {
    'security.protocol': 'SASL_SSL',
    'ssl.ca.location': secure.authority.certificate,
    'sasl.mechanisms': 'SCRAM-SHA-256',
    'sasl.username': 'alice',
    'sasl.password': password,
  };
}

/** A rule as `kafka-acls` is told it. */
function aclOf(line: string): Acl {
  const [, operation, resource = '', name = '', prefixed] =
    /^--operation (Read|Write) --(topic|group|transactional-id) (\S+)( --resource-pattern-type prefixed)?$/.exec(
      line,
    ) ?? [];
  return {
    operation: operation === 'Read' ? 'READ' : 'WRITE',
    resource: resource.replace('-', ' ') as Acl['resource'],
    pattern: prefixed === undefined ? 'literal' : 'prefixed',
    name,
  };
}

function plusOne(count: number): number {
  return count + 1;
}

function sameAs(counts: readonly number[], wanted: readonly number[]): boolean {
  return counts.join() === wanted.join();
}
