// The production sheet of a processor: everything that whoever runs it has to know, computed from its topology and the client's
// settings. Pure; its shape is what `processor describe --json` prints (docs/guide/operate.md), and the other forms are made of it.

import { type ClientSettings, consumerConfig, producerConfig } from '../../adapters/confluent/settings.js';
import { subjectOf } from '../../codecs/registry-wire-format.js';
import { type Acl, neededAcls } from '../../core/acls.js';
import type { AnyCodec } from '../../core/codec.js';
import { limits } from '../../core/defaults.js';
import { type GroupId, groupId, transactionalIdPrefix } from '../../core/ids.js';
import {
  deadLetterTopic,
  deadLetterTopics,
  type FinalPolicy,
  type Guarantee,
  type RetryPolicy,
  type SourceHandler,
  type Start,
  type Topology,
  type TopologyTopic,
} from '../../core/topology.js';

export interface Sheet {
  readonly processor: string;
  /** The path of its module, relative to the folder. */
  readonly module: string;
  readonly guarantee: Guarantee;
  readonly group: GroupSheet;
  /** Undefined without transactions. */
  readonly transactionalIds: TransactionalIds | undefined;
  readonly inputs: readonly InputSheet[];
  readonly outputs: readonly OutputSheet[];
  readonly handlerEffects: HandlerEffects;
  readonly onError: Readonly<Record<'decode' | 'handle' | 'encode', PolicySheet>>;
  readonly deadLetters: readonly string[];
  readonly deadLetterHeaders: readonly string[];
  readonly limits: LimitsSheet;
  readonly acls: readonly Acl[];
}

export interface GroupSheet {
  readonly id: GroupId;
  readonly protocol: 'classic' | 'consumer';
  /** Undefined: the broker's default (KIP-848). */
  readonly assignor: string | undefined;
  readonly isolationLevel: 'read_committed';
  /** Where a partition starts for which the group has no offset. */
  readonly start: Start;
}

export interface TransactionalIds {
  readonly prefix: string;
  readonly ofInputs: readonly {
    readonly input: string;
    /** With `<partition>` for the number. */
    readonly pattern: string;
    /** One for each partition; undefined where the definition does not say how many there are. */
    readonly count: number | undefined;
  }[];
}

export interface TopicSheet {
  readonly topic: string;
  /** By its definition; undefined where that leaves it to the broker. */
  readonly partitions: number | undefined;
  readonly config: Readonly<Record<string, string>>;
  readonly key: CodecSheet;
  readonly value: CodecSheet;
}

export interface InputSheet extends TopicSheet {
  readonly handledPer: SourceHandler['per'];
}

export interface OutputSheet extends TopicSheet {
  /** What handlers call it. */
  readonly name: string;
  readonly guarantee: Guarantee;
  /** What its readers have to set for that guarantee. */
  readonly readersSet: Readonly<Record<string, string>>;
}

export interface CodecSheet {
  readonly format: string;
  readonly nullable: boolean;
  /** In the schema registry, with the schema that it holds for this codec; undefined for codecs that ask none. */
  readonly subject: string | undefined;
  readonly schema: unknown;
}

/** How often what a handler does beside its outputs can happen for one record. */
export type HandlerEffects = 'at-least-once' | 'at-most-once';

export type FinalPolicySheet =
  | { readonly policy: 'fail' }
  | { readonly policy: 'skip' }
  | { readonly policy: 'dead-letter'; readonly topic: string };

export type PolicySheet =
  | FinalPolicySheet
  | (Omit<RetryPolicy, 'otherwise'> & {
      readonly otherwise: FinalPolicySheet;
    });

export interface LimitsSheet {
  readonly handlerTimeoutMs: number;
  readonly batchRecordsMax: number;
  readonly batchBytesMax: number;
  readonly batchAgeMsMax: number;
  readonly callBytesMax: number;
  readonly partitionBytesMax: number;
  readonly processorBytesMax: number;
  readonly revokeTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
  /** `transaction.timeout.ms`; undefined without transactions. */
  readonly transactionTimeoutMs: number | undefined;
  /** `session.timeout.ms` and `heartbeat.interval.ms`; undefined where the broker has them (KIP-848). */
  readonly sessionTimeoutMs: number | undefined;
  readonly heartbeatIntervalMs: number | undefined;
  /** `max.poll.interval.ms`. */
  readonly pollIntervalMsMax: number;
  /** `compression.type`. */
  readonly compression: string;
}

export interface SheetOptions {
  readonly module: string;
  readonly namespace: string;
  readonly settings: ClientSettings;
}

export function productionSheet(topology: Topology, { module, namespace, settings }: SheetOptions): Sheet {
  const group = groupId(namespace, topology.name);
  const { guarantee, onError } = topology;
  return {
    processor: topology.name,
    module,
    guarantee,
    group: groupSheet(group, topology.start, settings),
    transactionalIds: guarantee === 'exactly-once' ? transactionalIds(group, topology) : undefined,
    inputs: topology.subtopologies.map(({ source }) => ({
      ...topicSheet(source.topic),
      handledPer: source.handler.per,
    })),
    outputs: topology.sinks.map(({ name, topic }) => ({
      name,
      ...topicSheet(topic),
      guarantee,
      readersSet: guarantee === 'exactly-once' ? { 'isolation.level': 'read_committed' } : {},
    })),
    handlerEffects: guarantee === 'at-most-once' ? 'at-most-once' : 'at-least-once',
    onError: {
      decode: finalPolicy(onError.decode, topology, namespace),
      handle: policy(onError.handle, topology, namespace),
      encode: finalPolicy(onError.encode, topology, namespace),
    },
    deadLetters: deadLetterTopics(namespace, topology),
    deadLetterHeaders: letterHeaders,
    limits: limitsSheet(topology, settings),
    acls: neededAcls(topology, namespace),
  };
}

/** What engine/outputs writes beside a dead letter; the last one where its value was cut. */
const letterHeaders = [
  'dlq.topic',
  'dlq.partition',
  'dlq.offset',
  'dlq.timestamp',
  'dlq.processor',
  'dlq.failed',
  'dlq.error.class',
  'dlq.error.message',
  'dlq.value.bytes',
];

function groupSheet(id: GroupId, start: Start, settings: ClientSettings): GroupSheet {
  const config = consumerConfig(settings, id, id);
  const isNewer = config['group.protocol'] === 'consumer';
  return {
    id,
    protocol: isNewer ? 'consumer' : 'classic',
    assignor: text(config[isNewer ? 'group.remote.assignor' : 'partition.assignment.strategy']),
    isolationLevel: 'read_committed',
    start,
  };
}

function transactionalIds(group: GroupId, { subtopologies }: Topology): TransactionalIds {
  const prefix = transactionalIdPrefix(group);
  const ofInputs = subtopologies.map(({ name, source }) => ({
    input: source.topic.name,
    pattern: `${prefix}${name}/<partition>`,
    count: source.topic.partitions,
  }));
  return { prefix, ofInputs };
}

function topicSheet({ name, partitions, config = {}, key, value }: TopologyTopic): TopicSheet {
  return {
    topic: name,
    partitions,
    config,
    key: codecSheet(key, name, 'key'),
    value: codecSheet(value, name, 'value'),
  };
}

function codecSheet(codec: AnyCodec, topic: string, part: 'key' | 'value'): CodecSheet {
  const { format, nullable, schema } = codec;
  return {
    format,
    nullable,
    subject: schema === undefined ? undefined : subjectOf(topic, part),
    schema: schema === undefined ? undefined : (JSON.parse(schema) as unknown),
  };
}

function policy(given: FinalPolicy | RetryPolicy, topology: Topology, namespace: string): PolicySheet {
  if (given.policy !== 'retry') return finalPolicy(given, topology, namespace);
  return { ...given, otherwise: finalPolicy(given.otherwise, topology, namespace) };
}

function finalPolicy(given: FinalPolicy, { name }: Topology, namespace: string): FinalPolicySheet {
  if (given.policy !== 'dead-letter') return given;
  return { policy: 'dead-letter', topic: given.topic ?? deadLetterTopic(namespace, name) };
}

function limitsSheet({ guarantee, handlerTimeoutMs }: Topology, settings: ClientSettings): LimitsSheet {
  const consumer = consumerConfig(settings, '', '');
  return {
    handlerTimeoutMs,
    batchRecordsMax: limits.batchRecordsMax,
    batchBytesMax: limits.batchBytesMax,
    batchAgeMsMax: limits.batchAgeMsMax,
    callBytesMax: limits.callBytesMax,
    partitionBytesMax: limits.partitionBytesMax,
    processorBytesMax: limits.processorBytesMax,
    revokeTimeoutMs: limits.revokeTimeoutMs,
    shutdownTimeoutMs: limits.shutdownTimeoutMs,
    transactionTimeoutMs: guarantee === 'exactly-once' ? limits.transactionTimeoutMs : undefined,
    sessionTimeoutMs: count(consumer['session.timeout.ms']),
    heartbeatIntervalMs: count(consumer['heartbeat.interval.ms']),
    pollIntervalMsMax: Number(consumer['max.poll.interval.ms']),
    compression: String(producerConfig(settings, '')['compression.type']),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function count(value: unknown): number | undefined {
  return value === undefined ? undefined : Number(value);
}
