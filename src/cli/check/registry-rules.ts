// What the schema registry has against the schemas that processors declare.

import { registrySubjects } from '../../adapters/schema-registry/subjects.js';
import type { Topology } from '../../core/topology.js';
import { isProcessorError, ProcessorError } from '../../errors/processor-error.js';
import type { ResolvedConfig } from '../config/load-config.js';
import { type DeclaredSchema, declaredSchemas } from '../schema/declared.js';
import { type Verdict, verdictOn } from '../schema/verdict.js';
import type { Remark } from './remark.js';

export async function registryRemarks(
  topologies: readonly Topology[],
  { registry, registerSchemas }: Pick<ResolvedConfig, 'registry' | 'registerSchemas'>,
): Promise<readonly Remark[]> {
  const schemas = declaredSchemas(topologies);
  const [first] = schemas;
  if (first === undefined) return [];
  try {
    if (registry === undefined)
      throw new ProcessorError('PRC_REGISTRY_MISSING', { topic: first.topic, part: first.part });
    const subjects = registrySubjects(registry);
    const verdicts = await Promise.all(schemas.map((declared) => verdictOn(declared, subjects)));
    return schemas.flatMap((declared, i) => remarkOf(declared, verdicts[i] as Verdict, registerSchemas));
  } catch (error) {
    if (!isProcessorError(error)) throw error;
    return [
      { level: 'error', error, about: error.code === 'PRC_REGISTRY_MISSING' ? { topic: first.topic } : undefined },
    ];
  }
}

/** @param registerSchemas whether `run` would register what is missing */
export function remarkOf(declared: DeclaredSchema, verdict: Verdict, registerSchemas: boolean): readonly Remark[] {
  const error = errorOf(declared, verdict, registerSchemas);
  return error === undefined ? [] : [{ level: 'error', error, about: { topic: declared.topic } }];
}

function errorOf(
  { subject, topic, part, use }: DeclaredSchema,
  verdict: Verdict,
  registerSchemas: boolean,
): ProcessorError | undefined {
  switch (verdict.state) {
    case 'registered':
    case 'readable':
      return undefined;
    case 'new':
    case 'compatible':
      if (use === 'read' || registerSchemas) return undefined;
      return new ProcessorError('PRC_SCHEMA_NOT_REGISTERED', { topic, part, subject });
    case 'incompatible':
      return new ProcessorError('PRC_SCHEMA_INCOMPATIBLE', { subject, reason: verdict.reasons.join('; ') });
    case 'unreadable':
      return new ProcessorError('PRC_SCHEMA_UNREADABLE', { id: verdict.id, reason: verdict.reasons.join('; ') });
  }
}
