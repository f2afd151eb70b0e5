// What the brokers must allow a processor, computed from its topology alone: nothing more, and with any of it missing it does
// not work. Kafka's READ and WRITE include DESCRIBE, and whoever may write to some topic may be idempotent.

import { type GroupId, groupId, transactionalIdPrefix } from './ids.js';
import { deadLetterTopics, type Topology } from './topology.js';

export interface Acl {
  readonly operation: 'READ' | 'WRITE';
  readonly resource: 'topic' | 'group' | 'transactional id';
  /** `prefixed`: of everything whose name begins so. */
  readonly pattern: 'literal' | 'prefixed';
  readonly name: string;
}

/** Each once: topics, the group, ids. */
export function neededAcls(topology: Topology, namespace: string): readonly Acl[] {
  const group = groupId(namespace, topology.name);
  const inputs = topology.subtopologies.map(({ source }) => source.topic.name);
  const outputs = [...topology.sinks.map(({ topic }) => topic.name), ...deadLetterTopics(namespace, topology)];
  return [
    ...unique(inputs).map((name) => literal('READ', 'topic', name)),
    ...unique(outputs).map((name) => literal('WRITE', 'topic', name)),
    literal('READ', 'group', group),
    ...(topology.guarantee === 'exactly-once' ? [ownIds(group)] : []),
  ];
}

/** As a sentence has it: `WRITE on the topic orders`. */
export function aclText({ operation, resource, pattern, name }: Acl): string {
  return `${operation} on the ${resource}${pattern === 'prefixed' ? 's that begin with' : ''} ${name}`;
}

/** A task's id ends with its input and partition, and a processor may get more of both. */
function ownIds(group: GroupId): Acl {
  return {
    operation: 'WRITE',
    resource: 'transactional id',
    pattern: 'prefixed',
    name: transactionalIdPrefix(group),
  };
}

function literal(operation: Acl['operation'], resource: Acl['resource'], name: string): Acl {
  return { operation, resource, pattern: 'literal', name };
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
