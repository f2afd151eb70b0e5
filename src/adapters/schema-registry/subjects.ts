// The subjects of a schema registry, as tools ask for them: which version a schema is, what the latest one is, whether the
// registry would take another. It changes nothing; registering is http-registry's.

import type { ProcessorError } from '../../errors/processor-error.js';
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
    // Against as many versions as the subject's level names; where that is not offered, against the latest.
    let answer = await this.#ask(`compatibility/${pathOf(subject)}/versions`, schema);
    if (isNotOffered(answer)) answer = await this.#ask(`compatibility/${pathOf(subject)}/versions/latest`, schema);
    if (isNotFound(answer)) return [];
    if (answer.status === 422) return [answer.message];
    const { is_compatible: isCompatible, messages } = this.#calls.good(answer);
    if (typeof isCompatible !== 'boolean') throw this.#noVerdict(answer);
    if (isCompatible) return [];
    const reasons = Array.isArray(messages) ? messages.filter((reason) => typeof reason === 'string') : [];
    return reasons.length > 0
      ? reasons
      : ['it is not compatible with what the subject holds; the registry gives no reason'];
  }

  #ask(path: string, schema: string): Promise<Answer> {
    return this.#calls.post(`${path}?verbose=true`, { schema }, isNotOffered);
  }

  #placeIn(answer: Answer): Pick<RegisteredSchema, 'version' | 'id'> {
    const { version, id } = this.#calls.good(answer);
    if (!Number.isSafeInteger(version) || !Number.isSafeInteger(id))
      throw this.#calls.refused(answer, 'the answer has no version and id');
    return { version: version as number, id: id as number };
  }

  #noVerdict(answer: Answer): ProcessorError {
    return this.#calls.refused(answer, 'the answer does not say whether the schema is compatible');
  }
}

function pathOf(subject: string): string {
  return `subjects/${encodeURIComponent(subject)}`;
}

/** A registry's "there is no such call", which has no code of its own behind it. */
function isNotOffered({ status, errorCode }: Answer): boolean {
  return (status === 404 || status === 405) && errorCode < 10_000;
}
