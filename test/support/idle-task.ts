// A task that asks for records and does nothing with them, for tests of what reads for it.

import { systemClock } from '../../src/adapters/system-clock.js';
import { limits } from '../../src/core/defaults.js';
import type { TopicPartition } from '../../src/core/ids.js';
import { Outputs } from '../../src/engine/outputs.js';
import type { ReaderSetup } from '../../src/engine/reader.js';
import { Task } from '../../src/engine/task.js';

export function idleTask(partition: TopicPartition): Task {
  const task = new Task({
    partition,
    about: { processor: 'idle', ...partition, ownershipEpoch: 1 },
    guarantee: 'exactly-once',
    limits,
    outputs: new Outputs({ topics: [], deadLetterTopics: [], partitionCounts: new Map(), callBytesMax: 0 }),
    perform: () => {},
    onDefect: () => {},
    clock: systemClock,
  });
  task.dispatch({ kind: 'opened', position: 0 });
  return task;
}

/** What else a reader tells its runner, where nobody listens. */
export const unheard: Pick<ReaderSetup, 'lost' | 'isOpening' | 'paused' | 'resumed' | 'standing'> = {
  lost() {},
  isOpening: () => false,
  paused() {},
  resumed() {},
  standing() {},
};
