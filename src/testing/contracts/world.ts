// What a contract case needs of the Kafka that it is tried on: the model, the real client on a real broker, or somebody's own
// adapter. Cases are written against the port alone, so that the one cannot come to mean something else than the other.

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

export interface ClientOptions {
  /** Default 15,000. */
  readonly transactionTimeoutMs?: number;
}

export interface ContractCase {
  /** A sentence; quotes the rule that stands on it, if one does. */
  readonly name: string;
  run(world: ContractWorld): Promise<void>;
}
