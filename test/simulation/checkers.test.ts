// What runs are judged by: the rules see what they say that they see, and what they let pass is no more than what has a reason.

import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { ByteSlab } from '../../src/core/byte-slab.js';
import type { Guarantee } from '../../src/core/topology.js';
import { Cluster } from '../../src/memory/cluster.js';
import { MemoryConsumer } from '../../src/memory/consumer.js';
import { Kernel } from '../../src/memory/kernel.js';
import { appendHeader } from '../../src/ports/headers.js';
import { duplicated } from '../../src/testing/simulation/checkers/duplicated.js';
import { noProgress } from '../../src/testing/simulation/checkers/no-progress.js';
import { visibleEarly } from '../../src/testing/simulation/checkers/visible-early.js';
import type { Found, History } from '../../src/testing/simulation/history.js';
import { OffsetsWatched } from '../../src/testing/simulation/offsets-watched.js';
import { type Plan, planOf, type Write } from '../../src/testing/simulation/plan.js';
import { Readers } from '../../src/testing/simulation/readers.js';
import { simulate } from '../../src/testing/simulation/simulate.js';
import { stepsOf } from '../../src/testing/simulation/work.js';

afterEach(() => {
  vi.restoreAllMocks();
});

test('duplicated: a late commit of at-most-once (E7) excuses what comes again in its partition, and in no other', () => {
  const twice = (topic: string, value: string): Found[] => [0, 1].map((offset) => found({ topic, offset, value }));
  const inputs = [0, 1].map((partition) => found({ topic: 'sim-0', partition, offset: 4, value: 'x' }));
  const outputs = [...twice('sim-1', '0/4'), ...twice('sim-1', '1/4')];
  const moved = { groupId: 'step-0', topic: 'sim-0', partition: 0, atMs: 1 };
  const history = historyOf('at-most-once', {
    offsets: [
      { ...moved, offset: 5 },
      { ...moved, offset: 3 },
      { ...moved, partition: 1, offset: 5 },
    ],
    records: (topic) => (topic === 'sim-0' ? inputs : outputs.filter((one) => one.topic === topic)),
  });
  expect([...duplicated.check(history)]).toEqual(['step-0: sim-0/1@4 has 2 times next 1/4']);
});

test('visible before commit: a dead letter that is there before its record is decided is seen as well (E6)', () => {
  const cluster = newCluster();
  const steps = stepsOf([{ kind: 'dead-letter', guarantee: 'exactly-once' }]);
  for (const topic of ['sim-1', 'sim-1-audit', 'step-0.dlq']) cluster.createTopic(topic, 1);
  const headers = new ByteSlab(64);
  appendHeader(headers, 'dlq.partition', '0');
  appendHeader(headers, 'dlq.offset', '1');
  const letter = { timestamp: 0, key: bytes, value: bytes, headers: headers.bytes.slice(0, headers.position) };
  cluster.produce({ topic: 'step-0.dlq', partition: 0 }, [letter]);
  const readers = new Readers(cluster, new OffsetsWatched());
  readers.look(5, steps);
  expect([...visibleEarly.check(historyOf('exactly-once', { seen: readers.seen }))]).toEqual([
    'step-0.dlq/0@0, made of 0/1, at 5.0 ms',
  ]);
});

test('readers look on while all heals', async () => {
  const judged = vi.spyOn(noProgress, 'check');
  const write: Write = { atMs: 990, partition: 0, keys: ['a'] };
  const later: Write = { ...write, transaction: { outcome: 'commit', lengthMs: 1000 } };
  const plan = { ...calmPlan, writes: [write, later], healsAtMs: 1000 };
  const { virtualMs } = await simulate(plan);
  const [{ seen }] = judged.mock.calls[0] as [History];
  expect(seen.some(({ atMs }) => atMs > plan.healsAtMs && atMs < virtualMs - 500)).toBe(true);
});

test('a processor that fails when it is asked to stop is a finding', async () => {
  vi.spyOn(MemoryConsumer.prototype, 'close').mockRejectedValueOnce(new Error('it is in use'));
  const disasters = [{ kind: 'stop', site: 500, ms: 100, which: 0 }];
  const { findings } = await simulate({ ...calmPlan, writes: [], disasters });
  expect(findings).toEqual([{ rule: 'ended', text: 'p1 cannot stop: it is in use' }]);
});

const calmPlan: Plan = {
  ...planOf(1),
  instances: 1,
  partitions: 1,
  works: [{ kind: 'copy', guarantee: 'exactly-once' }],
  rates: {},
  disasters: [],
};

const bytes = new Uint8Array(1);

function historyOf(guarantee: Guarantee, some: Partial<History>): History {
  return {
    plan: calmPlan,
    steps: stepsOf([{ kind: 'copy', guarantee }]),
    decisions: [],
    left: [],
    counts: new Map(),
    handled: [],
    seen: [],
    offsets: [],
    rivals: [],
    cluster: newCluster(),
    records: () => [],
    ...some,
  };
}

function newCluster(): Cluster {
  return new Cluster(new Kernel({ seed: 1, turn: () => setImmediate(), epochMs: 0 }), { markerMs: () => 1 });
}

function found(some: Pick<Found, 'topic' | 'offset' | 'value'> & Partial<Found>): Found {
  return { partition: 0, timestamp: 0, key: 'k', headers: new Map(), ...some };
}
