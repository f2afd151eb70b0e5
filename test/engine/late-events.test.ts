// The client on a busy thread, as a script: what it raises during a poll is heard a turn behind the poll's own end. On the
// real one this cannot be had at will; what comes of it on a real group, test/engine/reader.test.ts shows.

import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/adapters/system-clock.js';
import { limits } from '../../src/core/defaults.js';
import type { TopicPartition } from '../../src/core/ids.js';
import { Reader } from '../../src/engine/reader.js';
import type { Task } from '../../src/engine/task.js';
import type { Consumer, Rebalance } from '../../src/ports/kafka.js';
import { gate } from '../support/engine-faults.js';
import { until } from '../support/engine-wait.js';
import { idleTask, unheard } from '../support/idle-task.js';

const shared: TopicPartition = { topic: 'shared', partition: 0 };

test('E5: a revocation that is heard behind the poll that raised it is answered by its task alone', async () => {
  const finishing = gate();
  const { calls, reader, task, inNextPoll } = await reading(finishing.pass);
  await inNextPoll((raise) => {
    calls.length = 0;
    raise({ kind: 'revoked', partitions: [shared] });
    // Meanwhile the task loses its position: its commit's outcome was unknown, say.
    reader.readFrom(task, 7);
  });
  await finishing.reached;
  for (let polls = calls.length + 3; calls.length < polls; ) await systemClock.turn();
  // The client would take the unassign in a rewind for the answer.
  expect(calls.filter((call) => call !== 'poll')).toEqual([]);
  finishing.open();
  await until('it is answered', () => calls.includes('unassign'));
  expect(calls).not.toContain('rewind');
});

/** A reader in the middle of its polls, with one task that reads. */
async function reading(revoked: () => Promise<unknown>): Promise<{
  readonly calls: string[];
  readonly reader: Reader;
  readonly task: Task;
  /** What happens while the next poll is under way. Events that are raised there are heard behind its end. */
  readonly inNextPoll: (happens: (raise: (event: Rebalance) => void) => void) => Promise<void>;
}> {
  const calls: string[] = [];
  const task = idleTask(shared);
  const raised: Rebalance[] = [{ kind: 'assigned', partitions: [shared] }];
  const happenings: (() => void)[] = [];
  const scripted: Pick<Consumer, 'poll' | 'accept' | 'assign' | 'unassign' | 'rewind' | 'position'> = {
    async poll() {
      calls.push('poll');
      await systemClock.turn();
      for (const happens of happenings.splice(0)) happens();
      for (const event of raised.splice(0)) setImmediate(() => reader.rebalanced(event));
      return [];
    },
    accept: () => calls.push('accept'),
    assign: () => calls.push('assign'),
    unassign: () => calls.push('unassign'),
    rewind: () => calls.push('rewind'),
    position: () => undefined,
  };
  const reader = new Reader({
    consumer: scripted as Consumer,
    clock: systemClock,
    limits,
    assigned: () => reader.readFrom(task, 0),
    revoked: async () => void (await revoked()),
    ...unheard,
  });
  const running = reader.run();
  onTestFinished(async () => {
    reader.stop();
    await running;
  });
  await until('it reads', () => calls.includes('assign'));
  return {
    calls,
    reader,
    task,
    inNextPoll: (happens) =>
      new Promise((resolve) =>
        happenings.push(() => {
          happens((event) => raised.push(event));
          resolve();
        }),
      ),
  };
}
