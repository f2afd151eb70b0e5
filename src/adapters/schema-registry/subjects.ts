// The subjects of a schema registry, as tools ask for them: which version a schema is, what the latest one is, whether the
// registry would take another. It changes nothing; registering is http-registry's.

import { isNotFound, refusedSchema } from './http-registry.js';
import { type Answer, type HttpRegistryOptions, RegistryCalls } from './registry-calls.js';

export interface RegisteredSchema {
  readonly version: number;
  readonly id: number;
  /** Its text, as it was registered. */
  readonly schema: string;
  /** Whether it refers to schemas of other subjects, so that its text does not stand by itself. */
  readonly hasReferences: boolean;
}

export interface Subjects {
  /** The registry's address, without a login. */
  readonly address: string;
  names(): Promise<readonly string[]>;
  /** Under which version and id this very schema stands in the subject; undefined if it does not. */
  find(subject: string, schema: string): Promise<Pick<RegisteredSchema, 'version' | 'id'> | undefined>;
  /** Undefined if the subject has no version, or if there is no such subject. */
  latest(subject: string): Promise<RegisteredSchema | undefined>;
  /** Why the registry would not take the schema as the next version of the subject, in its own words; empty if it would. */
  objections(subject: string, schema: string): Promise<readonly string[]>;
}

/** @throws PRC_REGISTRY_URL_INVALID */
export function registrySubjects(options: HttpRegistryOptions): Subjects {
  return new HttpSubjects(options);
}

class HttpSubjects implements Subjects {
  readonly #calls: RegistryCalls;

  constructor(options: HttpRegistryOptions) {
    this.#calls = new RegistryCalls(options);
  }

  get address(): string {
    return this.#calls.address;
  }

  async names(): Promise<readonly string[]> {
    const answer = await this.#calls.get('subjects');
    this.#calls.good(answer);
    if (!Array.isArray(answer.json)) throw this.#calls.refused(answer, 'the answer is not a list of subjects');
    return answer.json.filter((name) => typeof name === 'string');
  }

  async find(subject: string, schema: string): Promise<Pick<RegisteredSchema, 'version' | 'id'> | undefined> {
    const answer = await this.#calls.post(pathOf(subject), { schema });
    if (isNotFound(answer)) return undefined;
    if (answer.status === 422) throw refusedSchema(answer, subject);
    return this.#placeIn(answer);
  }

  async latest(subject: string): Promise<RegisteredSchema | undefined> {
    const answer = await this.#calls.get(`${pathOf(subject)}/versions/latest`);
    if (isNotFound(answer)) return undefined;
    const { schema, references = [] } = this.#calls.good(answer);
    if (typeof schema !== 'string') throw this.#calls.refused(answer, 'the answer has no schema');
    return { ...this.#placeIn(answer), schema, hasReferences: !Array.isArray(references) || references.length > 0 };
  }

  async objections(subject: string, schema: string): Promise<readonly string[]> {
    const compareWith = (versions: string) =>
      this.#calls.post(`compatibility/${pathOf(subject)}/${versions}?verbose=true`, { schema }, isNotOffered);
    const all = await compareWith('versions');
    if (!isNotOffered(all) && this.#reasonsIn(all).length === 0) return [];
    const toLatest = this.#reasonsIn(await compareWith('versions/latest'));
    if (isNotOffered(all) || toLatest.length > 0) return toLatest;
    // Confluent's has compared with as many versions as the level names, Apicurio with all of them.
    return (await this.#comparesWithAll(subject)) ? this.#reasonsIn(all) : [];
  }

  #reasonsIn(answer: Answer): readonly string[] {
    if (isNotFound(answer)) return [];
    if (answer.status === 422) return [answer.message];
    // Confluent's has a list of messages, Apicurio one reason.
    const { is_compatible: isCompatible, messages, reason } = this.#calls.good(answer);
    if (typeof isCompatible !== 'boolean')
      throw this.#calls.refused(answer, 'the answer does not say whether the schema is compatible');
    if (isCompatible) return [];
    const reasons = [messages, reason].flat().filter((one) => typeof one === 'string');
    return reasons.length > 0 ? reasons : ['it is not compatible with what the subject holds; no reason is given'];
  }

  /** By the level of the subject, or by the one for all: Apicurio calls it NONE where a subject has no level of its own. */
  async #comparesWithAll(subject: string): Promise<boolean> {
    for (const place of [`config/${encodeURIComponent(subject)}`, 'config']) {
      const answer = await this.#calls.get(place);
      if (answer.status === 404) continue;
      const { compatibilityLevel: level } = this.#calls.good(answer);
      if (level !== 'NONE') return String(level).endsWith('_TRANSITIVE');
    }
    return false;
  }

  #placeIn(answer: Answer): Pick<RegisteredSchema, 'version' | 'id'> {
    const { version, id } = this.#calls.good(answer);
    if (!Number.isSafeInteger(version) || !Number.isSafeInteger(id))
      throw this.#calls.refused(answer, 'the answer has no version and id');
    return { version: version as number, id: id as number };
  }
}

function pathOf(subject: string): string {
  return `subjects/${encodeURIComponent(subject)}`;
}

/** A registry's "there is no such call", which has no code of its own behind it. */
function isNotOffered({ status, errorCode }: Answer): boolean {
  return (status === 404 || status === 405) && errorCode < 10_000;
}
