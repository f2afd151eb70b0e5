// A schema registry that lives with a test. It does what a Confluent-compatible one does at its default level, BACKWARD: a schema
// that cannot read what the one before it has written is refused.

import { incompatibilities, parseSchema, type TypedSchema } from '../codecs/schema-compatibility.js';
import type { SchemaRegistry } from '../core/codec.js';
import { ProcessorError } from '../errors/processor-error.js';

export class MemoryRegistry implements SchemaRegistry {
  /** As they were registered first, by id - 1. */
  readonly #schemas: TypedSchema[] = [];
  /** By their canonical form: texts that mean the same are one schema. */
  readonly #ids = new Map<string, number>();
  /** The ids of a subject's versions, the oldest first. */
  readonly #subjects = new Map<string, number[]>();

  schemaById(id: number): Promise<string | undefined> {
    return Promise.resolve(this.#schemas[id - 1]?.schema);
  }

  idOf(subject: string, schema: string): Promise<number | undefined> {
    const id = this.#ids.get(parseSchema(typed(schema)));
    return Promise.resolve(id !== undefined && this.#versions(subject).includes(id) ? id : undefined);
  }

  async register(subject: string, schema: string): Promise<number> {
    const known = await this.idOf(subject, schema);
    if (known !== undefined) return known;
    const earlier = this.#versions(subject).map((id) => this.#schemas[id - 1] as TypedSchema);
    const reasons = incompatibilities('BACKWARD', typed(schema), earlier);
    if (reasons.length > 0)
      throw new ProcessorError('PRC_SCHEMA_INCOMPATIBLE', { subject, reason: reasons.join('; ') });
    const canonical = parseSchema(typed(schema));
    const id = this.#ids.get(canonical) ?? this.#schemas.push(typed(schema));
    this.#ids.set(canonical, id);
    this.#subjects.set(subject, [...this.#versions(subject), id]);
    return id;
  }

  #versions(subject: string): readonly number[] {
    return this.#subjects.get(subject) ?? [];
  }
}

function typed(schema: string): TypedSchema {
  return { schemaType: 'AVRO', schema };
}
