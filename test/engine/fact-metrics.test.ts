// What of the engine's facts becomes a metric.

import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Metrics } from '../../src/adapters/prometheus/metrics.js';
import { FactMetrics } from '../../src/engine/fact-metrics.js';
import type { Fact, FailedCounts } from '../../src/engine/facts.js';
import { KafkaError } from '../../src/ports/kafka.js';

const none: FailedCounts = { decode: 0, handle: 0, encode: 0 };
const at = (partition = 0, ownershipEpoch = 1) => ({ processor: 'p', topic: 'orders', partition, ownershipEpoch });
const started: Fact = { fact: 'processor-started', processor: 'p', topics: ['orders'], guarantee: 'exactly-once' };
const opened = (partition: number, epoch = 1): Fact => ({
  fact: 'task-opened',
  ...at(partition, epoch),
  position: 0,
  ms: 1,
});
const closed = (partition: number, epoch = 1): Fact => ({ fact: 'task-closed', ...at(partition, epoch) });
const paused = (partition: number): Fact => ({ fact: 'partition-paused', ...at(partition), bytes: 1 });
const behind = (...lags: number[]): Fact => ({
  fact: 'lag-seen',
  processor: 'p',
  lags: lags.map((lag, partition) => ({ topic: 'orders', partition, lag })),
});
const committed = (more: Partial<Extract<Fact, { readonly fact: 'batch-committed' }>> = {}): Fact => ({
  fact: 'batch-committed',
  ...at(),
  records: 5,
  outputs: 10,
  end: 5,
  handleMs: 40,
  commitMs: 20,
  deadLetters: none,
  skipped: none,
  ...more,
});

let metrics: Metrics;
let told: FactMetrics;
beforeEach(() => {
  metrics = new Metrics();
  told = new FactMetrics(metrics);
});

/** Every series of ours that is not zero, histograms' buckets left out. */
async function shown(facts: readonly Fact[], nowMs = performance.now()): Promise<Readonly<Record<string, number>>> {
  for (const fact of facts) told.hear(fact, nowMs);
  return Object.fromEntries([...(await series())].filter(([name, value]) => value !== 0 && !name.includes('_bucket')));
}

async function series(): Promise<ReadonlyMap<string, number>> {
  told.sweep(performance.now());
  const { text } = await metrics.exposition();
  return new Map(
    [...text.matchAll(/^processor_(\S+) (\S+)$/gm)].map(([, name = '', value]) => [
      name.replace('processor="p",topic="orders"', 'at').replace('processor="p"', 'p'),
      Number(value),
    ]),
  );
}

describe('of what is done', () => {
  test('committed batches count their records, and how long each of their phases took in seconds', async () => {
    expect(await shown([committed(), committed({ records: 1, outputs: 0 })])).toEqual({
      'records_in_total{at}': 6,
      'records_out_total{at}': 10,
      'transactions_total{at,outcome="committed"}': 2,
      'transaction_duration_seconds_sum{at}': 0.12,
      'transaction_duration_seconds_count{at}': 2,
      'transaction_phase_seconds_sum{at,phase="handle"}': 0.08,
      'transaction_phase_seconds_count{at,phase="handle"}': 2,
      'transaction_phase_seconds_sum{at,phase="commit"}': 0.04,
      'transaction_phase_seconds_count{at,phase="commit"}': 2,
    });
    expect((await series()).get('transaction_duration_seconds_bucket{le="0.1",at}')).toBe(2);
    expect((await series()).get('transaction_duration_seconds_bucket{le="0.05",at}')).toBe(0);
  });

  test('what became of failed records counts when it lasts, and not at each attempt', async () => {
    const error = new Error('bad');
    const attempt: Fact = {
      fact: 'record-dead-lettered',
      ...at(),
      offset: 1,
      failed: 'handle',
      error,
      to: 'dlq',
      extent: 'whole',
    };
    const skip: Fact = { fact: 'record-skipped', ...at(), offset: 2, failed: 'decode', error };
    const aborted: Fact = { fact: 'batch-aborted', ...at(), reason: 'a call failed' };
    expect(await shown([attempt, skip, aborted, attempt, skip])).toEqual({
      'transactions_total{at,outcome="aborted"}': 1,
    });
    const lasting = committed({ deadLetters: { ...none, handle: 1 }, skipped: { ...none, decode: 1 } });
    expect(await shown([lasting])).toMatchObject({
      'dead_letters_total{at,part="handle"}': 1,
      'records_skipped_total{at,part="decode"}': 1,
    });
  });

  test('troubles have a counter each', async () => {
    const error = new KafkaError('INVALID_PRODUCER_EPOCH', 'fenced', { fenced: true });
    const other = new KafkaError('_TIMED_OUT', 'timed out', { retriable: true });
    const facts: Fact[] = [
      { fact: 'call-failed', ...at(), call: 'commit', failure: 'outcome-unknown', error },
      { fact: 'call-failed', ...at(), call: 'commit', failure: 'retriable', error: other },
      { fact: 'producer-replaced', ...at() },
      { fact: 'fencing-alarm', ...at(), error },
      { fact: 'integrity-alarm', ...at(), call: 'commit', error },
      { fact: 'retry-scheduled', ...at(), offset: 1, attempt: 1, waitMs: 5, error },
      { fact: 'records-dropped', ...at(), records: 7 },
      { fact: 'partition-stalled', ...at(), position: 1, stable: 2 },
      { fact: 'records-held-back', ...at(), position: 1, end: 2 },
      { fact: 'rebalanced', processor: 'p', kind: 'lost', partitions: [] },
    ];
    expect(await shown(facts)).toEqual({
      'producers_fenced_total{at}': 1,
      'producers_replaced_total{at}': 1,
      'alarms_total{at,alarm="fencing"}': 1,
      'alarms_total{at,alarm="integrity"}': 1,
      'retries_total{at}': 1,
      'records_dropped_total{at}': 7,
      'stalls_total{at}': 1,
      'held_back_total{at}': 1,
      'rebalances_total{p,kind="lost"}': 1,
    });
  });

  test('a processor has its series from its start, so that their first increase is one', async () => {
    await shown([started]);
    const zero = [...(await series())].filter(([name, value]) => value === 0 && !name.includes('_bucket'));
    expect(zero.map(([name]) => name)).toEqual(
      expect.arrayContaining([
        'records_in_total{at}',
        'transactions_total{at,outcome="aborted"}',
        'alarms_total{at,alarm="integrity"}',
        'dead_letters_total{at,part="encode"}',
        'transaction_duration_seconds_count{at}',
        'rebalances_total{p,kind="lost"}',
        'tasks{p}',
      ]),
    );
  });
});

test('the lane that records take is there from the start', async () => {
  expect(await shown([{ ...started, lane: { kind: 'slow', reason: 'PROCESSOR_LANE=slow' } }])).toEqual({
    'lane{p,lane="slow"}': 1,
  });
});

describe('of partitions', () => {
  test('those that are open and those that are paused are counted, and the lag of each is shown', async () => {
    expect(await shown([started, opened(0), opened(1), paused(1), behind(3, 40)])).toEqual({
      'tasks{p}': 2,
      'partitions_paused{p}': 1,
      'lag_records{at,partition="0"}': 3,
      'lag_records{at,partition="1"}': 40,
    });
  });

  test('the series of one that is gone are gone, too', async () => {
    await shown([started, opened(0), opened(1), paused(1), behind(3, 40)]);
    expect(await shown([closed(1)])).toEqual({ 'tasks{p}': 1, 'lag_records{at,partition="0"}': 3 });
    expect((await series()).has('lag_records{at,partition="1"}')).toBe(false);
    // Who asked for it before it went may hear of it afterwards.
    await shown([behind(3, 41)]);
    expect((await series()).has('lag_records{at,partition="1"}')).toBe(false);
    await shown([{ fact: 'processor-stopped', processor: 'p' }]);
    expect((await series()).has('lag_records{at,partition="0"}')).toBe(false);
  });

  test('one that came back is shown, also where its old task closes behind its new one', async () => {
    const facts = [started, opened(0), opened(0, 2), behind(5), closed(0)];
    expect(await shown(facts)).toEqual({ 'tasks{p}': 1, 'lag_records{at,partition="0"}': 5 });
  });

  test('one that is paused when it is gone already is none of them, nor is one whose old task is', async () => {
    expect(await shown([started, opened(0), closed(0), paused(0)])).toEqual({});
    expect(await shown([opened(0, 2), paused(0)])).toEqual({ 'tasks{p}': 1 });
  });

  test('a lag that nobody has seen for a minute is shown no more', async () => {
    const nowMs = performance.now();
    await shown([started, opened(0), behind(5)], nowMs);
    const now = vi.spyOn(performance, 'now');
    now.mockReturnValue(nowMs + 60_000);
    expect((await series()).get('lag_records{at,partition="0"}')).toBe(5);
    now.mockReturnValue(nowMs + 60_001);
    expect((await series()).has('lag_records{at,partition="0"}')).toBe(false);
    now.mockRestore();
  });
});
