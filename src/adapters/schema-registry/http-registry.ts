// A schema registry behind Confluent's REST interface (Confluent, Apicurio, Karapace, Redpanda, the embedded one). Owns the
// texts of the schemas that were asked for. Why it is our own, and not a package: docs/decisions/schema-registry-client.md.

import type { SchemaRegistry } from '../../core/codec.js';
import { ProcessorError } from '../../errors/processor-error.js';
import { LruTexts } from './lru-texts.js';

export interface HttpRegistryOptions {
  /** The registry's address; `user:password@` in it is taken as the login and never shown. */
  readonly url: string;
  /** `user:password`, as in SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO. */
  readonly basicAuth?: string;
  /** How long one request may take. Default 5,000. */
  readonly timeoutMs?: number;
  /** How often a request is made before the registry counts as unreachable. Default 4. */
  readonly attempts?: number;
  /** The pause before the second attempt; each further one is three times as long. Default 100. */
  readonly backoffMs?: number;
}

/** @throws PRC_REGISTRY_URL_INVALID */
export function httpRegistry(options: HttpRegistryOptions): SchemaRegistry {
  return new HttpRegistry(options);
}

/** An answer that is larger is no schema. */
const answerBytesMax = 4 * 1024 * 1024;
const cacheCharsMax = 16 * 1024 * 1024;
/** A flood of records with invented ids must not become a flood of requests. */
const requestsAtOnceMax = 8;

class HttpRegistry implements SchemaRegistry {
  readonly #base: URL;
  readonly #authorization: string | undefined;
  readonly #timeoutMs: number;
  readonly #attempts: number;
  readonly #backoffMs: number;
  readonly #texts = new LruTexts(cacheCharsMax);
  readonly #underway = new Map<number, Promise<string | undefined>>();
  readonly #waiting: (() => void)[] = [];
  #requests = 0;

  constructor({ url, basicAuth, timeoutMs = 5000, attempts = 4, backoffMs = 100 }: HttpRegistryOptions) {
    this.#base = parseUrl(url);
    const login = basicAuth ?? loginOf(this.#base);
    this.#base.username = '';
    this.#base.password = '';
    this.#authorization = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
    this.#timeoutMs = timeoutMs;
    this.#attempts = attempts;
    this.#backoffMs = backoffMs;
  }

  async schemaById(id: number): Promise<string | undefined> {
    const known = this.#texts.get(id);
    if (known !== undefined) return known;
    const underway = this.#underway.get(id);
    if (underway !== undefined) return underway;
    const fetched = this.#fetchSchema(id).finally(() => this.#underway.delete(id));
    this.#underway.set(id, fetched);
    return fetched;
  }

  async idOf(subject: string, schema: string): Promise<number | undefined> {
    const answer = await this.#call('POST', `subjects/${encodeURIComponent(subject)}`, { schema });
    // No such subject, no such version, no such schema in it.
    if ([40401, 40402, 40403].includes(answer.errorCode)) return undefined;
    return this.#idIn(answer);
  }

  async register(subject: string, schema: string): Promise<number> {
    const register = () => this.#call('POST', `subjects/${encodeURIComponent(subject)}/versions`, { schema });
    let answer = await register();
    if (answer.status === 409) {
      // Some registries also answer so where two instances register at the same time: then it is there now, or there is
      // room for it now.
      const id = await this.idOf(subject, schema);
      if (id !== undefined) return id;
      answer = await register();
    }
    if (answer.status === 409) throw new ProcessorError('PRC_SCHEMA_INCOMPATIBLE', { subject, reason: answer.message });
    return this.#idIn(answer);
  }

  async #fetchSchema(id: number): Promise<string | undefined> {
    const answer = await this.#call('GET', `schemas/ids/${id}`);
    // Only the registry's own "not found": that of a wrong address or a proxy would turn good records into bad ones.
    if (answer.errorCode === 40403) return undefined;
    const { schema, references = [] } = this.#good(answer);
    if (typeof schema !== 'string') throw unreadable(id, 'the registry knows the id, and has no schema for it');
    if (!Array.isArray(references) || references.length > 0)
      throw unreadable(id, 'it refers to schemas of other subjects, which is not supported');
    this.#texts.set(id, schema);
    return schema;
  }

  #idIn(answer: Answer): number {
    const { id } = this.#good(answer);
    if (!Number.isSafeInteger(id)) throw this.#refused(answer, 'the answer has no id');
    return id as number;
  }

  #good(answer: Answer): Readonly<Record<string, unknown>> {
    if (answer.status !== 200) throw this.#refused(answer, answer.message);
    return answer.body;
  }

  #refused({ request }: Answer, reason: string): ProcessorError {
    return new ProcessorError('PRC_REGISTRY_REFUSED', { registry: this.#base.href, request, reason });
  }

  /** Makes the request until there is an answer that another attempt would not change. */
  async #call(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> {
    await this.#turn();
    try {
      for (let attempt = 1, waitMs = this.#backoffMs; ; attempt++, waitMs *= 3) {
        let failure: unknown;
        try {
          const answer = await this.#request(method, path, body);
          if (isFinal(answer)) return answer;
          failure = new Error(answer.message);
        } catch (error) {
          failure = error;
        }
        if (attempt >= this.#attempts) {
          const details = { registry: this.#base.href, attempts: attempt, reason: reasonOf(failure, this.#timeoutMs) };
          throw new ProcessorError('PRC_REGISTRY_UNREACHABLE', details, { cause: failure });
        }
        // Up to half as long again, so that many instances do not come back all at once.
        await sleep(waitMs * (1 + Math.random() / 2));
      }
    } finally {
      this.#release();
    }
  }

  async #request(method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(new URL(path, this.#base), {
      method,
      headers: {
        accept: 'application/vnd.schemaregistry.v1+json, application/json',
        ...(body && { 'content-type': 'application/vnd.schemaregistry.v1+json' }),
        ...(this.#authorization !== undefined && { authorization: this.#authorization }),
      },
      ...(body && { body: JSON.stringify(body) }),
      // A redirect could carry the login to another host.
      redirect: 'manual',
      signal: AbortSignal.timeout(this.#timeoutMs),
    });
    return answerOf(`${method} ${path}`, response.status, await readText(response));
  }

  async #turn(): Promise<void> {
    if (this.#requests < requestsAtOnceMax) this.#requests++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#requests--;
    else next();
  }
}

interface Answer {
  readonly request: string;
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** Whether the body is what a registry answers with; otherwise something in between has answered. */
  readonly isObject: boolean;
  /** The registry's own code, such as 40403; 0 without one. */
  readonly errorCode: number;
  readonly message: string;
}

function answerOf(request: string, status: number, text: string): Answer {
  const object = parseObject(text);
  const { error_code: code, message } = object ?? {};
  return {
    request,
    status,
    body: object ?? {},
    isObject: object !== undefined,
    errorCode: typeof code === 'number' ? code : 0,
    message: typeof message === 'string' ? `${message.slice(0, 1000)} (HTTP ${status})` : describe(status),
  };
}

function describe(status: number): string {
  if (status >= 300 && status < 400) return `it redirects (${status}) elsewhere, which is not followed`;
  return status === 200 ? 'the answer is not one of a registry' : `HTTP ${status}`;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    // A page of something in between: its status says enough.
    return undefined;
  }
}

/** What the registry has cannot be used: that is a matter of the records which name it, and of nobody else. */
function unreadable(id: number, reason: string): ProcessorError {
  return new ProcessorError('PRC_SCHEMA_UNREADABLE', { id, reason });
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > answerBytesMax) throw new Error(`the answer is larger than ${answerBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * Whether it is the registry's own answer, which another attempt would not change: what was asked for, a refusal of the
 * login, or an error under one of its own codes, which have five digits. A page, a redirect or another service's 404 is
 * something in between, and may be over in a minute.
 */
function isFinal({ status, errorCode, isObject }: Answer): boolean {
  if (status === 200) return isObject;
  if (status === 401 || status === 403 || status === 409 || status === 422) return true;
  return status < 500 && status !== 429 && status !== 408 && errorCode >= 10_000;
}

function parseUrl(text: string): URL {
  let url: URL;
  try {
    // Paths are put behind it.
    url = new URL(text.replace(/\/*$/, '/'));
  } catch {
    // The text is not repeated: it may hold a password.
    throw new ProcessorError('PRC_REGISTRY_URL_INVALID', { problem: 'it is not an address' });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new ProcessorError('PRC_REGISTRY_URL_INVALID', {
      problem: `it begins with ${url.protocol}, not http: or https:`,
    });
  }
  url.search = '';
  url.hash = '';
  return url;
}

function loginOf({ username, password }: URL): string | undefined {
  return username === '' ? undefined : `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
}

/** `fetch` hides why it failed in the cause of its error. */
function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return 'code' in cause ? String(cause.code) : cause.message;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
