// A log whose beginning was moved amid a transaction that is still open: its stable end stays before its beginning, on the real
// broker, too. A processor waits there until the transaction ends, however long that takes, and so does whoever comes after it.

import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { text } from '../../src/codecs/text.js';
import { limits } from '../../src/core/defaults.js';
import { processor } from '../../src/dsl/processor.js';
import { topic } from '../../src/dsl/topic.js';
import type { Fact } from '../../src/engine/facts.js';
import { Rig } from '../../src/testing/rig.js';

const codecs = { key: text(), value: text() };
const partition = { topic: 'in', partition: 0 };

test.each(['earliest', 'latest'] as const)(
  'E20: a processor that starts at the %s offset there goes on when the transaction has ended',
  async (start) => {
    const rig = new Rig({ seed: 1, turn: () => setImmediate(), epochMs: Date.UTC(2026, 0, 1) });
    const { kernel, cluster } = rig;
    const [input, output] = [topic('in', codecs), topic('out', codecs)];
    const { topology } = processor({
      name: 'copy',
      input,
      outputs: { output },
      start,
      handle: (record, { out }) => out.output(record.key, record.value),
    });
    for (const name of ['in', 'out']) cluster.createTopic(name, 1);
    // Somebody else's, who has more time than our own transactions.
    const other = cluster.transactions.init('other', 900_000);
    cluster.transactions.addPartitions('other', other, [partition]);
    const write = (values: readonly string[], sequence: number): number =>
      cluster.produce(partition, values.map(record), { ...other, sequence, isTransactional: true });
    write(['gone', 'gone', 'left'], 0);
    cluster.deleteRecords(partition, 2);
    expect(cluster.offsetRange(partition)).toEqual({ low: 2, stable: 0 });

    const facts: Fact[] = [];
    const { process } = rig.start({ name: 'a', topologies: [topology], onFact: (fact) => facts.push(fact) });
    // A little at a time: until the processor has begun, nothing else is due for long.
    const tick = (): void => void kernel.schedule(10, tick);
    tick();
    const passed = async (ms: number): Promise<void> => {
      for (const untilMs = kernel.nowMs + ms; kernel.nowMs < untilMs; ) await kernel.step();
    };
    await passed(4 * limits.transactionTimeoutMs);
    // What a start at the end has committed lies behind the stable end, too: the next one must not take the log for truncated.
    kernel.kill(process);
    const next = rig.start({ name: 'b', topologies: [topology], onFact: (fact) => facts.push(fact) });
    await passed(4 * limits.transactionTimeoutMs);
    write(['more'], 3);
    cluster.transactions.end('other', other, 'commit');
    await passed(30_000);
    expect(facts.filter(({ fact }) => fact === 'processor-failed')).toEqual([]);
    const { records } = cluster
      .log({ ...partition, topic: 'out' })
      .read({ offset: 0, recordsMax: 9, isCommitted: true });
    expect(records.map(({ value }) => new TextDecoder().decode(value ?? undefined))).toEqual(['left', 'more']);
    kernel.kill(next.process);
  },
);

test('E20: a log that begins there and ends before what was read of it was truncated, and is not waited for', async () => {
  const rig = new Rig({ seed: 1, turn: () => setImmediate(), epochMs: Date.UTC(2026, 0, 1) });
  const { kernel, cluster } = rig;
  const { topology } = processor({ name: 'sink', input: topic('in', codecs), start: 'earliest', handle() {} });
  cluster.createTopic('in', 1);
  cluster.produce(partition, ['a', 'b', 'c'].map(record));
  const now = { isTruncated: false };
  const facts: Fact[] = [];
  const { process } = rig.start({
    name: 'a',
    topologies: [topology],
    onFact: (fact) => facts.push(fact),
    kafka(process) {
      const kafka = rig.kafka(process);
      const offsetRanges = kafka.offsetRanges.bind(kafka);
      // The model loses nothing that it has shown: here another leader has come that never had it.
      kafka.offsetRanges = async (...asked) => (now.isTruncated ? [{ low: 2, stable: 0 }] : offsetRanges(...asked));
      return kafka;
    },
  });
  const failures = (): unknown[] => facts.flatMap((fact) => (fact.fact === 'processor-failed' ? [fact.error] : []));
  const tick = (): void => void kernel.schedule(10, tick);
  tick();
  const passed = async (ms: number): Promise<void> => {
    for (const untilMs = kernel.nowMs + ms; kernel.nowMs < untilMs; ) await kernel.step();
  };
  await passed(30_000);
  now.isTruncated = true;
  // A new leader may not know yet how far its followers are.
  await passed(limits.transactionTimeoutMs);
  expect(failures()).toEqual([]);
  await passed(4 * limits.transactionTimeoutMs);
  expect(failures()).toMatchObject([{ code: 'PRC_OFFSET_OUT_OF_RANGE' }]);
  kernel.kill(process);
});

function record(value: string): Parameters<Rig['cluster']['produce']>[1][number] {
  const bytes = (part: string): Uint8Array => new TextEncoder().encode(part);
  return { timestamp: 0, key: bytes('k'), value: bytes(value), headers: new Uint8Array(0) };
}
