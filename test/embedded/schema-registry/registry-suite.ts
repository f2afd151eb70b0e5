// What a schema registry must do for us, whoever wrote it. Runs against the address it is given; subjects get names of
// their own, so that a registry may be used more than once.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { httpRegistry } from '../../../src/adapters/schema-registry/http-registry.js';
import { registrySubjects } from '../../../src/adapters/schema-registry/subjects.js';

export interface RegistryUnderTest {
  readonly url: string;
  stop(): Promise<void>;
}

const record = (...fields: readonly object[]) => JSON.stringify({ type: 'record', name: 'R', fields });
const a = { name: 'a', type: 'int' };
const b = { name: 'b', type: 'string' };
const bWithDefault = { ...b, default: '' };
const aWider = { name: 'a', type: 'long' };

/** Which changes each level takes, from one schema to the next. */
const changes: readonly (readonly [what: string, from: string, to: string, taken: readonly string[]])[] = [
  ['nothing', record(a), record(a), ['BACKWARD', 'FORWARD', 'FULL', 'NONE']],
  ['a field with a default comes', record(a), record(a, bWithDefault), ['BACKWARD', 'FORWARD', 'FULL', 'NONE']],
  ['a field with a default goes', record(a, bWithDefault), record(a), ['BACKWARD', 'FORWARD', 'FULL', 'NONE']],
  ['a field without a default comes', record(a), record(a, b), ['FORWARD', 'NONE']],
  ['a field without a default goes', record(a, b), record(a), ['BACKWARD', 'NONE']],
  ['a number gets wider', record(a), record(aWider), ['BACKWARD', 'NONE']],
  ['a number gets narrower', record(aWider), record(a), ['FORWARD', 'NONE']],
  ['another type', record(a), record({ ...a, type: 'string' }), ['NONE']],
  ['a value becomes optional', record(a), record({ ...a, type: ['null', 'int'] }), ['BACKWARD', 'NONE']],
  ['a value becomes required', record({ ...a, type: ['null', 'int'] }), record(a), ['FORWARD', 'NONE']],
  ['an alias', record(a), record({ name: 'x', type: 'int', aliases: ['a'] }), ['BACKWARD', 'NONE']],
  ['a symbol comes', enumOf('A'), enumOf('A', 'B'), ['BACKWARD', 'NONE']],
  ['a symbol goes', enumOf('A', 'B'), enumOf('A'), ['FORWARD', 'NONE']],
  [
    'a symbol goes, with a default',
    enumOf('A', 'B'),
    enumOf('A', { default: 'A' }),
    ['BACKWARD', 'FORWARD', 'FULL', 'NONE'],
  ],
];

function enumOf(...parts: readonly (string | object)[]): string {
  const symbols = parts.filter((part) => typeof part === 'string');
  return JSON.stringify({ type: 'enum', name: 'E', symbols, ...parts.find((part) => typeof part === 'object') });
}

export interface SuiteOptions {
  /** Whether it does all as Confluent's own does; test/kafka/apicurio.test.ts says where Apicurio does not. */
  readonly exact?: boolean;
}

export function registrySuite(
  name: string,
  start: () => Promise<RegistryUnderTest>,
  { exact = true }: SuiteOptions = {},
): void {
  describe(name, () => {
    let server: RegistryUnderTest;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server.stop());

    /** What the other one does instead, its own tests say. */
    const whereExact = (story: string, tell: () => Promise<void>) => exact && test(story, tell);
    const newSubject = () => `subject-${randomUUID()}`;

    async function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
      const response = await fetch(`${server.url}${path}`, {
        method,
        ...(body !== undefined && {
          headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
          body: JSON.stringify(body),
        }),
      });
      return { status: response.status, body: await response.json() };
    }
    const register = (subject: string, schema: string) => call('POST', `/subjects/${subject}/versions`, { schema });
    const refusal = (code: number) => ({
      status: Number(String(code).slice(0, 3)),
      body: expect.objectContaining({ error_code: code, message: expect.any(String) }),
    });

    describe('subjects and versions', () => {
      test('a schema gets an id, and a version in its subject', async () => {
        const subject = newSubject();
        const { status, body } = await register(subject, record(a));
        expect(status).toBe(200);
        const { id } = body as { id: number };
        expect(await call('GET', `/subjects/${subject}/versions`)).toEqual({ status: 200, body: [1] });
        for (const version of ['1', 'latest']) {
          const found = await call('GET', `/subjects/${subject}/versions/${version}`);
          expect(found.body).toMatchObject({ subject, version: 1, id, schema: expect.any(String) });
        }
        expect((await call('GET', '/subjects')).body).toContain(subject);
        const { body: byId } = await call('GET', `/schemas/ids/${id}`);
        expect(JSON.parse((byId as { schema: string }).schema)).toEqual(JSON.parse(record(a)));
      });

      whereExact('the same schema is the same version, however it is written down', async () => {
        const subject = newSubject();
        const { body: first } = await register(subject, record(a, bWithDefault));
        const spaced =
          '{ "name":"R",\n "fields": [ {"type":"int","name":"a"}, {"default":"","type":"string","name":"b"} ], "type":"record" }';
        expect((await register(subject, spaced)).body).toMatchObject(first as object);
        expect((await call('GET', `/subjects/${subject}/versions`)).body).toEqual([1]);
      });

      test('another default is another version', async () => {
        const subject = newSubject();
        const { body: first } = await register(subject, record(a, bWithDefault));
        const { body: second } = await register(subject, record(a, { ...b, default: 'x' }));
        expect((second as { id: number }).id).not.toBe((first as { id: number }).id);
        expect((await call('GET', `/subjects/${subject}/versions`)).body).toEqual([1, 2]);
        expect((await call('GET', `/subjects/${subject}/versions/latest`)).body).toMatchObject({ version: 2 });
      });

      test('the same schema in another subject has the same id', async () => {
        const [{ body: one }, { body: other }] = [
          await register(newSubject(), record(a)),
          await register(newSubject(), record(a)),
        ];
        expect((other as { id: number }).id).toBe((one as { id: number }).id);
      });

      test('registrations at the same time neither share an id nor get two', async () => {
        const subject = newSubject();
        const schemas = [0, 1, 2, 3].map((i) => record(a, { ...b, name: `b${i}`, default: '' }));
        const answers = await Promise.all(
          [...schemas, ...schemas].map((schema) => httpRegistry({ url: server.url }).register(subject, schema)),
        );
        expect(answers.slice(0, 4)).toEqual(answers.slice(4));
        expect(new Set(answers).size).toBe(4);
        // Apicurio may note a schema as two versions then; they have the same id.
        const versions = (await call('GET', `/subjects/${subject}/versions`)).body as number[];
        if (exact) expect(versions).toEqual([1, 2, 3, 4]);
      });

      test('a schema is looked up in its subject', async () => {
        const subject = newSubject();
        const { body } = await register(subject, record(a));
        const lookUp = (place: string, schema: string) => call('POST', `/subjects/${place}`, { schema });
        expect(await lookUp(subject, record(a))).toMatchObject({
          status: 200,
          body: { ...(body as object), subject, version: 1 },
        });
        expect(await lookUp(subject, record(b))).toMatchObject(refusal(40403));
        expect(await lookUp(newSubject(), record(a))).toMatchObject(refusal(40401));
      });

      test('what is deleted is hidden, and its id stays readable', async () => {
        const subject = newSubject();
        const { body } = await register(subject, record(a));
        await register(subject, record(a, bWithDefault));
        expect(await call('DELETE', `/subjects/${subject}/versions/1`)).toEqual({ status: 200, body: 1 });
        expect((await call('GET', `/subjects/${subject}/versions`)).body).toEqual([2]);
        expect(await call('DELETE', `/subjects/${subject}`)).toEqual({ status: 200, body: [2] });
        expect(await call('GET', `/subjects/${subject}/versions`)).toMatchObject(refusal(40401));
        expect((await call('GET', '/subjects')).body).not.toContain(subject);
        expect((await call('GET', `/schemas/ids/${(body as { id: number }).id}`)).status).toBe(200);
      });
    });

    describe('refusals have the codes that clients know', () => {
      test.each([
        ['GET', '/subjects/nobody/versions', undefined, 40401],
        ['GET', '/subjects/nobody/versions/1', undefined, 40401],
        ['DELETE', '/subjects/nobody', undefined, 40401],
        ['GET', '/schemas/ids/2000000000', undefined, 40403],
        ['POST', '/subjects/x/versions', { schema: '{"type":"nothing"}' }, 42201],
        ['POST', '/subjects/x/versions', { schema: 'no json' }, 42201],
      ])('%s %s %j', async (method, path, body, code) => {
        expect(await call(method, path, body)).toMatchObject(refusal(code));
      });

      whereExact('a level that is none', async () => {
        expect(await call('PUT', '/config', { compatibility: 'SIDEWAYS' })).toMatchObject(refusal(42203));
      });

      whereExact('a version that is not there, and one that is none', async () => {
        const subject = newSubject();
        await register(subject, record(a));
        expect(await call('GET', `/subjects/${subject}/versions/9`)).toMatchObject(refusal(40402));
        expect(await call('GET', `/subjects/${subject}/versions/x`)).toMatchObject(refusal(42202));
      });

      test('an incompatible schema, with the reason', async () => {
        const subject = newSubject();
        await call('PUT', `/config/${subject}`, { compatibility: 'BACKWARD' });
        await register(subject, record(a));
        expect(await register(subject, record(a, b))).toMatchObject(refusal(409));
      });
    });

    describe('compatibility', () => {
      afterAll(() => call('PUT', '/config', { compatibility: 'BACKWARD' }));

      whereExact('is BACKWARD unless it is changed, for all subjects or for one', async () => {
        const subject = newSubject();
        expect(await call('GET', `/config/${subject}`)).toMatchObject({ status: 404 });
        expect(await call('PUT', '/config', { compatibility: 'FULL' })).toEqual({
          status: 200,
          body: { compatibility: 'FULL' },
        });
        expect((await call('GET', '/config')).body).toMatchObject({ compatibilityLevel: 'FULL' });
        await call('PUT', `/config/${subject}`, { compatibility: 'NONE' });
        expect((await call('GET', `/config/${subject}`)).body).toMatchObject({ compatibilityLevel: 'NONE' });
        await call('PUT', '/config', { compatibility: 'BACKWARD' });
        expect((await call('GET', '/config')).body).toMatchObject({ compatibilityLevel: 'BACKWARD' });
      });

      for (const level of ['BACKWARD', 'FORWARD', 'FULL', 'NONE']) {
        test.each(changes)(`${level}: %s`, async (_what, from, to, taken) => {
          const subject = newSubject();
          const fits = taken.includes(level);
          // For all as well: to Apicurio, NONE only takes the subject's own level away.
          await call('PUT', '/config', { compatibility: level });
          await call('PUT', `/config/${subject}`, { compatibility: level });
          await register(subject, from);
          const verdict = await call('POST', `/compatibility/subjects/${subject}/versions/latest`, { schema: to });
          expect(verdict).toMatchObject({ status: 200, body: { is_compatible: fits } });
          expect((await register(subject, to)).status).toBe(fits ? 200 : 409);
        });
      }

      test.each([
        // Each step fits its neighbour, but the last one does not fit the first.
        ['BACKWARD', [record(a), record(a, bWithDefault), record(a, b)]],
        ['FORWARD', [record(a, b), record(a, bWithDefault), record(a)]],
        [
          'FULL',
          [record(a), record(a, bWithDefault), record(a, { ...b, default: '' }, { ...b, name: 'c', default: '' })],
        ],
      ])('%s looks at the latest version, with _TRANSITIVE at all', async (level, versions) => {
        const registerAll = async (of: string) => {
          const subject = newSubject();
          await call('PUT', `/config/${subject}`, { compatibility: of });
          const statuses = [];
          for (const schema of versions) statuses.push((await register(subject, schema)).status);
          return statuses;
        };
        expect(await registerAll(level)).toEqual([200, 200, 200]);
        expect(await registerAll(`${level}_TRANSITIVE`)).toEqual([200, 200, level === 'FULL' ? 200 : 409]);
      });
    });

    describe('through our adapter', () => {
      test('a schema is registered once, found by its subject and by its id, in the words of its author', async () => {
        const registry = httpRegistry({ url: server.url });
        const subject = newSubject();
        const text = JSON.stringify({
          type: 'record',
          name: 'com.acme.Order',
          doc: 'An order.',
          'acme.owner': 'shop',
          fields: [
            {
              name: 'at',
              type: { type: 'long', logicalType: 'timestamp-millis' },
              doc: 'When.',
              default: 0,
              pii: false,
            },
          ],
        });
        expect(await registry.idOf(subject, text)).toBeUndefined();
        const id = await registry.register(subject, text);
        expect(await registry.register(subject, text)).toBe(id);
        expect(await registry.idOf(subject, text)).toBe(id);
        expect(await registry.idOf(subject, record(a))).toBeUndefined();
        const found = await httpRegistry({ url: server.url }).schemaById(id);
        expect(JSON.parse(found ?? '')).toEqual(JSON.parse(text));
      });

      test('an id that nobody has, and a schema that does not fit', async () => {
        const registry = httpRegistry({ url: server.url });
        const subject = newSubject();
        expect(await registry.schemaById(2_000_000_000)).toBeUndefined();
        await call('PUT', `/config/${subject}`, { compatibility: 'BACKWARD' });
        await registry.register(subject, record(a));
        await expect(registry.register(subject, record(b))).rejects.toThrow(
          expect.objectContaining({ code: 'PRC_SCHEMA_INCOMPATIBLE', message: expect.stringContaining(subject) }),
        );
      });

      test('what tools ask: subjects, versions, and whether another schema would be taken', async () => {
        const registry = httpRegistry({ url: server.url });
        const subjects = registrySubjects({ url: server.url });
        const subject = newSubject();
        expect(await subjects.latest(subject)).toBeUndefined();
        expect(await subjects.find(subject, record(a))).toBeUndefined();
        await call('PUT', `/config/${subject}`, { compatibility: 'BACKWARD' });
        const id = await registry.register(subject, record(a));
        expect(await subjects.find(subject, record(a))).toEqual({ id, version: 1 });
        expect(await subjects.find(subject, record(a, bWithDefault))).toBeUndefined();
        expect(await subjects.objections(subject, record(a, bWithDefault))).toEqual([]);
        const objections = await subjects.objections(subject, record(a, b));
        expect(objections.length).toBeGreaterThan(0);
        expect(objections.join()).toMatch(/\bb\b/);
        const next = await registry.register(subject, record(a, bWithDefault));
        expect(await subjects.find(subject, record(a, bWithDefault))).toEqual({ id: next, version: 2 });
        expect(await subjects.find(subject, record(a))).toEqual({ id, version: 1 });
        const latest = await subjects.latest(subject);
        expect(latest).toMatchObject({ id: next, version: 2, hasReferences: false });
        expect(JSON.parse(latest?.schema ?? '')).toEqual(JSON.parse(record(a, bWithDefault)));
        expect(await subjects.names()).toContain(subject);
      });

      test('all versions are compared with where the level says so', async () => {
        const registry = httpRegistry({ url: server.url });
        const subjects = registrySubjects({ url: server.url });
        const subject = newSubject();
        await call('PUT', `/config/${subject}`, { compatibility: 'BACKWARD_TRANSITIVE' });
        await registry.register(subject, record(a));
        await registry.register(subject, record(a, bWithDefault));
        // It reads what the second one wrote, and not what the first did.
        expect(await subjects.objections(subject, record(a, b))).not.toEqual([]);
        await call('PUT', `/config/${subject}`, { compatibility: 'BACKWARD' });
        expect(await subjects.objections(subject, record(a, b))).toEqual([]);
      });

      test('a subject may be called anything that a topic can be', async () => {
        const registry = httpRegistry({ url: server.url });
        const subject = `${newSubject()}.a_B-9-value`;
        const id = await registry.register(subject, record(a));
        expect(await registry.idOf(subject, record(a))).toBe(id);
      });
    });
  });
}
