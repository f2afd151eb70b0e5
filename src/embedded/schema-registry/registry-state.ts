// The rules of the embedded registry: which version and which id a schema gets, and which schemas a subject takes. Its
// state is the fold of the entries in its storage; an entry counts once it is stored.

import {
  type CompatibilityLevel,
  incompatibilities,
  parseSchema,
  type SchemaType,
  type TypedSchema,
} from '../../codecs/schema-compatibility.js';
import type { RegistryEntry, RegistryStorage } from './storage.js';

type SchemaEntry = Extract<RegistryEntry, { kind: 'schema' }>;

/** A refusal with the code that Confluent's clients know it by; the HTTP status is its first three digits. */
export class RegistryRefusal extends Error {
  override readonly name = 'RegistryRefusal';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export class RegistryState {
  readonly #storage: RegistryStorage;
  /** Versions of each subject, oldest first, deleted ones too. */
  readonly #subjects = new Map<string, SchemaEntry[]>();
  readonly #byId = new Map<number, SchemaEntry>();
  /** Schema type and canonical form → id. */
  readonly #ids = new Map<string, number>();
  readonly #levels = new Map<string | null, CompatibilityLevel>();
  /** Changes happen one after another: two registrations at once must not get the same id. */
  #turn: Promise<unknown> = Promise.resolve();

  static async load(storage: RegistryStorage): Promise<RegistryState> {
    const state = new RegistryState(storage);
    for (const entry of await storage.load()) state.#apply(entry);
    return state;
  }

  private constructor(storage: RegistryStorage) {
    this.#storage = storage;
  }

  subjects(): string[] {
    return [...this.#subjects.keys()].filter((subject) => this.#living(subject).length > 0).sort();
  }

  /** The versions of a subject that are not deleted, oldest first; refuses a subject without any. */
  versions(subject: string): readonly SchemaEntry[] {
    const versions = this.#living(subject);
    if (versions.length === 0) throw new RegistryRefusal(40401, `Subject '${subject}' not found.`);
    return versions;
  }

  /** One version: a number from 1, or 'latest'. */
  version(subject: string, version: string): SchemaEntry {
    const number = version === 'latest' || version === '-1' ? undefined : Number(version);
    if (number !== undefined && !(Number.isSafeInteger(number) && number > 0)) {
      throw new RegistryRefusal(42202, `The specified version '${version}' is not a valid version id.`);
    }
    const versions = this.versions(subject);
    const found = number === undefined ? versions.at(-1) : versions.find((entry) => entry.version === number);
    if (found === undefined) throw new RegistryRefusal(40402, `Version ${version} not found.`);
    return found;
  }

  byId(id: number): SchemaEntry {
    const found = this.#byId.get(id);
    if (found === undefined) throw new RegistryRefusal(40403, `Schema ${id} not found`);
    return found;
  }

  /** The living versions that have this id, in any subject. */
  usesOf(id: number): readonly SchemaEntry[] {
    this.byId(id);
    return this.subjects().flatMap((subject) => this.#living(subject).filter((entry) => entry.id === id));
  }

  /** The version under which this schema stands in the subject. */
  lookUp(subject: string, schema: TypedSchema): SchemaEntry {
    const id = this.#ids.get(identity(schema));
    const found = this.versions(subject).find((entry) => entry.id === id);
    if (found === undefined) throw new RegistryRefusal(40403, 'Schema not found');
    return found;
  }

  register(subject: string, schema: TypedSchema): Promise<number> {
    const key = identity(schema);
    return this.#change(async () => {
      const known = this.#ids.get(key);
      const living = this.#living(subject);
      if (known !== undefined && living.some((entry) => entry.id === known)) return known;
      const reasons = incompatibilities(this.level(subject), schema, living);
      if (reasons.length > 0) {
        throw new RegistryRefusal(
          409,
          `Schema being registered is incompatible with an earlier schema: ${reasons.join('; ')}`,
        );
      }
      const id = known ?? 1 + Math.max(0, ...this.#byId.keys());
      const version = 1 + (this.#subjects.get(subject)?.at(-1)?.version ?? 0);
      await this.#put({ kind: 'schema', subject, version, id, ...schema, deleted: false });
      return id;
    });
  }

  /** Why the schema may not follow the version (or, without one, those that the level names); empty if it may. */
  check(subject: string, schema: TypedSchema, version?: string): string[] {
    identity(schema);
    const earlier = version === undefined ? this.versions(subject) : [this.version(subject, version)];
    return incompatibilities(this.level(subject), schema, earlier);
  }

  /** Hides one version, or all of them; answers with their numbers. */
  delete(subject: string, version?: string): Promise<number[]> {
    return this.#change(async () => {
      const doomed = version === undefined ? this.versions(subject) : [this.version(subject, version)];
      for (const entry of doomed) await this.#put({ ...entry, deleted: true });
      return doomed.map((entry) => entry.version);
    });
  }

  /** The level that counts for a subject, or for all (null). */
  level(subject: string | null): CompatibilityLevel {
    return this.#levels.get(subject) ?? this.#levels.get(null) ?? 'BACKWARD';
  }

  ownLevel(subject: string): CompatibilityLevel | undefined {
    return this.#levels.get(subject);
  }

  setLevel(subject: string | null, level: CompatibilityLevel | null): Promise<void> {
    return this.#change(() => this.#put({ kind: 'config', subject, level }));
  }

  /** Waits for the changes that are under way, then lets go of the storage. */
  close(): Promise<void> {
    return this.#change(() => this.#storage.close());
  }

  #living(subject: string): readonly SchemaEntry[] {
    return (this.#subjects.get(subject) ?? []).filter((entry) => !entry.deleted);
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(change);
    // The next change does not depend on whether this one was refused; whoever asked for it hears of it.
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #put(entry: RegistryEntry): Promise<void> {
    await this.#storage.put(entry);
    this.#apply(entry);
  }

  #apply(entry: RegistryEntry): void {
    if (entry.kind === 'config') {
      if (entry.level === null) this.#levels.delete(entry.subject);
      else this.#levels.set(entry.subject, entry.level);
      return;
    }
    const versions = this.#subjects.get(entry.subject) ?? [];
    const others = versions.filter((other) => other.version !== entry.version);
    this.#subjects.set(
      entry.subject,
      [...others, entry].sort((a, b) => a.version - b.version),
    );
    this.#ids.set(identity(entry), entry.id);
    if (!this.#byId.has(entry.id)) this.#byId.set(entry.id, entry);
  }
}

/** What two schemas have in common exactly if they are the same; refuses a text that is no schema. */
function identity(schema: TypedSchema): string {
  try {
    return `${schema.schemaType} ${parseSchema(schema)}`;
  } catch (error) {
    throw new RegistryRefusal(42201, `Invalid schema: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function isSchemaType(value: unknown): value is SchemaType {
  return value === 'AVRO' || value === 'JSON';
}
