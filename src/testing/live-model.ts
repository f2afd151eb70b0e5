// Processors on the model of Kafka in real time, one instance of them: what `processor dev` has where no Kafka can be had. All of it
// is gone with the process.

import { setImmediate } from 'node:timers/promises';
import type { SchemaRegistry } from '../core/codec.js';
import { deadLetterTopics, type Topology, type TopologyTopic } from '../core/topology.js';
import type { FactListener } from '../engine/facts.js';
import type { Runner } from '../engine/runner.js';
import { Process } from '../memory/kernel.js';
import { RealTime } from '../memory/real-time.js';
import { recordsOf } from '../memory/record-form.js';
import { readHeaders } from '../ports/headers.js';
import type { Kafka } from '../ports/kafka.js';
import type { OutputBatch } from '../ports/output-batch.js';
import { MemoryRegistry } from './memory-registry.js';
import { Rig } from './rig.js';
import { topicPartitions } from './topic-partitions.js';

export interface LiveModelOptions {
  readonly topologies: readonly Topology[];
  readonly namespace: string;
  /** How many partitions topics get whose definition names none. */
  readonly partitions: number;
}

export interface LiveRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** A null value is empty bytes. */
  readonly headers: readonly (readonly [name: string, value: Uint8Array])[];
}

export class LiveModel {
  readonly registry: SchemaRegistry = new MemoryRegistry();
  /** For questions about the topics. */
  readonly kafka: Kafka;
  /** Those that are only read: somebody else would write them. */
  readonly inputs: readonly TopologyTopic[];
  /** Those that are written, and those of dead letters, by name. */
  readonly outputs: readonly string[];
  readonly #options: LiveModelOptions;
  readonly #rig: Rig;
  readonly #time: RealTime;
  /** How far `take` has read, by topic and partition. */
  readonly #taken = new Map<string, number[]>();

  constructor(options: LiveModelOptions) {
    const { namespace, partitions } = options;
    // Each start is the first one, and what was sent before it is to be handled: no offset of a group stands anywhere.
    const topologies = options.topologies.map((topology): Topology => ({ ...topology, start: 'earliest' }));
    this.#options = { ...options, topologies };
    this.#rig = new Rig({ seed: 1, turn: () => setImmediate(), epochMs: Date.now() });
    this.#time = new RealTime(this.#rig.kernel);
    this.kafka = this.#rig.kafka(new Process('tools'));
    const read = topologies.flatMap(({ subtopologies }) => subtopologies.map(({ source }) => source.topic));
    const written = topologies.flatMap(({ sinks }) => sinks.map(({ topic }) => topic));
    const letters = topologies.flatMap((topology) => deadLetterTopics(namespace, topology));
    const { cluster } = this.#rig;
    for (const [name, count] of topicPartitions(topologies, { namespace, partitions }))
      cluster.createTopic(name, count);
    this.outputs = [...new Set([...written.map(({ name }) => name), ...letters])];
    this.inputs = [...new Map(read.map((topic) => [topic.name, topic])).values()].filter(
      ({ name }) => !this.outputs.includes(name),
    );
  }

  get partitions(): ReadonlyMap<string, number> {
    const { cluster } = this.#rig;
    return new Map(cluster.topics.map((name) => [name, cluster.partitionsOf(name)]));
  }

  /** Resolves when all processors are members of their groups. */
  async start(onFact: FactListener): Promise<readonly Runner[]> {
    this.#time.start();
    const { topologies, namespace } = this.#options;
    const { runners } = this.#rig.start({ name: 'dev', topologies, namespace, registry: this.registry, onFact });
    return Promise.all(runners);
  }

  /** Appends records as a producer would. */
  send(batch: OutputBatch): void {
    for (const { partition, records } of recordsOf(batch)) this.#rig.cluster.produce(partition, records);
  }

  /** What has been committed to a topic since it was last asked. */
  take(topic: string): readonly LiveRecord[] {
    const { cluster } = this.#rig;
    const taken = this.#taken.get(topic) ?? Array<number>(cluster.partitionsOf(topic)).fill(0);
    this.#taken.set(topic, taken);
    return taken.flatMap((offset, partition) => {
      const from = { offset, recordsMax: Number.POSITIVE_INFINITY, isCommitted: true };
      const { records, next } = cluster.log({ topic, partition }).read(from);
      taken[partition] = next;
      return records.map(({ headers, ...record }) => ({
        ...record,
        topic,
        partition,
        headers: readHeaders(headers, 0, headers.length).map(
          ([name, value]) => [name, value ?? new Uint8Array(0)] as const,
        ),
      }));
    });
  }

  /** Nothing happens any more. */
  stop(): Promise<void> {
    return this.#time.stop();
  }
}
