// Whether data written with one schema can be read with another, by avsc's resolvers: what a registry asks before it
// takes a new version of a subject.

import avsc from 'avsc';
import { canonicalSchema } from './canonical-schema.js';

export const compatibilityLevels = [
  'NONE',
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
] as const;
export type CompatibilityLevel = (typeof compatibilityLevels)[number];

export type SchemaType = 'AVRO' | 'JSON';

export interface TypedSchema {
  readonly schemaType: SchemaType;
  /** The author's text. */
  readonly schema: string;
}

/** The form in which the schema is compared with others. Throws an error that says what is wrong with it. */
export function parseSchema({ schemaType, schema }: TypedSchema): string {
  const parsed: unknown = JSON.parse(schema);
  if (schemaType === 'JSON') return JSON.stringify(parsed);
  const canonical = canonicalSchema(parsed);
  avroType(canonical);
  return JSON.stringify(canonical);
}

/**
 * Why `next` may not follow `versions` (oldest first) at this level; empty if it may. JSON schemas are taken as they are:
 * nothing here knows how to compare two of them.
 */
export function incompatibilities(
  level: CompatibilityLevel,
  next: TypedSchema,
  versions: readonly TypedSchema[],
): string[] {
  if (level === 'NONE') return [];
  const compared = level.endsWith('_TRANSITIVE') ? versions : versions.slice(-1);
  return compared.flatMap((earlier) => {
    if (next.schemaType !== earlier.schemaType)
      return [`the subject holds ${earlier.schemaType} schemas, this is ${next.schemaType}`];
    if (next.schemaType === 'JSON') return [];
    const backward = level.startsWith('FORWARD')
      ? []
      : whyUnreadable(next, earlier, 'the new schema cannot read data of an earlier one');
    const forward = level.startsWith('BACKWARD')
      ? []
      : whyUnreadable(earlier, next, 'an earlier schema cannot read data of the new one');
    return [...backward, ...forward];
  });
}

function whyUnreadable(reader: TypedSchema, writer: TypedSchema, what: string): string[] {
  // avsc keeps the resolvers of records here.
  const registry: Record<string, { readonly _read: unknown }> = {};
  try {
    typeOf(reader).createResolver(typeOf(writer), { ignoreNamespaces: true, registry } as {
      ignoreNamespaces: boolean;
    });
  } catch (error) {
    return [`${what}: ${messageOf(error)}`];
  }
  // A record that failed as one branch of a union is noted nevertheless, and taken for readable where it occurs again.
  const failed = Object.keys(registry).find((names) => !registry[names]?._read);
  return failed === undefined ? [] : [`${what}: ${failed.replace(':', ' does not fit ')}`];
}

function typeOf({ schema }: TypedSchema): avsc.Type {
  return avroType(canonicalSchema(JSON.parse(schema)));
}

function avroType(canonical: unknown): avsc.Type {
  // Wrapped unions may hold any branches. No inherited names: a record may be called 'constructor'.
  return avsc.Type.forSchema(canonical as avsc.Type, {
    wrapUnions: true,
    noAnonymousTypes: true,
    registry: Object.create(null) as Record<string, avsc.Type>,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
