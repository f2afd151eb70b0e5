// The registry of a run, as codecs are given it. Workloads without Avro ask nothing of it.

import type { SchemaRegistry } from 'processor';
import { httpRegistry } from '../../src/adapters/schema-registry/http-registry.js';

export interface SchemaSource {
  readonly registry: SchemaRegistry;
  readonly registerSchemas: true;
}

export function schemaSource(url: string): SchemaSource {
  return { registry: httpRegistry({ url }), registerSchemas: true };
}
