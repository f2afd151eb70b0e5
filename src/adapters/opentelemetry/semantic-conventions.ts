// The names by which traces speak of messaging, as OpenTelemetry's semantic conventions have them (messaging, v1.38, which are
// still in development). Nothing else in the project knows them.

import type { Attributes } from '@opentelemetry/api';
import type { TracedBatch } from '../../ports/tracing.js';

export function spanName({ topic }: TracedBatch): string {
  return `${topic} process`;
}

/** What is known of a batch before its handlers run. */
export function batchAttributes(batch: TracedBatch): Attributes {
  const { topic, partition, groupId, clientId, transactionalId } = batch;
  return {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': String(partition),
    'messaging.consumer.group.name': groupId,
    'messaging.client.id': clientId,
    // Ours: the conventions have no name for it.
    ...(transactionalId === undefined ? {} : { 'processor.transactional.id': transactionalId }),
  };
}

export function committedAttributes(records: number): Attributes {
  return { 'messaging.batch.message_count': records };
}

export function failedAttributes(error: Error): Attributes {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { 'error.type': code ?? error.name };
}
