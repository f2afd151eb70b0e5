// A schema registry behind Confluent's REST interface (Confluent, Apicurio, Karapace, Redpanda, the embedded one), as codecs
// use it. Owns the texts of the schemas that were asked for. Why it is our own, and not a package:
// docs/decisions/schema-registry-client.md.

import type { SchemaRegistry } from '../../core/codec.js';
import { ProcessorError } from '../../errors/processor-error.js';
import { LruTexts } from './lru-texts.js';
import { type Answer, type HttpRegistryOptions, RegistryCalls } from './registry-calls.js';

export type { HttpRegistryOptions } from './registry-calls.js';

/** @throws PRC_REGISTRY_URL_INVALID */
export function httpRegistry(options: HttpRegistryOptions): SchemaRegistry {
  return new HttpRegistry(options);
}

const cacheCharsMax = 16 * 1024 * 1024;

class HttpRegistry implements SchemaRegistry {
  readonly #calls: RegistryCalls;
  readonly #texts = new LruTexts(cacheCharsMax);
  readonly #underway = new Map<number, Promise<string | undefined>>();

  constructor(options: HttpRegistryOptions) {
    this.#calls = new RegistryCalls(options);
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
    const answer = await this.#calls.post(`subjects/${encodeURIComponent(subject)}`, { schema });
    return isNotFound(answer) ? undefined : this.#idIn(answer, subject);
  }

  async register(subject: string, schema: string): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#calls.post(`subjects/${encodeURIComponent(subject)}/versions`, { schema });
      if (answer.status !== 409) return this.#idIn(answer, subject);
      // Some registries also answer so where several instances register at the same time: then it is there now, or there is
      // room for it now, unless another one has just taken that.
      const id = await this.idOf(subject, schema);
      if (id !== undefined) return id;
      if (attempt === registrationsMax)
        throw new ProcessorError('PRC_SCHEMA_INCOMPATIBLE', { subject, reason: answer.message });
    }
  }

  async #fetchSchema(id: number): Promise<string | undefined> {
    const answer = await this.#calls.get(`schemas/ids/${id}`);
    // Only the registry's own "not found": that of a wrong address or a proxy would turn good records into bad ones.
    if (answer.errorCode === 40403) return undefined;
    const { schema, references = [] } = this.#calls.good(answer);
    if (typeof schema !== 'string') throw unreadable(id, 'the registry knows the id, and has no schema for it');
    if (!Array.isArray(references) || references.length > 0)
      throw unreadable(id, 'it refers to schemas of other subjects, which is not supported');
    this.#texts.set(id, schema);
    return schema;
  }

  #idIn(answer: Answer, subject: string): number {
    if (answer.status === 422) throw refusedSchema(answer, subject);
    const { id } = this.#calls.good(answer);
    if (!Number.isSafeInteger(id)) throw this.#calls.refused(answer, 'the answer has no id');
    return id as number;
  }
}

/** No such subject, no such version, no such schema in it. */
export function isNotFound({ errorCode }: Answer): boolean {
  return errorCode === 40401 || errorCode === 40402 || errorCode === 40403;
}

/** It is no matter of the login: the registry has something against the schema, or takes none at the moment. */
export function refusedSchema({ message }: Answer, subject: string): ProcessorError {
  return new ProcessorError('PRC_SCHEMA_REFUSED', { subject, reason: message });
}

/** What the registry has cannot be used: that is a matter of the records which name it, and of nobody else. */
function unreadable(id: number, reason: string): ProcessorError {
  return new ProcessorError('PRC_SCHEMA_UNREADABLE', { id, reason });
}

/** Each one that loses a race lets another one through: more instances than this seldom start at once. */
const registrationsMax = 8;
