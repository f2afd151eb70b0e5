// What a processor lacks where the brokers will not have it: its login a permission, or its member the way that its group
// shares partitions. Few of their errors name the resource and none the operation, so everything is named that the
// processor does with what can be meant.

import { type Acl, aclText, neededAcls } from '../core/acls.js';
import { groupId } from '../core/ids.js';
import type { Topology } from '../core/topology.js';
import { ProcessorError } from '../errors/processor-error.js';
import { finalWords, KafkaError } from '../ports/kafka.js';

export interface Denied {
  readonly topology: Topology;
  readonly namespace: string;
}

/** The error that ends a processor because of such a word; undefined where its own message has to do. */
export function accessDenied(error: Error, { topology, namespace }: Denied): ProcessorError | undefined {
  if (!(error instanceof KafkaError)) return undefined;
  const { name } = topology;
  if (error.code === 'INCONSISTENT_GROUP_PROTOCOL')
    return new ProcessorError(
      'PRC_GROUP_MIXED',
      { processor: name, group: groupId(namespace, name) },
      { cause: error },
    );
  if (!permissions.has(error.code)) return undefined;
  const missing = missingOf(error, neededAcls(topology, namespace));
  return new ProcessorError('PRC_ACCESS_DENIED', { processor: name, reason: error.message, missing }, { cause: error });
}

function missingOf({ code, message }: KafkaError, acls: readonly Acl[]): string {
  const resource = resources[code];
  const ofKind = acls.filter((acl) => acl.resource === resource);
  if (ofKind.length === 0) return 'IDEMPOTENT_WRITE on the cluster';
  const words = message.split(/[^\w.-]+/);
  const named = ofKind.filter(({ name }) => words.includes(name));
  return (named.length > 0 ? named : ofKind).map(aclText).join(', ');
}

const permissions: ReadonlySet<string> = new Set(
  [...finalWords].filter((code) => code.endsWith('_AUTHORIZATION_FAILED')),
);

const resources: Readonly<Record<string, Acl['resource']>> = {
  GROUP_AUTHORIZATION_FAILED: 'group',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'transactional id',
  TOPIC_AUTHORIZATION_FAILED: 'topic',
};
