// E17, E18: whether the topics of a running processor are still those that it began with. What is wrong twice
// in a row is acted upon: a broker that has just come up may not know all of them yet.

import type { Limits } from '../core/defaults.js';
import { ProcessorError } from '../errors/processor-error.js';
import type { Clock } from '../ports/clock.js';
import { type Kafka, KafkaError, type TopicDescription } from '../ports/kafka.js';

export interface TopicWatchSetup {
  readonly processor: string;
  readonly kafka: Kafka;
  readonly clock: Clock;
  readonly limits: Limits;
  /** The topics as they were at the start. */
  readonly topics: ReadonlyMap<string, TopicDescription>;
  /** A topic has more partitions than it had when it was looked at last. */
  readonly grown: (topic: string, partitions: number, before: number) => void;
  /** Ends the processor. */
  readonly end: (error: Error) => void;
}

export class TopicWatch {
  readonly #setup: TopicWatchSetup;
  readonly #counts: Map<string, number>;
  /** What the last look has shown to be wrong. */
  #trouble: Error | undefined;
  #cancel: (() => void) | undefined;

  constructor(setup: TopicWatchSetup) {
    this.#setup = setup;
    this.#counts = new Map([...setup.topics].map(([name, { partitions }]) => [name, partitions]));
  }

  start(): void {
    const { clock, limits, end } = this.#setup;
    this.#cancel = clock.timer(limits.topicsMs, () => {
      this.#look().then(
        () => this.#cancel && this.start(),
        (error: Error) => end(error),
      );
    });
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  async #look(): Promise<void> {
    const { kafka, topics, end } = this.#setup;
    try {
      const found = await kafka.describeTopics([...topics.keys()], lookMs);
      const trouble = this.#troubleIn(found);
      if (trouble !== undefined && trouble.message === this.#trouble?.message) end(trouble);
      this.#trouble = trouble;
      if (trouble === undefined) this.#count(found);
    } catch (error) {
      // Nothing was seen. If that lasts, others fail by it: this look is only a precaution.
      if (!(error instanceof KafkaError)) throw error;
    }
  }

  #troubleIn(found: ReadonlyMap<string, TopicDescription>): ProcessorError | undefined {
    const { processor, topics } = this.#setup;
    const missing = [...topics.keys()].filter((name) => !found.has(name));
    if (missing.length > 0) return new ProcessorError('PRC_TOPICS_MISSING', { processor, topics: missing.join(', ') });
    const replaced = [...topics.keys()].filter((name) => {
      const [before, now] = [topics.get(name)?.id, found.get(name)?.id];
      return before !== undefined && now !== undefined && before !== now;
    });
    if (replaced.length === 0) return undefined;
    return new ProcessorError('PRC_TOPICS_REPLACED', { processor, topics: replaced.join(', ') });
  }

  #count(found: ReadonlyMap<string, TopicDescription>): void {
    for (const [name, { partitions }] of found) {
      const before = this.#counts.get(name) ?? 0;
      if (partitions <= before) continue;
      this.#counts.set(name, partitions);
      this.#setup.grown(name, partitions, before);
    }
  }
}

/** One attempt: the next look comes soon, and others have questions, too. */
const lookMs = 1000;
