// What a registry says to a schema that is declared here. What is written must be registered, so it has to fit into its
// subject. What is only read need not be: it has to read what others wrote, of which the latest version stands for all.

import type { RegisteredSchema, Subjects } from '../../adapters/schema-registry/subjects.js';
import { compileSchema, resolve } from '../../codecs/avro-schema.js';
import type { DeclaredSchema } from './declared.js';

type Place = Pick<RegisteredSchema, 'version' | 'id'>;

export type Verdict =
  /** The registry has this very schema. */
  | ({ readonly state: 'registered' } & Place)
  /** The subject has no version yet. */
  | { readonly state: 'new' }
  /** The registry would take it as the next version. */
  | { readonly state: 'compatible' }
  | { readonly state: 'incompatible'; readonly reasons: readonly string[] }
  /** It is only read here, and reads what was written with this version. */
  | ({ readonly state: 'readable' } & Place)
  | ({ readonly state: 'unreadable'; readonly reasons: readonly string[] } & Place);

/** @throws PRC_REGISTRY_UNREACHABLE, PRC_REGISTRY_REFUSED */
export function verdictOn(declared: DeclaredSchema, subjects: Subjects): Promise<Verdict> {
  return declared.use === 'write' ? ofWriter(declared, subjects) : ofReader(declared, subjects);
}

export function isFailure({ state }: Verdict): boolean {
  return state === 'incompatible' || state === 'unreadable';
}

export function reasonsOf(verdict: Verdict): readonly string[] {
  return 'reasons' in verdict ? verdict.reasons : [];
}

async function ofWriter({ subject, schema }: DeclaredSchema, subjects: Subjects): Promise<Verdict> {
  const place = await subjects.find(subject, schema);
  if (place !== undefined) return { state: 'registered', ...place };
  if ((await subjects.latest(subject)) === undefined) return { state: 'new' };
  const reasons = await subjects.objections(subject, schema);
  return reasons.length === 0 ? { state: 'compatible' } : { state: 'incompatible', reasons };
}

async function ofReader({ subject, schema }: DeclaredSchema, subjects: Subjects): Promise<Verdict> {
  const latest = await subjects.latest(subject);
  if (latest === undefined) return { state: 'new' };
  const { version, id } = latest;
  if ((await subjects.find(subject, schema))?.version === version) return { state: 'registered', version, id };
  const reason = whyUnreadable(schema, latest);
  return reason === undefined
    ? { state: 'readable', version, id }
    : { state: 'unreadable', version, id, reasons: [reason] };
}

/** As the codec finds out when it meets the first such record. */
function whyUnreadable(schema: string, written: RegisteredSchema): string | undefined {
  if (written.hasReferences) return 'it refers to schemas of other subjects, which is not supported';
  try {
    resolve(compileSchema(JSON.parse(schema)), compileSchema(JSON.parse(written.schema)));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
