// A small schema registry for development and tests: the part of Confluent's REST interface that producers, consumers and
// their tools use, on the loopback address only. Avro schemas are checked and compared; JSON schemas are kept as they are,
// without any check of compatibility. References between schemas and permanent deletion are not offered.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CompatibilityLevel, compatibilityLevels, type TypedSchema } from '../../codecs/schema-compatibility.js';
import { isSchemaType, RegistryRefusal, RegistryState } from './registry-state.js';
import { memoryStorage, type RegistryStorage } from './storage.js';

export { fileStorage, memoryStorage, type RegistryStorage } from './storage.js';

export interface EmbeddedRegistryOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default: in memory, gone at stop. */
  readonly storage?: RegistryStorage;
}

export interface EmbeddedRegistry {
  /** Such as `http://127.0.0.1:8081`. */
  readonly url: string;
  /** Ends open connections; what was registered stays in the storage. */
  stop(): Promise<void>;
}

/** Rejects if the port is taken or the storage cannot be read. */
export async function startEmbeddedRegistry({
  port = 0,
  storage = memoryStorage(),
}: EmbeddedRegistryOptions = {}): Promise<EmbeddedRegistry> {
  const state = await RegistryState.load(storage);
  const server = createServer((request, response) => void answer(state, request, response));
  try {
    await listen(server, port);
  } catch (error) {
    await state.close();
    throw error;
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await state.close();
    },
  };
}

const bodyBytesMax = 1024 * 1024;
const contentType = 'application/vnd.schemaregistry.v1+json';

interface Call {
  readonly state: RegistryState;
  /** The path's variable parts, decoded. */
  readonly params: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}

type Route = readonly [method: string, path: string, handle: (call: Call) => unknown];

const routes: readonly Route[] = [
  ['GET', '/', () => ({})],
  ['GET', '/mode', () => ({ mode: 'READWRITE' })],
  ['GET', '/schemas/types', () => ['JSON', 'AVRO']],
  ['GET', '/schemas/ids/*', ({ state, params: [id] }) => schemaBody(state.byId(Number(id)))],
  ['GET', '/schemas/ids/*/schema', ({ state, params: [id] }) => JSON.parse(state.byId(Number(id)).schema)],
  ['GET', '/schemas/ids/*/subjects', ({ state, params: [id] }) => state.usesOf(Number(id)).map((use) => use.subject)],
  [
    'GET',
    '/schemas/ids/*/versions',
    ({ state, params: [id] }) => state.usesOf(Number(id)).map(({ subject, version }) => ({ subject, version })),
  ],
  ['GET', '/subjects', ({ state }) => state.subjects()],
  ['POST', '/subjects/*', ({ state, params, body }) => versionBody(state.lookUp(first(params), schemaOf(body)))],
  ['DELETE', '/subjects/*', ({ state, params, query }) => state.delete(first(refusePermanent(params, query)))],
  ['GET', '/subjects/*/versions', ({ state, params }) => state.versions(first(params)).map(({ version }) => version)],
  [
    'POST',
    '/subjects/*/versions',
    async ({ state, params, body }) => ({ id: await state.register(first(params), schemaOf(body)) }),
  ],
  ['GET', '/subjects/*/versions/*', ({ state, params }) => versionBody(state.version(first(params), second(params)))],
  [
    'GET',
    '/subjects/*/versions/*/schema',
    ({ state, params }) => JSON.parse(state.version(first(params), second(params)).schema),
  ],
  [
    'DELETE',
    '/subjects/*/versions/*',
    async ({ state, params, query }) => (await state.delete(first(refusePermanent(params, query)), second(params)))[0],
  ],
  ['GET', '/config', ({ state }) => ({ compatibilityLevel: state.level(null) })],
  ['PUT', '/config', ({ state, body }) => setLevel(state, null, body)],
  ['GET', '/config/*', ({ state, params, query }) => subjectLevel(state, first(params), query)],
  ['PUT', '/config/*', ({ state, params, body }) => setLevel(state, first(params), body)],
  [
    'DELETE',
    '/config/*',
    async ({ state, params }) => {
      const level = subjectLevel(state, first(params), new URLSearchParams());
      await state.setLevel(first(params), null);
      return level;
    },
  ],
  [
    'POST',
    '/compatibility/subjects/*/versions',
    ({ state, params, query, body }) => verdict(state.check(first(params), schemaOf(body)), query),
  ],
  [
    'POST',
    '/compatibility/subjects/*/versions/*',
    ({ state, params, query, body }) => verdict(state.check(first(params), schemaOf(body), second(params)), query),
  ],
];

async function answer(state: RegistryState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://registry');
    const segments = pathname.replace(/(?<=.)\/+$/, '').split('/');
    const matching = routes.filter(([, path]) => paramsOf(path, segments) !== undefined);
    const route = matching.find(([method]) => method === request.method);
    if (matching.length === 0) throw new RegistryRefusal(404, 'HTTP 404 Not Found');
    if (route === undefined) throw new RegistryRefusal(405, 'HTTP 405 Method Not Allowed');
    const [, path, handle] = route;
    const params = paramsOf(path, segments) ?? [];
    const body = request.method === 'POST' || request.method === 'PUT' ? await readBody(request) : {};
    send(response, 200, await handle({ state, params, query, body }));
  } catch (error) {
    const code = error instanceof RegistryRefusal ? error.code : 50001;
    const message = error instanceof Error ? error.message : String(error);
    send(response, Number(String(code).slice(0, 3)), { error_code: code, message });
  }
}

/** The segments that stand where the path has a `*`; undefined if the path is another one. */
function paramsOf(path: string, segments: readonly string[]): string[] | undefined {
  const pattern = path.split('/');
  if (pattern.length !== segments.length) return undefined;
  if (!pattern.every((part, i) => part === '*' || part === segments[i])) return undefined;
  return segments.filter((_, i) => pattern[i] === '*').map(decodeSegment);
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new RegistryRefusal(400, `'${segment}' is not a part of an address`);
  }
}

async function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bodyBytesMax) throw new RegistryRefusal(413, `a body of more than ${bodyBytesMax} bytes`);
    chunks.push(chunk);
  }
  let body: unknown;
  try {
    body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new RegistryRefusal(400, 'the body is not JSON');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new RegistryRefusal(400, 'the body is not an object');
  return body as Readonly<Record<string, unknown>>;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  // A body that was refused halfway is not read to its end; the connection cannot be used again.
  if (status === 413) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }).end(text);
}

function schemaOf(body: Readonly<Record<string, unknown>>): TypedSchema {
  const { schema, schemaType = 'AVRO', references = [] } = body;
  if (typeof schema !== 'string') throw new RegistryRefusal(42201, "Invalid schema: the body has no text 'schema'");
  if (!isSchemaType(schemaType)) throw new RegistryRefusal(42201, `Invalid schema type ${JSON.stringify(schemaType)}`);
  if (!Array.isArray(references) || references.length > 0) {
    throw new RegistryRefusal(42201, 'Invalid schema: the embedded registry does not offer references');
  }
  return { schema, schemaType };
}

/** As Confluent does, the type is only named where it is not Avro. */
function schemaBody({ schema, schemaType }: TypedSchema): object {
  return schemaType === 'AVRO' ? { schema } : { schema, schemaType };
}

function versionBody(
  entry: TypedSchema & { readonly subject: string; readonly version: number; readonly id: number },
): object {
  return { subject: entry.subject, version: entry.version, id: entry.id, ...schemaBody(entry) };
}

function subjectLevel(state: RegistryState, subject: string, query: URLSearchParams): object {
  const own = state.ownLevel(subject) ?? (query.get('defaultToGlobal') === 'true' ? state.level(null) : undefined);
  if (own === undefined) {
    throw new RegistryRefusal(40408, `Subject '${subject}' does not have subject-level compatibility configured`);
  }
  return { compatibilityLevel: own };
}

async function setLevel(
  state: RegistryState,
  subject: string | null,
  body: Readonly<Record<string, unknown>>,
): Promise<object> {
  const { compatibility } = body;
  const level = compatibilityLevels.find((known) => known === String(compatibility).toUpperCase());
  if (level === undefined)
    throw new RegistryRefusal(42203, `Invalid compatibility level ${JSON.stringify(compatibility)}`);
  await state.setLevel(subject, level satisfies CompatibilityLevel);
  return { compatibility: level };
}

function verdict(reasons: readonly string[], query: URLSearchParams): object {
  const isCompatible = { is_compatible: reasons.length === 0 };
  return query.get('verbose') === 'true' ? { ...isCompatible, messages: reasons } : isCompatible;
}

function refusePermanent(params: readonly string[], query: URLSearchParams): readonly string[] {
  if (query.get('permanent') === 'true')
    throw new RegistryRefusal(422, 'the embedded registry only hides what is deleted');
  return params;
}

const first = (params: readonly string[]): string => params[0] ?? '';
const second = (params: readonly string[]): string => params[1] ?? '';

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}
