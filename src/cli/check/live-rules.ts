// What can be wrong between processors and the brokers that they are to run on. Pure: makes remarks of what was asked.

import type { TopicState } from '../../adapters/confluent/topic-state.js';
import { type Acl, aclText, neededAcls } from '../../core/acls.js';
import { groupId, transactionalIdPrefix } from '../../core/ids.js';
import { originIn, topologyHash } from '../../core/offset-origin.js';
import type { Subtopology, Topology } from '../../core/topology.js';
import { accessDenied } from '../../engine/access-denied.js';
import { ProcessorError } from '../../errors/processor-error.js';
import { KafkaError } from '../../ports/kafka.js';
import type { NeededTopic } from '../needed-topics.js';
import { counted } from '../table.js';
import { type InputFacts, internalTopics, type LiveFacts, type ProcessorFacts } from './live-facts.js';
import type { Remark } from './remark.js';

export function liveRemarks(facts: LiveFacts, namespace: string): readonly Remark[] {
  return [
    ...facts.processors.flatMap(({ topology, inputs }) => [
      ...brokerRemarks(topology, facts),
      ...accessRemarks(topology, facts, namespace),
      ...inputRemarks({ topology, inputs }, facts, namespace),
    ]),
    ...facts.needed.flatMap((topic) => topicRemarks(topic, facts)),
    ...internalTopics.flatMap((name) => copyRemarks(name, undefined, facts)),
  ];
}

/** What would have to be known, and by what it could. */
export function notCheckedLive({ topics, processors }: LiveFacts, namespace: string): readonly string[] {
  const transactional = processors.filter(({ topology }) => topology.guarantee === 'exactly-once');
  // One that nobody has needed yet is not there, and will be made as the brokers are set.
  const hidden = internalTopics.filter((name) => topics.get(name) instanceof KafkaError);
  return [
    'settings of topics (min.insync.replicas, retention.ms, max.message.bytes, cleanup.policy, message.timestamp.type) and of brokers (transaction.max.timeout.ms, group.min.session.timeout.ms, group.max.session.timeout.ms): the Kafka client cannot ask for them, kafka-configs --describe --all can',
    ...transactional.map(
      ({ topology }) =>
        `WRITE on the transactional ids that begin with ${transactionalIdPrefix(groupId(namespace, topology.name))}: asking for it would open one`,
    ),
    ...hidden.map((name) => `how many brokers keep ${name}: it cannot be looked at`),
  ];
}

function brokerRemarks({ name, guarantee }: Topology, { verifiesTransactions }: LiveFacts): Remark[] {
  if (guarantee !== 'exactly-once' || verifiesTransactions) return [];
  return [
    {
      level: 'error',
      error: new ProcessorError('PRC_BROKER_TOO_OLD', { processor: name }),
      about: { processor: name },
    },
  ];
}

/** Topics that are not there, and those that this login may not read or write. */
function accessRemarks(topology: Topology, { needed, topics }: LiveFacts, namespace: string): Remark[] {
  const { name } = topology;
  const about = { processor: name };
  const own = needed.filter(({ uses }) => uses.some(({ processor }) => processor === name));
  const missing = own.filter((topic) => !topics.has(topic.name)).map((topic) => topic.name);
  const denied = neededAcls(topology, namespace).filter((acl) => isDenied(acl, topics));
  return [
    ...(missing.length === 0
      ? []
      : [new ProcessorError('PRC_TOPICS_MISSING', { processor: name, topics: missing.join(', ') })]),
    ...denied.map((acl) => {
      const reason = `this login has not got ${aclText(acl)}`;
      return new ProcessorError('PRC_ACCESS_DENIED', { processor: name, reason, missing: aclText(acl) });
    }),
  ].map((error): Remark => ({ level: 'error', error, about }));
}

function isDenied({ resource, operation, name }: Acl, topics: LiveFacts['topics']): boolean {
  const state = topics.get(name);
  if (resource !== 'topic' || state === undefined) return false;
  if (state instanceof KafkaError) return state.code === 'TOPIC_AUTHORIZATION_FAILED';
  return operation === 'READ' ? !state.mayRead : !state.mayWrite;
}

/** What would keep the processor from going on where its group stands. */
function inputRemarks({ topology, inputs }: ProcessorFacts, { topics }: LiveFacts, namespace: string): Remark[] {
  const about = { processor: topology.name };
  if (inputs instanceof KafkaError) {
    const error =
      accessDenied(inputs, { topology, namespace }) ??
      new ProcessorError('PRC_KAFKA_CALL_FAILED', { reason: inputs.message }, { cause: inputs });
    return [{ level: 'error', error, about }];
  }
  return topology.subtopologies.flatMap((subtopology) => {
    const own = inputs.filter(({ topic }) => topic === subtopology.source.topic.name);
    const state = stateOf(topics, subtopology.source.topic.name);
    const foreign = own.flatMap((input) => foreignOffset(input, topology, subtopology, state, namespace)).slice(0, 1);
    const errors = foreign.length > 0 ? foreign : own.flatMap((input) => offsetErrors(input, topology, namespace));
    return errors.map((error): Remark => ({ level: 'error', error, about }));
  });
}

/** One that another topology has committed, or that counts the records of a topic that is gone (E16). All are, or none. */
function foreignOffset(
  { committed, topic, partition }: InputFacts,
  { name }: Topology,
  subtopology: Subtopology,
  state: Partial<TopicState>,
  namespace: string,
): ProcessorError[] {
  const origin = committed && originIn(committed.metadata);
  if (origin === undefined) return [];
  if (origin.topicId !== undefined && state.id !== undefined && origin.topicId !== state.id)
    return [new ProcessorError('PRC_TOPICS_REPLACED', { processor: name, topics: topic })];
  const own = topologyHash(subtopology);
  if (origin.topologyHash === own) return [];
  const details = {
    topic,
    partition,
    processor: name,
    group: groupId(namespace, name),
    found: origin.topologyHash,
    own,
  };
  return [new ProcessorError('PRC_TOPOLOGY_CHANGED', details)];
}

function offsetErrors(
  { committed, range, topic, partition }: InputFacts,
  { name, start }: Topology,
  namespace: string,
): ProcessorError[] {
  if (committed === undefined) {
    if (start !== 'refuse') return [];
    const group = groupId(namespace, name);
    return [new ProcessorError('PRC_NO_COMMITTED_OFFSET', { topic, partition, group })];
  }
  const { offset } = committed;
  const { low, stable: high } = range;
  if (offset >= low && offset <= high) return [];
  return [new ProcessorError('PRC_OFFSET_OUT_OF_RANGE', { topic, partition, offset, low, high })];
}

function topicRemarks({ name, definition, uses }: NeededTopic, facts: LiveFacts): Remark[] {
  const processor = uses[0]?.processor ?? '';
  const about: Remark['about'] = definition === undefined ? { processor } : { topic: name };
  const { partitions } = stateOf(facts.topics, name);
  if (partitions === undefined) return [];
  const defined = definition?.partitions;
  return [
    ...(defined === undefined || defined === partitions.length
      ? []
      : [
          {
            level: 'warning',
            error: new ProcessorError('PRC_PARTITIONS_DIFFER', {
              topic: name,
              found: counted(partitions.length, 'partition'),
              defined,
            }),
            about,
          } satisfies Remark,
        ]),
    ...copyRemarks(name, about, facts),
  ];
}

/** Whether the topic survives the loss of a broker, and is all there now. */
function copyRemarks(topic: string, about: Remark['about'], { topics, isThisMachine }: LiveFacts): Remark[] {
  const { partitions = [] } = stateOf(topics, topic);
  const headless = partitions.filter(({ hasLeader }) => !hasLeader).map(({ partition }) => partition);
  const behind = partitions.filter(({ hasLeader, inSync, replicas }) => hasLeader && inSync < replicas);
  const alone = partitions.some(({ replicas }) => replicas === 1);
  return [
    ...(headless.length > 0 ? [headlessRemark(topic, headless, about)] : []),
    ...(behind.length > 0
      ? [
          warning(
            new ProcessorError('PRC_REPLICAS_BEHIND', {
              topic,
              partitions: behind.map(({ partition }) => partition).join(', '),
            }),
            about,
          ),
        ]
      : []),
    ...(alone && !isThisMachine ? [warning(new ProcessorError('PRC_REPLICATION_LOW', { topic }), about)] : []),
  ];
}

function headlessRemark(topic: string, partitions: readonly number[], about: Remark['about']): Remark {
  const details = { topic, partitions: partitions.join(', ') };
  return { level: 'error', error: new ProcessorError('PRC_PARTITIONS_LEADERLESS', details), about };
}

function warning(error: ProcessorError, about: Remark['about']): Remark {
  return { level: 'warning', error, about };
}

/** {} for a topic that is not there, or may not be looked at. */
function stateOf(topics: LiveFacts['topics'], name: string): Partial<TopicState> {
  const state = topics.get(name);
  return state === undefined || state instanceof KafkaError ? {} : state;
}
