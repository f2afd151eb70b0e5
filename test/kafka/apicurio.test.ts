// A registry that somebody else wrote, Apicurio, passes the tests of the embedded one where it means to do the same
// (docs/decisions/schema-registry.md has the rest), and Avro goes through it and Kafka and back.

import { beforeAll, describe, expect, test } from 'vitest';
import { registrySubjects } from '../../src/adapters/schema-registry/subjects.js';
import { cli, project } from '../cli/support.js';
import { registrySuite } from '../embedded/schema-registry/registry-suite.js';
import { type Apicurio, apicurioVersion, findApicurio, startApicurio } from '../support/apicurio.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

const home = findApicurio();
// The set-up of `npm test` fetches it; where it could not, it has said why.
const reason = 'it is not on this machine, and `npm test` could not fetch it';

describe.skipIf(home === undefined)(`Apicurio ${apicurioVersion}${home === undefined ? ` (${reason})` : ''}`, () => {
  let apicurio: Apicurio;
  beforeAll(async () => {
    apicurio = await startApicurio(home as string);
    return apicurio.stop;
  }, 150_000);

  describe('where it does otherwise than Confluent’s', () => {
    const schema = (...fields: readonly object[]) => JSON.stringify({ type: 'record', name: 'R', fields });
    const a = { name: 'a', type: 'int' };
    const b = { name: 'b', type: 'string' };
    const call = async (method: string, path: string, body?: object) => {
      const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' };
      const sent = body === undefined ? {} : { headers, body: JSON.stringify(body) };
      const response = await fetch(apicurio.url + path, { method, ...sent });
      return { status: response.status, text: await response.text() };
    };
    const register = (subject: string, text: string, query = '') =>
      call('POST', `/subjects/${subject}/versions${query}`, { schema: text });

    // First of all: the others set a level for all subjects.
    test('nothing is compared until a level is set', async () => {
      expect(await call('GET', '/config')).toEqual({ status: 200, text: '{"compatibilityLevel":"NONE"}' });
      expect((await register('free', schema(a))).status).toBe(200);
      expect(await registrySubjects({ url: apicurio.url }).objections('free', schema(a, b))).toEqual([]);
      expect((await register('free', schema(a, b))).status).toBe(200);
    });

    test('NONE takes the own level of a subject away, and the one for all counts', async () => {
      await register('none', schema(a));
      await call('PUT', '/config', { compatibility: 'BACKWARD' });
      expect(await call('PUT', '/config/none', { compatibility: 'NONE' })).toMatchObject({ status: 200 });
      expect((await register('none', schema(a, b))).status).toBe(409);
    });

    test('a subject without a level of its own has NONE instead of no answer', async () => {
      await register('own', schema(a));
      expect(await call('GET', '/config/own')).toEqual({ status: 200, text: '{"compatibilityLevel":"NONE"}' });
    });

    test('the same schema written otherwise is another version', async () => {
      await register('written', schema(a));
      const spaced = '{ "name": "R", "type": "record", "fields": [{ "type": "int", "name": "a" }] }';
      await register('written', spaced);
      expect((await call('GET', '/subjects/written/versions')).text).toBe('[1,2]');
    });

    test('a version that is none is one that is not there, and a level that is none has an answer without JSON', async () => {
      await register('wrong', schema(a));
      for (const version of ['9', 'x']) {
        const { text } = await call('GET', `/subjects/wrong/versions/${version}`);
        expect(JSON.parse(text)).toMatchObject({ error_code: 40402 });
      }
      const { status, text } = await call('PUT', '/config/wrong', { compatibility: 'SIDEWAYS' });
      expect(status).toBe(400);
      expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
    });
  });

  registrySuite('as a registry', async () => ({ url: apicurio.url, stop: async () => {} }), { exact: false });

  test('schemas are checked and registered in it; Avro is produced through it, and tailed back', async () => {
    const kafka = new RawKafka(testBrokers());
    const topic = await kafka.topic(uniqueName('apicurio'));
    const folder = await project({
      'processors/bill.ts': `import { avro, processor, text, topic } from 'processor';
const order = avro({ type: 'record', name: 'shop.Order', doc: 'What was ordered.', fields: [
  { name: 'id', type: 'long' }, { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
  { name: 'note', type: ['null', 'string'], default: null } ] });
const orders = topic('${topic}', { key: text(), value: order });
export default processor({ name: 'bill', input: topic('notes', { key: text(), value: text() }), outputs: { orders }, handle() {} });`,
    });
    const env = { KAFKA_BROKERS: testBrokers(), SCHEMA_REGISTRY_URL: apicurio.url };
    const run = async (args: readonly string[], input = '') => {
      const ended = await cli([...args, '--json'], { cwd: folder, env, input });
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
      return ended.stdout;
    };
    expect(await run(['schema', 'check'])).toContain('"state":"new"');
    expect(await run(['schema', 'register'])).toContain('"outcome":"registered","version":1');
    expect(await run(['schema', 'check'])).toContain('"state":"registered","version":1');
    const value = { id: 7, at: { $date: '2026-11-21T09:00:00.000Z' }, note: 'ünï' };
    await run(['produce', topic], `${JSON.stringify({ key: 'k', value })}\n`);
    const [line = ''] = (await run(['tail', topic, '--from', 'beginning', '--no-follow'])).split('\n');
    expect(JSON.parse(line)).toMatchObject({ key: 'k', value });
  }, 120_000);
});
