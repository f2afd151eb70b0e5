// Requests to a schema registry over HTTP: made again until there is an answer that another attempt would not change, a few
// at a time, each within its time. Owns the login. What the answers mean is known by who asked.

import { ProcessorError } from '../../errors/processor-error.js';

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

export interface Answer {
  readonly request: string;
  readonly status: number;
  /** {} where it is no object. */
  readonly body: Readonly<Record<string, unknown>>;
  /** What its text says, whatever that is; undefined where it is not JSON. */
  readonly json: unknown;
  /** The registry's own code, such as 40403; 0 without one. */
  readonly errorCode: number;
  readonly message: string;
}

/** An answer that is larger is no schema. */
const answerBytesMax = 4 * 1024 * 1024;
/** A flood of records with invented ids must not become a flood of requests. */
const requestsAtOnceMax = 8;

export class RegistryCalls {
  readonly #base: URL;
  readonly #authorization: string | undefined;
  readonly #timeoutMs: number;
  readonly #attempts: number;
  readonly #backoffMs: number;
  readonly #waiting: (() => void)[] = [];
  #requests = 0;

  /** @throws PRC_REGISTRY_URL_INVALID */
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

  /** Its address, without a login. */
  get address(): string {
    return this.#base.href;
  }

  get(path: string): Promise<Answer> {
    return this.#call('GET', path, undefined, isFinal);
  }

  /** @param isAlsoFinal which answers beside the registry's own are not asked for again */
  post(path: string, body: object, isAlsoFinal: (answer: Answer) => boolean = () => false): Promise<Answer> {
    return this.#call('POST', path, body, (answer) => isFinal(answer) || isAlsoFinal(answer));
  }

  /** The body of an answer that is none of a refusal. Throws PRC_REGISTRY_REFUSED. */
  good(answer: Answer): Readonly<Record<string, unknown>> {
    if (answer.status !== 200) throw this.refused(answer, answer.message);
    return answer.body;
  }

  refused({ request }: Answer, reason: string): ProcessorError {
    return new ProcessorError('PRC_REGISTRY_REFUSED', { registry: this.address, request, reason });
  }

  async #call(
    method: 'GET' | 'POST',
    path: string,
    body: object | undefined,
    isEnough: (answer: Answer) => boolean,
  ): Promise<Answer> {
    await this.#turn();
    try {
      for (let attempt = 1, waitMs = this.#backoffMs; ; attempt++, waitMs *= 3) {
        let failure: unknown;
        try {
          const answer = await this.#request(method, path, body);
          if (isEnough(answer)) return answer;
          failure = new Error(answer.message);
        } catch (error) {
          failure = error;
        }
        if (attempt >= this.#attempts) {
          const details = { registry: this.address, attempts: attempt, reason: reasonOf(failure, this.#timeoutMs) };
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

/**
 * Whether it is the registry's own answer, which another attempt would not change: what was asked for, a refusal of the
 * login, or an error under one of its own codes, which have five digits. A page, a redirect or another service's 404 is
 * something in between, and may be over in a minute.
 */
function isFinal({ status, errorCode, json }: Answer): boolean {
  if (status === 200) return typeof json === 'object' && json !== null;
  if (status === 401 || status === 403 || status === 409 || status === 422) return true;
  return status < 500 && status !== 429 && status !== 408 && errorCode >= 10_000;
}

function answerOf(request: string, status: number, text: string): Answer {
  const json = parse(text);
  const body = typeof json === 'object' && json !== null ? (json as Readonly<Record<string, unknown>>) : {};
  const { error_code: code, message } = body;
  return {
    request,
    status,
    body,
    json,
    errorCode: typeof code === 'number' ? code : 0,
    message: typeof message === 'string' ? `${message.slice(0, 1000)} (HTTP ${status})` : describe(status),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A page of something in between: its status says enough.
    return undefined;
  }
}

function describe(status: number): string {
  if (status >= 300 && status < 400) return `it redirects (${status}) elsewhere, which is not followed`;
  return status === 200 ? 'the answer is not one of a registry' : `HTTP ${status}`;
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
