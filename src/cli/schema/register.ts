// `processor schema register`: registers the schemas of what processors write, where the registry does not have them. All are
// compared before the first is registered, so that a refusal leaves everything as it was.

import { httpRegistry } from '../../adapters/schema-registry/http-registry.js';
import { registrySubjects, type Subjects } from '../../adapters/schema-registry/subjects.js';
import type { SchemaRegistry } from '../../core/codec.js';
import type { ConfigFlags } from '../config/config-values.js';
import { loadConfig } from '../config/load-config.js';
import { table } from '../table.js';
import { type Checked, checkSchemas, print, refuseFailures, required, schemasHere } from './check.js';
import { isFailure } from './verdict.js';

export interface RegisterFlags extends ConfigFlags {
  /** Also the schemas of topics that are only read here. */
  readonly inputs: boolean;
  readonly dryRun: boolean;
  readonly json?: boolean;
}

interface Outcome {
  readonly subject: string;
  /** `left`: its topic is only read here. */
  readonly outcome: 'registered' | 'exists' | 'would-register' | 'left';
  readonly version?: number;
  readonly id?: number;
}

export async function register(wanted: readonly string[], flags: RegisterFlags): Promise<void> {
  const { registry: options } = await loadConfig(flags, process.env, 'schema register');
  const schemas = await schemasHere(wanted);
  const meant = schemas.filter(({ use }) => use === 'write' || flags.inputs);
  const outcomes: Outcome[] = schemas
    .filter((one) => !meant.includes(one))
    .map(({ subject }) => ({ subject, outcome: 'left' }));
  if (meant.length === 0) return report(outcomes, flags);
  const registry = required(options, meant);
  const subjects = registrySubjects(registry);
  const checked = await checkSchemas(
    meant.map((one) => ({ ...one, use: 'write' })),
    subjects,
  );
  if (checked.some(({ verdict }) => isFailure(verdict))) print(checked, flags);
  refuseFailures(checked);
  const provider = flags.dryRun ? undefined : { registry: httpRegistry(registry), subjects };
  try {
    for (const one of checked) outcomes.push(await provide(one, provider));
  } finally {
    // Also where one failed in the middle: those before it are registered.
    report(outcomes, flags);
  }
}

/** @param provider undefined: nothing is registered */
async function provide(
  { declared: { subject, schema }, verdict }: Checked,
  provider: { readonly registry: SchemaRegistry; readonly subjects: Subjects } | undefined,
): Promise<Outcome> {
  if (verdict.state === 'registered') return { subject, outcome: 'exists', version: verdict.version, id: verdict.id };
  if (provider === undefined) return { subject, outcome: 'would-register' };
  const id = await provider.registry.register(subject, schema);
  const version = (await provider.subjects.find(subject, schema))?.version;
  return { subject, outcome: 'registered', ...(version === undefined ? {} : { version }), id };
}

function report(outcomes: readonly Outcome[], { json }: RegisterFlags): void {
  process.stdout.write(json ? `${JSON.stringify({ schemas: outcomes })}\n` : table(outcomes.map(row)));
}

function row({ subject, outcome, version, id }: Outcome): readonly string[] {
  if (outcome === 'would-register') return ['would register', subject];
  if (outcome === 'left') return [outcome, subject, 'only read here: its writer registers it'];
  return [outcome, subject, [version === undefined ? [] : `version ${version}`, `id ${id}`].flat().join(', ')];
}
