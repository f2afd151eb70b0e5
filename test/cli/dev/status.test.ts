// How the processors are doing, in numbers and in words.

import { describe, expect, test } from 'vitest';
import { lagTable, Meter, type Status, statusLine, summary, totalLag } from '../../../src/cli/dev/status.js';
import type { Fact } from '../../../src/engine/facts.js';

const none = { decode: 0, handle: 0, encode: 0 };
const at = (partition: number) => ({
  processor: 'settle',
  topic: 'orders',
  partition,
  transactionalId: `settle/orders/${partition}`,
  ownershipEpoch: 1,
});
const opened = (partition: number, position: number): Fact => ({
  fact: 'task-opened',
  ...at(partition),
  position,
  ms: 1,
});
const committed = (partition: number, end: number, deadLetters = none): Fact => ({
  fact: 'batch-committed',
  ...at(partition),
  records: 10,
  outputs: 20,
  end,
  handleMs: 1,
  commitMs: 1,
  deadLetters,
  skipped: none,
});

describe('a meter', () => {
  test('counts what lasts, and where each partition goes on', () => {
    const meter = new Meter();
    for (const fact of [opened(0, 5), opened(1, 7), committed(0, 15), committed(0, 26, { ...none, decode: 2 })])
      meter.hear(fact);
    meter.hear({ fact: 'batch-aborted', ...at(1), reason: 'abortable' });
    expect(meter.status(meter.open, [30, 7])).toEqual({
      in: 20,
      out: 40,
      commits: 2,
      aborts: 1,
      deadLetters: 2,
      partitions: [
        { processor: 'settle', topic: 'orders', partition: 0, position: 26, lag: 4 },
        { processor: 'settle', topic: 'orders', partition: 1, position: 7, lag: 0 },
      ],
    });
  });

  test('forgets a partition that was closed, and has no lag below nothing', () => {
    const meter = new Meter();
    meter.hear(opened(0, 5));
    meter.hear(opened(1, 5));
    meter.hear({ fact: 'task-closed', ...at(1) });
    expect(meter.status(meter.open, [3]).partitions).toMatchObject([{ partition: 0, lag: 0 }]);
  });

  test('does not guess a lag that the brokers have not said', () => {
    const meter = new Meter();
    meter.hear(opened(0, 5));
    const status = meter.status(meter.open, undefined);
    expect(totalLag(status)).toBeNull();
    expect(statusLine({ now: status, before: undefined, ms: 0 })).toContain('lag ?');
  });
});

const status = (records: number, lags: readonly number[] = [0]): Status => ({
  in: records,
  out: 2 * records,
  commits: 14,
  aborts: 1,
  deadLetters: 0,
  partitions: lags.map((lag, partition) => ({ processor: 'settle', topic: 'orders', partition, position: 100, lag })),
});

describe('in words', () => {
  test('rates are of the time since the status before, counts since the start', () => {
    expect(statusLine({ now: status(3600, [5, 1200]), before: status(1200), ms: 2000 })).toBe(
      'in 1,200/s · out 2,400/s · lag 1,205 · 14 commits · 1 aborts · 0 dead letters',
    );
  });

  test('the first one has no rate', () => {
    expect(statusLine({ now: status(10), before: undefined, ms: 0 })).toContain('in 10 · out 20 ·');
  });

  test('a summary is of what happened since, and there is none if nothing did', () => {
    expect(summary({ now: status(30), before: status(10) })).toEqual({
      in: 20,
      out: 40,
      commits: 0,
      aborts: 0,
      deadLetters: 0,
    });
    expect(summary({ now: status(10), before: status(10) })).toBeUndefined();
  });

  test('of partitions the one with the longest way to go comes first', () => {
    expect(lagTable(status(1, [3, 1200]))).toBe(
      'processor  partition  position  lag\nsettle     orders/1   100       1,200\nsettle     orders/0   100       3\n',
    );
  });
});
