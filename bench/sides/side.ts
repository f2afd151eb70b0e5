// The sides that are measured beside each other, as data: how each is started, what it can do, and what it is set to.

import type { Guarantee } from '../../src/core/topology.js';
import { programOf } from '../child.js';
import type { Peers } from '../peers/peers.js';
import type { WorkloadName } from '../workloads/workload.js';
import type { NodeSide } from './node-side.js';
import type { SideCommand } from './side-process.js';

export type SideName =
  | 'engine-fast'
  | 'engine-slow'
  | 'bare-loop'
  | 'bare-fast-loop'
  | 'kafka-streams-1'
  | 'kafka-streams-2'
  | 'franz-go'
  | 'kafkajs'
  | 'kafkajs-style';

export interface Side {
  readonly title: string;
  /** What a reader has to know of how it is set. */
  readonly settings: string;
  readonly workloads: readonly WorkloadName[];
  /** Settings that it is given. */
  options(guarantee: Guarantee): Readonly<Record<string, string>>;
  readonly command: SideCommand | Missing;
}

/** Something that cannot be had here, and why. */
export interface Missing {
  readonly missing: string;
}

export type Sides = Readonly<Record<SideName, Side>>;

export interface SideNeeds {
  readonly peers: Peers;
  /** Why the fast lane cannot be had, if so. */
  readonly slowOnly: string | undefined;
  /** Where to write CPU profiles of the sides in JavaScript. */
  readonly profileFolder: string | undefined;
}

export function sidesOf({ peers, slowOnly, profileFolder }: SideNeeds): Sides {
  const node = (side: NodeSide, environment: Readonly<Record<string, string>> = {}): SideCommand => {
    const { command, args } = programOf('bench/sides/node-side.ts', profileFolder);
    return { command, args: [...args, side], environment };
  };
  const fast = (side: NodeSide): SideCommand | Missing =>
    slowOnly === undefined ? node(side, { PROCESSOR_LANE: 'fast' }) : { missing: slowOnly };
  const kafkajs = peers.kafkajs;
  return {
    'engine-fast': {
      title: 'engine',
      settings: 'defaults; PROCESSOR_LANE=fast',
      workloads: all,
      options: none,
      command: fast('engine'),
    },
    'engine-slow': {
      title: 'engine, slow lane',
      settings: 'defaults; PROCESSOR_LANE=slow',
      workloads: all,
      options: none,
      command: node('engine', { PROCESSOR_LANE: 'slow' }),
    },
    'bare-loop': {
      title: "bare loop on the client's raw API",
      settings: loopSettings,
      workloads: [...onBytes, 'json-enrich'],
      options: none,
      command: node('bare-loop'),
    },
    'bare-fast-loop': {
      title: 'bare loop on the fast lane',
      settings: loopSettings,
      workloads: [...onBytes, 'json-enrich'],
      options: none,
      command: fast('bare-fast-loop'),
    },
    'kafka-streams-1': kafkaStreams(peers, 1),
    'kafka-streams-2': kafkaStreams(peers, 2),
    'franz-go': {
      title: 'franz-go',
      settings:
        'one GroupTransactSession, transactions of 100 ms, ProducerLinger 5 ms, MaxBufferedRecords 500,000, lz4',
      workloads: [...onBytes, 'json-enrich'],
      options: none,
      command: peers['franz-go'],
    },
    kafkajs: {
      title: 'kafkajs',
      settings: 'defaults; a producer per partition (maxInFlightRequests 1), all partitions at once; it has no lz4',
      workloads: ['json-enrich'],
      options: () => ('missing' in kafkajs ? {} : { module: kafkajs.module }),
      command: 'missing' in kafkajs ? kafkajs : node('kafkajs'),
    },
    'kafkajs-style': {
      title: "the client's KafkaJS-style API",
      settings: 'js.consumer.max.batch.size=-1, linger.ms=5; a producer per partition, all partitions at once',
      workloads: ['json-enrich'],
      options: none,
      command: node('kafkajs-style'),
    },
  };
}

const onBytes = ['pass-through', 'filter', 'fan-out', 'pass-through-100', 'pass-through-10k'] as const;
const all: readonly WorkloadName[] = [...onBytes, 'json-enrich', 'json-validated', 'avro-enrich'];
const loopSettings =
  'linger.ms=5, lz4, queued.min.messages=20000; a producer per partition, about 5,000 records a transaction';
const none = (): Readonly<Record<string, string>> => ({});

function kafkaStreams(peers: Peers, threads: number): Side {
  const producer = { 'producer.compression.type': 'lz4', 'producer.linger.ms': '5', 'producer.batch.size': '262144' };
  const memory = { 'producer.buffer.memory': '134217728', 'consumer.max.poll.records': '5000' };
  const settings = { 'num.stream.threads': String(threads), ...producer, ...memory };
  return {
    title: `Kafka Streams, ${threads === 1 ? 'one thread' : `${threads} threads`}`,
    settings: [...Object.entries(settings).map((pair) => pair.join('=')), 'commit.interval.ms=100, java -Xmx2g'].join(
      ', ',
    ),
    workloads: [...onBytes, 'json-enrich', 'avro-enrich'],
    options: (guarantee) => ({
      ...settings,
      'processing.guarantee': guarantee === 'exactly-once' ? 'exactly_once_v2' : 'at_least_once',
      // The default of exactly-once; the other guarantee's is 30 s.
      ...(guarantee === 'exactly-once' ? {} : { 'commit.interval.ms': '100' }),
    }),
    command: peers['kafka-streams'],
  };
}
