// What a contract case needs of the Kafka that it is tried on: the model, the real client on a real broker, or somebody's own
// adapter. Cases are written against the port alone, so that the one cannot come to mean something else than the other.

import type { TopicPartition } from '../../core/ids.js';
import type { Clock } from '../../ports/clock.js';
import type { Kafka } from '../../ports/kafka.js';

export interface ContractWorld {
  /** A client as a process of its own has it. Closed by whoever made the world. */
  client(options?: ClientOptions): Promise<Kafka>;
  /** Makes a topic that nobody else uses. */
  createTopic(partitions: number): Promise<string>;
  /** A name that nobody else uses: of a group, an id, a client. */
  unique(what: string): string;
  /** Time as the clients see it. */
  readonly clock: Clock;
}

/** One in which topics change, records go, and processes die. */
export interface ChangingWorld extends ContractWorld {
  /** Gives a topic more partitions, so many together. */
  growTopic(topic: string, partitions: number): Promise<void>;
  deleteTopic(topic: string): Promise<void>;
  /** Deletes it and makes another one of its name. */
  remakeTopic(topic: string, partitions: number): Promise<void>;
  /** Deletes the records of a partition that are before this offset. */
  deleteRecords(partition: TopicPartition, before: number): Promise<void>;
  /** Makes a topic of one partition that keeps the newest record of each key alone. */
  createCompactedTopic(): Promise<string>;
  /**
   * Resolves when no key is in that topic twice. Brokers leave alone what they are writing to: the last record has to be an hour
   * later than the others by its timestamp, then it and its marker are what is left alone.
   */
  compact(topic: string): Promise<void>;
  /** A member in a process that will die. It polls, and takes and gives up whatever the group says. */
  mortal(options: MortalOptions): Promise<Mortal>;
}

export interface ClientOptions {
  /** Default 15,000. */
  readonly transactionTimeoutMs?: number;
  /** Whoever polls less often is out of the group. Default: as long as no case takes. */
  readonly pollMsMax?: number;
  /** `consumer` is KIP-848. Default: classic. */
  readonly groupProtocol?: 'classic' | 'consumer';
  /** How a classic group shares its partitions. Default: cooperative-sticky. */
  readonly assignmentStrategy?: 'cooperative-sticky' | 'range';
  /** Makes its members static ones. */
  readonly groupInstanceId?: string;
  /** After how long a member of a classic group that is not heard of is missed. Default: 10 s. */
  readonly sessionMs?: number;
  /** How often members of a classic group look whether their topics have grown. Default: as long as no case takes. */
  readonly metadataMs?: number;
}

export interface MortalOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly client: ClientOptions;
}

export interface Mortal {
  /** How many partitions it has. */
  owned(): number;
  /** It is gone, without a word to anybody. */
  kill(): void;
}

export interface ContractCase {
  /** A sentence; quotes the rule that stands on it, if one does. */
  readonly name: string;
  run(world: ChangingWorld): Promise<void>;
}
