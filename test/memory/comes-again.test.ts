// Outside of the contract: a client that hands records out twice. The adapter sees to it that it does not; if it ever does, the
// processor ends before anything is handled twice.

import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { text } from '../../src/codecs/text.js';
import { processor } from '../../src/dsl/processor.js';
import { topic } from '../../src/dsl/topic.js';
import { faultyClient } from '../../src/memory/faulty-client.js';
import type { Process } from '../../src/memory/kernel.js';
import { comesAgain } from '../../src/memory/member-faults.js';
import { Rig } from '../../src/testing/rig.js';

test('E3: records that come again while the first ones are being handled end the processor', async () => {
  const rig = new Rig({ seed: 1, turn: () => setImmediate(), epochMs: Date.UTC(2026, 0, 1) });
  const { kernel, cluster } = rig;
  const own: { process?: Process } = {};
  const handled: string[] = [];
  const { topology } = processor({
    name: 'copy',
    input: topic('in', { key: text(), value: text() }),
    outputs: { out: topic('out', { key: text(), value: text() }) },
    async handle(record, { out }) {
      handled.push(record.value);
      // As long as some polls take: what they bring is added to the batch (E11).
      await kernel.wait(20, own.process);
      out.out(record.key, record.value);
    },
  });
  for (const name of ['in', 'out']) cluster.createTopic(name, 1);
  for (const value of ['a', 'b'])
    cluster.produce({ topic: 'in', partition: 0 }, [
      { timestamp: 0, key: new Uint8Array(0), value: new TextEncoder().encode(value), headers: new Uint8Array(0) },
    ]);
  const struck = { left: 1 };
  const instance = rig.start({
    name: 'a',
    topologies: [topology],
    onFact: () => {},
    kafka(process) {
      own.process = process;
      return faultyClient(rig.kafka(process), {
        clock: kernel.clockOf(process),
        choose(_, faults) {
          const of = faults.find(({ name }) => name === comesAgain.name);
          return of && struck.left-- > 0 ? { of, ms: 0 } : undefined;
        },
      });
    },
  });
  for (let steps = 0; steps < 5000 && kernel.nowMs < 30_000; steps++) await kernel.step();
  const [runner] = await Promise.all(instance.runners);
  expect(handled).toEqual([...new Set(handled)]);
  await expect(runner?.finished).rejects.toMatchObject({ code: 'PRC_ENGINE_DEFECT' });
});
