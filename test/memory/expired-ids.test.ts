// What brokers forget: transactional ids and producers that were idle for long.

import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { text } from '../../src/codecs/text.js';
import { processor } from '../../src/dsl/processor.js';
import { topic } from '../../src/dsl/topic.js';
import type { Fact } from '../../src/engine/facts.js';
import { Rig } from '../../src/testing/rig.js';
import { expiredIdStories } from '../contracts/expired-ids.js';
import { modelWorld } from '../contracts/model-world.js';

test.each(expiredIdStories)('$name', async ({ run }) => {
  const world = modelWorld(1, { transactionalIdExpirationMs: 2000, producerIdExpirationMs: 2000 });
  await run({ ...world, forgotten: () => world.kernel.wait(3000) });
  world.close();
});

test('a processor whose ids expire while it is idle goes on with other producers, and loses nothing', async () => {
  const rig = new Rig({ seed: 1, turn: () => setImmediate(), epochMs: Date.UTC(2026, 0, 1) });
  const { kernel, cluster } = rig;
  const [input, output] = [topic('in', codecs), topic('out', codecs)];
  const { topology } = processor({
    name: 'copy',
    input,
    outputs: { output },
    handle: (record, { out }) => out.output(record.key, record.value),
  });
  for (const name of ['in', 'out']) cluster.createTopic(name, 1);
  const facts: Fact[] = [];
  const { process } = rig.start({ name: 'a', topologies: [topology], onFact: (fact) => facts.push(fact) });
  const copied = (): number => cluster.log({ topic: 'out', partition: 0 }).read(everything).records.length;
  for (const [i, value] of ['a', 'b', 'c'].entries()) {
    cluster.produce({ topic: 'in', partition: 0 }, [
      { timestamp: kernel.wallMs, key: bytes('k'), value: bytes(value), headers: new Uint8Array(0) },
    ]);
    const untilMs = kernel.nowMs + 60_000;
    while (copied() <= i || cluster.transactions.open.length > 0) {
      expect(kernel.nowMs).toBeLessThan(untilMs);
      if (!(await kernel.step())) await kernel.turn();
    }
    cluster.expireIds();
  }
  // One for each time that it was forgotten and then needed.
  expect(facts.filter(({ fact }) => fact === 'producer-replaced').length).toBe(2);
  expect(facts.filter(({ fact }) => fact === 'integrity-alarm')).toEqual([]);
  kernel.kill(process);
});

const codecs = { key: text(), value: text() };
const bytes = (part: string): Uint8Array => new TextEncoder().encode(part);
const everything = { offset: 0, recordsMax: 10, isCommitted: true };
