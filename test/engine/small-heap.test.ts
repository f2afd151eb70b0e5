// E22: a process with little memory does large records in bounded memory, to their end.

import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { instance } from '../support/engine-process.js';
import { range } from '../support/engine-story.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

const megabyte = 1024 * 1024;

test.runIf(process.platform === 'linux')(
  'E22: 200 MB of large records go through a process with a heap of 96 MB, and never are in it all at once',
  async () => {
    const [input, output] = [await kafka.topic('in', 2), await kafka.topic('out', 2)];
    const count = 400;
    const filler = 'x'.repeat(megabyte / 2);
    for (const from of range(0, count / 40))
      await kafka.produce(
        input,
        range(40 * from, 40 * from + 40).map((n) => ({ key: `${n}`, value: `${n} ${filler}`, partition: n % 2 })),
      );
    const story = { name: uniqueName('small'), input, outputs: [output] };
    const small = instance(
      { brokers: testBrokers(), story, handler: 'wait' },
      { NODE_OPTIONS: '--max-old-space-size=96' },
    );
    const committed = (): number =>
      small.words.reduce(
        (sum, word) => sum + ('fact' in word && word.fact === 'batch-committed' ? (word.records ?? 0) : 0),
        0,
      );
    // Nothing is handled, so all that may wait does.
    await small.until('both partitions are paused', () => small.said('partition-paused') === 2, 30_000);
    small.command('go');
    await small.until('all of them are committed', () => committed() === count, 60_000);
    const residentMb = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${small.pid}/status`, 'utf8'))?.[1]) / 1024;

    const copied = await kafka.read(output);
    expect(copied.map(({ key }) => Number(key)).sort((a, b) => a - b)).toEqual(range(0, count));
    for (const { key, value } of copied) expect(value?.length).toBe(`${key} `.length + filler.length);
    // The heap, what E22 lets wait and be sent, what the client holds, and the process itself.
    expect(residentMb).toBeLessThan(320);
  },
  120_000,
);
