// E20: why partitions stand still, and whether they can go on. Looks at all that stand together, one look at a time, and acts
// on nothing that was seen only once. Owns what was seen; the tasks are the runner's.

import type { Limits } from '../core/defaults.js';
import { ProcessorError } from '../errors/processor-error.js';
import type { Clock } from '../ports/clock.js';
import { endOf, finalWords, type Kafka, KafkaError, type OffsetRange, unanswered } from '../ports/kafka.js';
import type { Fact } from './facts.js';
import type { Standing } from './reader.js';
import type { Task } from './task.js';

export interface StandstillSetup {
  readonly processor: string;
  readonly kafka: Kafka;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly readFrom: (task: Task, position: number) => void;
  /** The task's partition cannot be read on: the processor ends. */
  readonly fail: (task: Task, error: ProcessorError) => void;
  /** The brokers will not let anybody look: the processor ends. */
  readonly denied: (error: KafkaError) => void;
  readonly emitFact: (fact: Fact) => void;
}

export class Standstill {
  readonly #setup: StandstillSetup;
  readonly #seen = new WeakMap<Task, Sight>();
  /** Where an open transaction was seen to hold records back. */
  readonly #held = new WeakMap<Task, { readonly position: number; readonly isTold: boolean }>();
  #isLooking = false;

  constructor(setup: StandstillSetup) {
    this.#setup = setup;
  }

  /** Rejects with defects only. */
  async look(stands: readonly Standing[]): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const ranges = await this.#setup.kafka.offsetRanges(stands.map(({ task }) => task.partition));
      const verdicts = stands.map((standing, i) => this.#judge(standing, ranges[i] as OffsetRange));
      const stalled = stands.filter((_, i) => verdicts[i] === 'stalled');
      if (stalled.length > 0) await this.#requireRead([...new Set(stalled.map(({ task }) => task.partition.topic))]);
      await this.#lookBehind(stands.filter((_, i) => verdicts[i] === 'quiet'));
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      this.#sawNothing(stands, error);
    } finally {
      this.#isLooking = false;
    }
  }

  #judge(standing: Standing, range: OffsetRange): Verdict {
    const { task, position } = standing;
    const { partition, state } = task;
    // It may have moved on while the broker was asked: going back would repeat what is done.
    if (!task.isOpen || state.kind !== 'idle' || state.position > position) return 'open';
    const { low } = range;
    const high = endOf(range);
    const end = high < position ? 'behind' : high > position ? 'ahead' : 'here';
    // What is ahead may have come this moment, and a new leader does not know at once how far its followers are (E2).
    const forMs = end === 'behind' ? this.#setup.limits.transactionTimeoutMs : 0;
    if (!this.#isSeenAgain(standing, end, forMs)) return 'open';
    if (end === 'here') return 'quiet';
    const { readFrom, fail, emitFact } = this.#setup;
    if (end === 'ahead') emitFact({ fact: 'partition-stalled', ...task.about, position, stable: high });
    // A log that stays shorter was truncated, or its topic was made anew.
    if (end === 'behind' || position < low) {
      fail(task, new ProcessorError('PRC_OFFSET_OUT_OF_RANGE', { ...partition, offset: position, low, high }));
      return 'open';
    }
    readFrom(task, position);
    return 'stalled';
  }

  /** A transaction that its producer left open hides all records behind it from everybody, until it ends or is ended. */
  async #lookBehind(quiet: readonly Standing[]): Promise<void> {
    const { kafka, emitFact } = this.#setup;
    const untold = quiet.filter(({ task, position }) => {
      const held = this.#held.get(task);
      return held?.position !== position || !held.isTold;
    });
    if (untold.length === 0) return;
    const ends = await kafka.highWatermarks(untold.map(({ task }) => task.partition));
    untold.forEach(({ task, position }, i) => {
      const end = ends[i] as number;
      // One that has just begun is none of them.
      const isLong = this.#held.get(task)?.position === position;
      if (end <= position) this.#held.delete(task);
      else this.#held.set(task, { position, isTold: isLong });
      if (end > position && isLong) emitFact({ fact: 'records-held-back', ...task.about, position, end });
    });
  }

  /** Of a denial the client speaks once, which may get lost, and then asks on in silence. */
  async #requireRead(topics: readonly string[]): Promise<void> {
    const { kafka, denied } = this.#setup;
    for (const [topic, { mayRead }] of await kafka.describeTopics(topics, lookMs))
      if (!mayRead) denied(new KafkaError('TOPIC_AUTHORIZATION_FAILED', `reading ${topic} is denied to this login`));
  }

  /**
   * One look that fails is no news: leaders change, and the next look comes soon. If the brokers answer, and no look shows
   * anything for as long as a partition may stand still, it is. Where they do not answer the client says so itself.
   */
  #sawNothing(stands: readonly Standing[], error: KafkaError): void {
    const { processor, denied, limits, emitFact } = this.#setup;
    if (finalWords.has(error.code)) denied(error);
    let isNews = false;
    for (const standing of stands) {
      if (unanswered.has(error.code)) this.#seen.delete(standing.task);
      else if (this.#isSeenAgain(standing, 'hidden', limits.stallMs)) isNews = true;
    }
    const level = isNews ? 'warn' : 'debug';
    emitFact({ fact: 'client-notice', processor, level, message: error.message });
  }

  /** Whether looks have shown the same for so long. Counts anew from there. */
  #isSeenAgain({ task, position }: Standing, end: Sight['end'], forMs = 0): boolean {
    const now = this.#setup.clock.monotonicMs();
    const before = this.#seen.get(task);
    const isSame = before?.end === end && before.position === position;
    const isLong = isSame && now - before.sinceMs >= forMs;
    this.#seen.set(task, isSame && !isLong ? before : { position, end, sinceMs: now });
    return isLong;
  }
}

/** `stalled`: there are records that could be read and are not. `quiet`: there are none. `open`: it remains to be seen. */
type Verdict = 'stalled' | 'quiet' | 'open';

/** One attempt: the next look comes soon. */
const lookMs = 1000;

/** Where a standing task was, on which side of it the log ended, and since when that is so. */
interface Sight {
  readonly position: number;
  readonly end: 'behind' | 'here' | 'ahead' | 'hidden';
  readonly sinceMs: number;
}
