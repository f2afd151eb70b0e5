// `processor schema check`: what the registry says to the schemas of processors. It changes nothing.

import { registrySubjects, type Subjects } from '../../adapters/schema-registry/subjects.js';
import { ProcessorError } from '../../errors/processor-error.js';
import type { ConfigFlags } from '../config/config-values.js';
import { loadConfig } from '../config/load-config.js';
import { discover } from '../discover.js';
import { table } from '../table.js';
import { type DeclaredSchema, declaredSchemas } from './declared.js';
import { isFailure, reasonsOf, type Verdict, verdictOn } from './verdict.js';

export interface CheckFlags extends ConfigFlags {
  readonly json?: boolean;
}

export interface Checked {
  readonly declared: DeclaredSchema;
  readonly verdict: Verdict;
}

export async function check(wanted: readonly string[], flags: CheckFlags): Promise<void> {
  const { registry } = await loadConfig(flags, process.env, 'schema check');
  const schemas = await schemasHere(wanted);
  const checked =
    schemas.length === 0 ? [] : await checkSchemas(schemas, registrySubjects(required(registry, schemas)));
  print(checked, flags);
  refuseFailures(checked);
}

/** The schemas of the wanted processors, as `discover` finds them. */
export async function schemasHere(wanted: readonly string[]): Promise<readonly DeclaredSchema[]> {
  const { processors } = await discover(process.cwd(), wanted);
  return declaredSchemas(processors.map(({ processor }) => processor.topology));
}

/** @throws PRC_REGISTRY_MISSING */
export function required<Registry>(registry: Registry | undefined, [first]: readonly DeclaredSchema[]): Registry {
  if (registry !== undefined) return registry;
  throw new ProcessorError('PRC_REGISTRY_MISSING', { topic: first?.topic ?? '', part: first?.part ?? 'value' });
}

/** @throws PRC_REGISTRY_UNREACHABLE, PRC_REGISTRY_REFUSED */
export async function checkSchemas(
  schemas: readonly DeclaredSchema[],
  subjects: Subjects,
): Promise<readonly Checked[]> {
  return Promise.all(schemas.map(async (declared) => ({ declared, verdict: await verdictOn(declared, subjects) })));
}

/** @throws PRC_SCHEMA_CHECK_FAILED */
export function refuseFailures(checked: readonly Checked[]): void {
  const failed = checked.filter(({ verdict }) => isFailure(verdict));
  if (failed.length === 0) return;
  throw new ProcessorError('PRC_SCHEMA_CHECK_FAILED', {
    failed: failed.length,
    total: checked.length,
    subjects: failed.map(({ declared }) => declared.subject).join(', '),
  });
}

export function print(checked: readonly Checked[], { json }: CheckFlags): void {
  process.stdout.write(json ? `${JSON.stringify({ schemas: checked.map(jsonOf) })}\n` : textOf(checked));
}

function jsonOf({ declared: { subject, topic, part, use }, verdict }: Checked): object {
  return { subject, topic, part, use, ...verdict };
}

/** A line for each schema, and one for each reason below it. */
function textOf(checked: readonly Checked[]): string {
  const lines = table(checked.map(row)).split('\n');
  return checked
    .flatMap(({ verdict }, i) => [lines[i], ...reasonsOf(verdict).map((reason) => `    ${reason}`)])
    .map((line) => `${line}\n`)
    .join('');
}

function row({ declared: { subject, use }, verdict }: Checked): readonly string[] {
  return [verdict.state, subject, use === 'read' ? 'read' : 'written', detailOf(verdict, use)];
}

function detailOf(verdict: Verdict, use: DeclaredSchema['use']): string {
  switch (verdict.state) {
    case 'registered':
    case 'readable':
    case 'unreadable':
      return `version ${verdict.version}, id ${verdict.id}`;
    case 'new':
      return use === 'read' ? 'nothing is registered yet' : 'would be version 1';
    case 'compatible':
      return 'would be the next version';
    case 'incompatible':
      return 'would be refused';
  }
}
