// A schema registry that lives with a test: it gives each schema an id and finds it again. It judges no compatibility.

import type { SchemaRegistry } from '../core/codec.js';

export class MemoryRegistry implements SchemaRegistry {
  readonly #schemas: string[] = [];
  /** Ids by subject. */
  readonly #subjects = new Map<string, Set<number>>();

  schemaById(id: number): Promise<string | undefined> {
    return Promise.resolve(this.#schemas[id - 1]);
  }

  idOf(subject: string, schema: string): Promise<number | undefined> {
    const id = this.#schemas.indexOf(schema) + 1;
    return Promise.resolve(this.#subjects.get(subject)?.has(id) ? id : undefined);
  }

  register(subject: string, schema: string): Promise<number> {
    if (!this.#schemas.includes(schema)) this.#schemas.push(schema);
    const id = this.#schemas.indexOf(schema) + 1;
    this.#subjects.set(subject, (this.#subjects.get(subject) ?? new Set()).add(id));
    return Promise.resolve(id);
  }
}
