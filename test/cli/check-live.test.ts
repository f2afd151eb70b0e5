// `processor check --live` and `processor doctor` with a real broker and registry. The rules are tested one by one in
// check/live-rules.test.ts, what is denied in test/kafka/security/acls.test.ts.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { httpRegistry } from '../../src/adapters/schema-registry/http-registry.js';
import { groupId, transactionalId } from '../../src/core/ids.js';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../src/embedded/schema-registry/server.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';
import { cli, project } from './support.js';

const kafka = new RawKafka(testBrokers());
const [orders, enriched, enrich] = [uniqueName('orders'), uniqueName('enriched'), uniqueName('enrich')];
let registry: EmbeddedRegistry;
let folder: string;

beforeAll(async () => {
  registry = await startEmbeddedRegistry();
  folder = await project({
    'processors/enrich.ts': `import { avroOf, deadLetter, processor, text, topic } from 'processor';
const value = avroOf<{ id: string }>({ type: 'record', name: 'Enriched', fields: [{ name: 'id', type: 'string' }] });

export default processor({
  name: '${enrich}',
  input: topic('${orders}', { key: text(), value: text(), partitions: 3 }),
  outputs: { enriched: topic('${enriched}', { key: text(), value }) },
  onError: { decode: deadLetter() },
  handle({ key, value: id }, { out }) { out.enriched(key, { id }); },
});
`,
  });
  await kafka.createTopic(orders, 2);
});

afterAll(async () => {
  await registry.stop();
  await kafka.close();
});

/** What is found, as `line code: message`. */
async function found(args: readonly string[] = []) {
  const { stdout, stderr, code } = await cli(
    ['check', '--live', '--no-types', '--json', '-b', testBrokers(), ...args],
    {
      cwd: folder,
      env: { SCHEMA_REGISTRY_URL: registry.url },
    },
  );
  const { findings, notChecked } = JSON.parse(stdout) as {
    readonly findings: readonly { readonly line: number | null; readonly code: string; readonly message: string }[];
    readonly notChecked: readonly string[];
  };
  return { code, stderr, notChecked, said: findings.map((one) => `${one.line} ${one.code}: ${one.message}`) };
}

test('what is missing or otherwise is said where it is defined, and what was not asked is said, too', async () => {
  const { code, stderr, said, notChecked } = await found();
  expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
  expect(said).toEqual([
    `4 PRC_TOPICS_MISSING: processor '${enrich}' needs topics that do not exist: ${enriched}, ${enrich}.dlq`,
    `6 PRC_PARTITIONS_DIFFER: the topic '${orders}' has 2 partitions, and its definition says 3`,
    expect.stringMatching(`^7 PRC_SCHEMA_NOT_REGISTERED: .*'${enriched}-value'`),
  ]);
  expect(notChecked.join('\n')).toContain('min.insync.replicas');
  expect(notChecked.join('\n')).toContain(`begin with ${enrich}/`);
});

test('when all is there nothing is left, until records are gone that were not handled', async () => {
  await kafka.createTopic(enriched);
  await kafka.createTopic(`${enrich}.dlq`);
  const client = httpRegistry({ url: registry.url });
  const schema = (type: string) => JSON.stringify({ type: 'record', name: 'Enriched', fields: [{ name: 'id', type }] });
  await client.register(`${enriched}-value`, schema('string'));
  await kafka.grow(orders, 3);
  expect(await found()).toMatchObject({ code: 0, said: [] });

  // The group has come as far as 1; the broker keeps what begins at 2.
  await kafka.produce(
    orders,
    ['a', 'b', 'c'].map((value) => ({ value, partition: 0 })),
  );
  const group = groupId('', enrich);
  const owner = await kafka.owner(transactionalId(group, orders, 0));
  await owner.begin();
  await owner.sendOffset({ topic: orders, partition: 0, offset: 1 }, await kafka.consumer(group));
  await owner.commit();
  expect(await found()).toMatchObject({ code: 0, said: [] });
  await kafka.deleteRecordsBefore(orders, 2);
  const late = await found();
  expect(late.code).toBe(3);
  expect(late.said).toEqual([
    `4 PRC_OFFSET_OUT_OF_RANGE: ${orders}/0: the committed offset 1 is outside of what the broker still has (2 to 3)`,
  ]);
});

test('the doctor finds broker and registry well, and the clock', async () => {
  const { code, stdout } = await cli(['doctor', '-b', testBrokers()], {
    cwd: folder,
    env: { SCHEMA_REGISTRY_URL: registry.url },
  });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^✔ broker \S+:\d+ +(\S+, )?connected in \d+ ms$/m);
  expect(stdout).toMatch(/^✔ Kafka +answers, and is 3\.6 or newer$/m);
  expect(stdout).toMatch(/^✔ registry +http:\/\/\S+ has \d+ subjects?$/m);
  expect(stdout).toMatch(/^✔ clock +agrees/m);
});
