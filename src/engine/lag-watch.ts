// How far a processor is behind: looks at the last stable offsets of its open partitions from time to time, and tells. Nothing is
// decided by it. Where a partition is being opened, or a batch is in trouble, there are more important questions to the brokers.

import type { Limits } from '../core/defaults.js';
import type { TaskState } from '../core/task/state.js';
import type { Clock } from '../ports/clock.js';
import { type Kafka, KafkaError } from '../ports/kafka.js';
import type { Fact, PartitionLag } from './facts.js';
import type { Task } from './task.js';

export interface LagWatchSetup {
  readonly processor: string;
  readonly kafka: Pick<Kafka, 'offsetRanges'>;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly tasks: () => readonly Task[];
  /** Where a task's partition is read next, as far as its reader knows. */
  readonly readPosition: (task: Task) => number | undefined;
  readonly emitFact: (fact: Fact) => void;
  readonly defect: (error: unknown) => void;
}

export class LagWatch {
  readonly #setup: LagWatchSetup;
  #cancel: (() => void) | undefined;
  #isStopped = false;

  constructor(setup: LagWatchSetup) {
    this.#setup = setup;
  }

  start(): void {
    const { clock, limits, defect } = this.#setup;
    if (!this.#isStopped)
      this.#cancel = clock.timer(limits.lagMs, () => void this.#look().then(() => this.start(), defect));
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  async #look(): Promise<void> {
    const { processor, kafka, tasks, emitFact } = this.#setup;
    const asked = tasks();
    if (asked.length === 0 || asked.some(({ state }) => settledUpTo(state) === undefined)) return;
    try {
      const ranges = await kafka.offsetRanges(
        asked.map(({ partition }) => partition),
        lookMs,
      );
      if (this.#isStopped) return;
      const lags = asked.flatMap((task, i): PartitionLag[] => {
        const position = this.#position(task);
        const stable = ranges[i]?.stable;
        // It may have gone on beyond what was seen, or to somebody else.
        if (position === undefined || stable === undefined) return [];
        return [{ ...task.partition, lag: Math.max(0, stable - position) }];
      });
      emitFact({ fact: 'lag-seen', processor, lags });
    } catch (error) {
      // Nothing was seen. Others fail by what is wrong, if it lasts.
      if (!(error instanceof KafkaError)) throw error;
    }
  }

  /** Up to where everything is settled. Behind the last record there may be markers, which the reader alone has seen. */
  #position(task: Task): number | undefined {
    const settled = settledUpTo(task.state);
    if (settled === undefined || task.state.kind !== 'idle' || !task.queue.isEmpty) return settled;
    return Math.max(settled, this.#setup.readPosition(task) ?? settled);
  }
}

/** One attempt for each question: the next look comes soon, and others have questions, too. */
const lookMs = 1000;

/** Undefined where a task is opening, in trouble or gone. */
function settledUpTo(state: TaskState): number | undefined {
  switch (state.kind) {
    case 'idle':
      return state.position;
    case 'processing':
    case 'waiting':
      return state.first;
    case 'claiming':
    case 'committing':
      return state.span.first;
    case 'initializing':
    case 'starting':
    case 'aborting':
    case 'recovering':
    case 'closed':
    case 'failed':
      return undefined;
  }
}
