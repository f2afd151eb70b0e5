// The topics of a driver: those that its processors read and write, those of their dead letters, and other definitions of them,
// such as the one of an older writer. Creates them in the model and opens their codecs.

import type { Codec } from '../core/codec.js';
import { deadLetterTopics, type Topology, type TopologyTopic } from '../core/topology.js';
import type { InputRecord } from '../dsl/handler.js';
import { type AnyTopic, isTopic, type Topic } from '../dsl/topic.js';
import type { OpenedCodec } from '../engine/input-record.js';
import { invalidOption } from '../errors/options.js';
import { ProcessorError } from '../errors/processor-error.js';
import type { Cluster } from '../memory/cluster.js';
import type { MemoryRegistry } from './memory-registry.js';
import { asTheyAre, MemoryTopic, type TestTopic, type TestTopicSetup } from './test-topic.js';
import { topicPartitions } from './topic-partitions.js';

export type DeadLetterTopic = Topic<string, Codec<Uint8Array | null>, Codec<Uint8Array | null>>;

export interface DriverTopicsSetup extends Pick<TestTopicSetup, 'nowMs' | 'sent' | 'requireOpen' | 'requireSettled'> {
  readonly cluster: Cluster;
  readonly registry: MemoryRegistry;
  readonly topologies: readonly Topology[];
  readonly namespace: string;
  /** How many partitions topics get whose definition names none. */
  readonly partitions: number;
}

interface Definition {
  readonly topic: TopologyTopic;
  readonly opened: MemoryTopic;
}

export class DriverTopics {
  readonly #setup: DriverTopicsSetup;
  /** By name; the first one is the processors'. */
  readonly #definitions = new Map<string, Definition[]>();
  readonly #inputs: readonly TopologyTopic[];
  readonly #deadLetterTopics: readonly string[];

  constructor(setup: DriverTopicsSetup) {
    this.#setup = setup;
    const { topologies, namespace } = setup;
    this.#deadLetterTopics = [...new Set(topologies.flatMap((topology) => deadLetterTopics(namespace, topology)))];
    this.#inputs = setup.topologies.flatMap(({ subtopologies }) => subtopologies.map(({ source }) => source.topic));
  }

  /**
   * @param older are opened first, as their schemas would have been registered first
   * @throws PRC_TEST_TOPIC_UNKNOWN, PRC_SCHEMA_INCOMPATIBLE
   */
  async open(older: readonly AnyTopic[]): Promise<void> {
    const { cluster, topologies, namespace, partitions } = this.#setup;
    for (const [name, count] of topicPartitions(topologies, { namespace, partitions })) {
      this.#definitions.set(name, []);
      cluster.createTopic(name, count);
    }
    const own = [...this.#inputs, ...topologies.flatMap(({ sinks }) => sinks.map(({ topic }) => topic))];
    for (const topic of older) if (!this.#definitions.has(topic.name)) throw this.#unknown(topic.name);
    const opened = await this.#opened(older);
    for (const one of [...(await this.#opened(own)), ...opened]) this.#definitions.get(one.topic.name)?.push(one);
  }

  /** @throws PRC_TEST_TOPIC_UNKNOWN, PRC_TOPIC_DEFINED_TWICE */
  get<T extends AnyTopic>(topic: T): TestTopic<T> {
    if (!isTopic(topic)) throw invalidOption('driver.topic()', 'topic', topic, 'It takes what topic() makes.');
    const known = this.#definitions.get(topic.name);
    if (known === undefined) throw this.#unknown(topic.name);
    const found = known.find((one) => isSame(one.topic, topic));
    if (found === undefined)
      throw new ProcessorError(
        'PRC_TOPIC_DEFINED_TWICE',
        { topic: topic.name, differences: 'codecs' },
        { hint: "Use the processors' own definition, or give testDriver() this one, too: { topics: [older] }." },
      );
    return found.opened as unknown as TestTopic<T>;
  }

  deadLetters(): readonly InputRecord<DeadLetterTopic>[] {
    return this.#deadLetterTopics.flatMap((name) => {
      const letters = this.#topic(name, asTheyAre, asTheyAre).records();
      return letters as readonly InputRecord<DeadLetterTopic>[];
    });
  }

  /** Loads what the codecs need to know before what is there can be read. */
  async load(): Promise<void> {
    for (const definitions of this.#definitions.values()) for (const { opened } of definitions) await opened.load();
  }

  async #opened(topics: readonly TopologyTopic[]): Promise<readonly Definition[]> {
    const { registry } = this.#setup;
    const found: Definition[] = [];
    for (const topic of topics) {
      const { name } = topic;
      if (found.some((one) => one.topic.name === name && isSame(one.topic, topic))) continue;
      const opened = async (part: 'key' | 'value'): Promise<OpenedCodec> => {
        const codec = topic[part];
        const scope = { topic: name, part, use: 'write', registry, registerSchemas: true } as const;
        return { serde: await codec.open(scope), nullable: codec.nullable };
      };
      found.push({ topic, opened: this.#topic(name, await opened('key'), await opened('value')) });
    }
    return found;
  }

  #topic(name: string, key: OpenedCodec, value: OpenedCodec): MemoryTopic {
    const { cluster, nowMs, sent, requireOpen, requireSettled } = this.#setup;
    const inputs = this.#inputs.map((topic) => topic.name);
    return new MemoryTopic({
      name,
      cluster,
      key,
      value,
      inputs: inputs.includes(name) ? undefined : inputs,
      nowMs,
      sent,
      requireOpen,
      requireSettled,
    });
  }

  #unknown(topic: string): ProcessorError {
    return new ProcessorError('PRC_TEST_TOPIC_UNKNOWN', { topic, known: [...this.#definitions.keys()].join(', ') });
  }
}

function isSame(one: TopologyTopic, other: TopologyTopic): boolean {
  return one === other || (one.key === other.key && one.value === other.value);
}
