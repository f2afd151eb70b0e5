// How far a processor says that it is behind, as its tasks move and the brokers answer. Time is the test's, and so are the
// answers: what a look asks of a real broker, test/cli/http.test.ts shows.

import { expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/system-clock.js';
import { limits } from '../../src/core/defaults.js';
import type { Fact } from '../../src/engine/facts.js';
import { LagWatch } from '../../src/engine/lag-watch.js';
import type { Task } from '../../src/engine/task.js';
import { KafkaError } from '../../src/ports/kafka.js';
import { until } from '../support/engine-wait.js';
import { idleTask } from '../support/idle-task.js';

test('it is behind by what lies between what is settled and the last stable offset', async () => {
  const { look, task, ends } = watched();
  ends.stable = 100;
  expect(await look()).toEqual([{ topic: 'orders', partition: 0, lag: 100 }]);
  task.dispatch({ kind: 'batch', span: { first: 40, end: 60 } });
  expect(await look()).toMatchObject([{ lag: 60 }]);
  task.dispatch({ kind: 'handled', end: 60 });
  expect(await look()).toMatchObject([{ lag: 60 }]);
  task.dispatch({ kind: 'committed' });
  expect(await look()).toMatchObject([{ lag: 40 }]);
});

test('markers behind the last record are nothing that it is behind with', async () => {
  const { look, ends, read } = watched();
  ends.stable = 3;
  read.position = 3;
  expect(await look()).toMatchObject([{ lag: 0 }]);
});

test('what came to be settled while the brokers were asked makes it never less than nothing', async () => {
  const { look, task, ends } = watched();
  ends.stable = 10;
  ends.meanwhile = () => {
    task.dispatch({ kind: 'batch', span: { first: 0, end: 12 } });
    task.dispatch({ kind: 'handled', end: 12 });
    task.dispatch({ kind: 'committed' });
  };
  expect(await look()).toMatchObject([{ lag: 0 }]);
});

test('while a task is in trouble the brokers are asked nothing', async () => {
  const { look, task, ends } = watched();
  task.dispatch({ kind: 'batch', span: { first: 0, end: 1 } });
  task.dispatch({ kind: 'handled', end: 1 });
  task.dispatch({ kind: 'failed', failure: 'abortable' });
  expect(await look()).toBeUndefined();
  expect(ends.asked).toBe(0);
});

test('a look that fails is none, and the next one comes all the same', async () => {
  const { look, ends } = watched();
  ends.failure = new KafkaError('_TIMED_OUT', 'list offsets: timed out', { retriable: true });
  expect(await look()).toBeUndefined();
  ends.failure = undefined;
  expect(await look()).toMatchObject([{ lag: 0 }]);
});

/** A processor with one idle task at offset 0 of orders/0. */
function watched(): {
  readonly task: Task;
  readonly read: { position: number | undefined };
  readonly ends: { stable: number; asked: number; failure: KafkaError | undefined; meanwhile: () => void };
  /** Lets the time for a look come; gives back what it tells. */
  readonly look: () => Promise<unknown>;
} {
  const task = idleTask({ topic: 'orders', partition: 0 });
  const read: { position: number | undefined } = { position: undefined };
  const ends = { stable: 0, asked: 0, failure: undefined as KafkaError | undefined, meanwhile: () => {} };
  const facts: Fact[] = [];
  let due = (): void => {};
  const watch = new LagWatch({
    processor: 'p',
    kafka: {
      async offsetRanges(partitions) {
        ends.asked++;
        await systemClock.turn();
        ends.meanwhile();
        if (ends.failure) throw ends.failure;
        return partitions.map(() => ({ low: 0, stable: ends.stable }));
      },
    },
    clock: {
      ...systemClock,
      timer(ms, callback) {
        expect(ms).toBe(limits.lagMs);
        due = callback;
        return () => {};
      },
    },
    limits,
    tasks: () => [task],
    readPosition: () => read.position,
    emitFact: (fact) => facts.push(fact),
    defect: (error) => {
      throw error;
    },
  });
  watch.start();
  return {
    task,
    read,
    ends,
    async look() {
      const before = due;
      before();
      await until('the next look is waited for', () => due !== before);
      const told = facts.splice(0);
      for (const fact of told) expect(fact).toMatchObject({ fact: 'lag-seen', processor: 'p' });
      return told[0]?.fact === 'lag-seen' ? told[0].lags : undefined;
    },
  };
}
