// What a login lacks where the brokers deny a processor something: their errors name neither the resource nor the operation,
// so everything that the processor does with that kind of resource is named.

import type { GroupId } from '../core/ids.js';
import { deadLetterTopics, type Topology } from '../core/topology.js';
import { ProcessorError } from '../errors/processor-error.js';
import { denials, KafkaError } from '../ports/kafka.js';

export interface Denied {
  readonly topology: Topology;
  readonly namespace: string;
  readonly group: GroupId;
}

/** The error that ends a processor because of a denial; undefined if this is none. */
export function accessDenied(error: Error, processor: Denied): ProcessorError | undefined {
  if (!(error instanceof KafkaError) || !denials.has(error.code)) return undefined;
  const { name } = processor.topology;
  return new ProcessorError(
    'PRC_ACCESS_DENIED',
    { processor: name, reason: error.message, missing: missing(error.code, processor) },
    { cause: error },
  );
}

function missing(code: string, { topology, namespace, group }: Denied): string {
  switch (code) {
    case 'GROUP_AUTHORIZATION_FAILED':
      return `READ on the group ${group}`;
    case 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED':
      return `WRITE and DESCRIBE on the transactional ids that begin with ${group}/`;
    case 'TOPIC_AUTHORIZATION_FAILED': {
      const inputs = topology.subtopologies.map(({ source }) => source.topic.name);
      const outputs = [...topology.sinks.map(({ topic }) => topic.name), ...deadLetterTopics(namespace, topology)];
      const write = outputs.length > 0 ? `, WRITE on ${[...new Set(outputs)].join(', ')}` : '';
      return `READ on ${inputs.join(', ')}${write}`;
    }
    default:
      return 'IDEMPOTENT_WRITE on the cluster';
  }
}
