// The topics of the model: their ids, their logs, and which node leads each partition. One that was made anew has another id and
// empty logs under the old name.

import type { TopicPartition } from '../core/ids.js';
import type { TopicDescription } from '../ports/kafka.js';
import type { Node } from './node.js';
import { PartitionLog } from './partition-log.js';
import { Refusal } from './refusal.js';

interface Partition {
  readonly log: PartitionLog;
  leader: Node;
}

/** What topics are made with. */
export interface TopicConfig {
  /** The largest record that it takes, in bytes of its key and value. Default: any. */
  readonly maxMessageBytes?: number;
}

interface Topic {
  readonly id: string;
  readonly config: TopicConfig;
  /** Whether of each key the newest record alone is kept: then every record has a key. */
  keepsNewest: boolean;
  readonly partitions: Partition[];
}

export class Topics {
  readonly #nodes: readonly Node[];
  readonly #newLog: () => PartitionLog;
  readonly #topics = new Map<string, Topic>();
  #made = 0;

  constructor(nodes: readonly Node[], newLog: () => PartitionLog) {
    this.#nodes = nodes;
    this.#newLog = newLog;
  }

  get names(): readonly string[] {
    return [...this.#topics.keys()];
  }

  create(name: string, partitions: number, config: TopicConfig = {}): void {
    if (this.#topics.has(name)) throw new Error(`topic '${name}' exists already`);
    const topic = { id: `topic-${++this.#made}`, config, keepsNewest: false, partitions: [] };
    this.#topics.set(name, topic);
    this.#grow(topic, partitions);
  }

  delete(name: string): void {
    if (!this.#topics.delete(name)) throw new Error(`there is no topic '${name}'`);
  }

  keepNewest(name: string): void {
    this.#get(name).keepsNewest = true;
  }

  keepsNewest(name: string): boolean {
    return this.#topics.get(name)?.keepsNewest ?? false;
  }

  /** Until it has so many partitions; a topic never has fewer. */
  grow(name: string, partitions: number): void {
    const topic = this.#get(name);
    if (partitions < topic.partitions.length)
      throw new Error(`topic '${name}' has ${topic.partitions.length} partitions already`);
    this.#grow(topic, partitions);
  }

  describe(names: readonly string[]): Map<string, TopicDescription> {
    const found = new Map<string, TopicDescription>();
    for (const name of names) {
      const topic = this.#topics.get(name);
      if (topic) found.set(name, { partitions: topic.partitions.length, id: topic.id, mayRead: true });
    }
    return found;
  }

  idOf(name: string): string | undefined {
    return this.#topics.get(name)?.id;
  }

  partitionsOf(name: string): number {
    return this.#topics.get(name)?.partitions.length ?? 0;
  }

  find({ topic, partition }: TopicPartition): Partition | undefined {
    return this.#topics.get(topic)?.partitions[partition];
  }

  config(name: string): TopicConfig {
    return this.#topics.get(name)?.config ?? {};
  }

  /** @throws UNKNOWN_TOPIC_OR_PART */
  require(partition: TopicPartition): Partition {
    const found = this.find(partition);
    if (found === undefined) throw new Refusal('UNKNOWN_TOPIC_OR_PART');
    return found;
  }

  /** All partitions that this node leads. */
  ledBy(node: Node): TopicPartition[] {
    const led: TopicPartition[] = [];
    for (const [topic, { partitions }] of this.#topics)
      partitions.forEach(({ leader }, partition) => {
        if (leader === node) led.push({ topic, partition });
      });
    return led;
  }

  #get(name: string): Topic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new Error(`there is no topic '${name}'`);
    return topic;
  }

  #grow({ partitions }: Topic, count: number): void {
    // Each topic's first partition is somewhere else, as Kafka places them.
    for (let i = partitions.length; i < count; i++)
      partitions.push({
        log: this.#newLog(),
        leader: this.#nodes[(this.#made + i) % this.#nodes.length] as Node,
      });
  }
}
