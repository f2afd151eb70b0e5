// The topics of the model: their ids, their logs, and which node leads each partition. One that was made anew has another id and
// empty logs under the old name.

import type { TopicPartition } from '../core/ids.js';
import type { TopicDescription } from '../ports/kafka.js';
import type { Node } from './node.js';
import { PartitionLog, type SentRecord } from './partition-log.js';
import { type RecordRules, requireTaken } from './record-rules.js';
import { Refusal } from './refusal.js';

interface Partition {
  readonly log: PartitionLog;
  leader: Node;
}

/** What topics are made with. Default: the brokers' own. */
export type TopicConfig = Partial<RecordRules>;

interface Topic {
  readonly id: string;
  readonly rules: RecordRules;
  /** Whether of each key the newest record alone is kept: then every record has a key. */
  keepsNewest: boolean;
  readonly partitions: Partition[];
}

export class Topics {
  readonly #nodes: readonly Node[];
  readonly #rules: RecordRules;
  readonly #newLog: () => PartitionLog;
  readonly #topics = new Map<string, Topic>();
  #made = 0;

  /** @param rules of the brokers, for topics that are made without */
  constructor(nodes: readonly Node[], rules: RecordRules, newLog: () => PartitionLog) {
    this.#nodes = nodes;
    this.#rules = rules;
    this.#newLog = newLog;
  }

  get names(): readonly string[] {
    return [...this.#topics.keys()];
  }

  create(name: string, partitions: number, config: TopicConfig = {}): void {
    if (this.#topics.has(name)) throw new Error(`topic '${name}' exists already`);
    const rules = { ...this.#rules, ...config };
    const topic = { id: `topic-${++this.#made}`, rules, keepsNewest: false, partitions: [] };
    this.#topics.set(name, topic);
    this.#grow(topic, partitions);
  }

  delete(name: string): void {
    if (!this.#topics.delete(name)) throw new Error(`there is no topic '${name}'`);
  }

  keepNewest(name: string): void {
    this.#get(name).keepsNewest = true;
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

  /** All of the records, or nothing. @throws INVALID_RECORD, INVALID_TIMESTAMP, MSG_SIZE_TOO_LARGE */
  requireTaken(name: string, records: readonly SentRecord[], wallMs: number): void {
    const { rules, keepsNewest } = this.#get(name);
    requireTaken(records, rules, { keepsNewest, wallMs });
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
