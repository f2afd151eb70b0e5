// Several instances of one processor share its partitions: whatever happens to them, each record is done once and in order.

import { beforeAll, expect, test } from 'vitest';
import { running } from '../support/engine.js';
import { instance } from '../support/engine-process.js';
import { range } from '../support/engine-story.js';
import { eventually } from '../support/engine-wait.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

/** A member that is found dead quickly. */
const mortal = { 'session.timeout.ms': 1000, 'heartbeat.interval.ms': 100 };

test.each([
  { protocol: 'classic', settings: mortal },
  // Eager: every rebalance takes all partitions from everybody.
  { protocol: 'classic, range', settings: { ...mortal, 'partition.assignment.strategy': 'range' } },
  // KIP-848: the broker's own times hold.
  { protocol: 'consumer', settings: { 'group.protocol': 'consumer' } },
  // Known by its name, a member that is back in time keeps its partitions.
  { protocol: 'classic, static', settings: { ...mortal, 'group.instance.id': 'instance-' } },
])(
  '$protocol: instances join, leave and are killed while records come: each is done once, in the order of its partition',
  async ({ settings }) => {
    const [input, output] = [await kafka.topic('in', 4), await kafka.topic('out', 4)];
    const name = uniqueName('shared');
    const story = { name, input, outputs: [output] };
    let members = 0;
    const options = (): { readonly settings: Readonly<Record<string, string | number>> } => ({
      settings:
        'group.instance.id' in settings ? { ...settings, 'group.instance.id': `${name}-${members++}` } : settings,
    });
    let written = 0;
    const writer = { isWriting: true };
    const writing = (async () => {
      while (writer.isWriting) {
        const numbers = range(written, written + 40);
        // The key is the partition's, so that the outputs of one input partition are one sequence.
        await kafka.produce(
          input,
          numbers.map((n) => ({ value: `${n}`, key: `key ${n % 4}`, partition: n % 4 })),
        );
        written += 40;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    const progress = async (): Promise<void> => {
      const before = written;
      await eventually('what was written by now is done', async () => {
        const ends = await Promise.all(range(0, 4).map((p) => kafka.committed(name, input, p)));
        return ends.every((end) => (end ?? 0) >= before / 4);
      });
    };

    const first = await running(story, options());
    await progress();
    const second = await running(story, options());
    const victim = instance({ brokers: testBrokers(), story, ...options() });
    await victim.until('it shares', () => victim.said('batch-committed') > 0);
    await progress();
    victim.signal('SIGKILL');
    expect(await victim.ended).toBe('SIGKILL');
    await progress();
    await second.stop();
    await progress();
    writer.isWriting = false;
    await writing;
    await eventually('all is done', async () => {
      const ends = await Promise.all(range(0, 4).map((p) => kafka.committed(name, input, p)));
      return ends.every((end) => end === written / 4);
    });
    await first.stop();

    const outputs = await kafka.read(output);
    for (const partition of range(0, 4)) {
      const sequence = outputs.filter(({ key }) => key === `key ${partition}`).map(({ value }) => Number(value));
      expect(sequence).toEqual(range(0, written).filter((n) => n % 4 === partition));
    }
  },
);

const freezes = [
  { where: 'in its handler', plan: { handler: 'wait' }, word: 'handling' },
  { where: 'with all of its transaction sent', plan: { holdsCommits: true }, word: 'committing' },
] as const;

test.each(['cooperative-sticky', 'range'].flatMap((strategy) => freezes.map((where) => ({ ...where, strategy }))))(
  'E4: an instance that is frozen $where, and evicted, can commit nothing when it wakes up ($strategy)',
  async ({ plan, word, strategy }) => {
    const settings = { ...mortal, 'partition.assignment.strategy': strategy };
    const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
    const story = { name: uniqueName('frozen'), input, outputs: [output] };
    await kafka.produce(input, ['a', 'b', 'c']);
    const frozen = instance({ brokers: testBrokers(), story, settings, ...plan });
    await frozen.until(`it is ${word}`, () => frozen.said(word) > 0, 20_000);
    frozen.signal('SIGSTOP');
    // The first thing that it finds when it wakes up is that it may go on, while its partition is somebody else's.
    frozen.command('go');
    const successor = await running(story, { settings });
    await successor.committed(3);
    frozen.signal('SIGCONT');
    await frozen.until('it notices', () => frozen.said('task-closed') > 0);
    await kafka.produce(input, ['d']);
    await eventually('d is done by one of them', async () => (await kafka.committed(story.name, input)) === 4);

    expect(await kafka.values(output)).toEqual(['a', 'b', 'c', 'd']);
    // E9: it asks the group before it opens another producer, which would fence its successor.
    expect(successor.of('producer-replaced')).toEqual([]);
  },
);

test.each([
  { there: 'cooperative-sticky', comes: 'range' },
  { there: 'range', comes: 'cooperative-sticky' },
])('E15: in a group that shares by $there, one that shares by $comes ends, and says why', async ({ there, comes }) => {
  const [input, output] = [await kafka.topic('in', 2), await kafka.topic('out')];
  const story = { name: uniqueName('mixed'), input, outputs: [output] };
  const by = (strategy: string) => ({ settings: { ...mortal, 'partition.assignment.strategy': strategy } });
  const member = await running(story, by(there));
  await member.owns(2);
  const stranger = await running(story, by(comes));
  const error = await stranger.failure();
  expect(error).toMatchObject({ code: 'PRC_GROUP_MIXED', details: { group: story.name } });
  // The others do not notice, and a group that is empty takes whichever way comes first.
  await kafka.produce(input, ['a']);
  await member.committed(1);
  expect(member.of('rebalanced').length).toBe(1);
  await member.stop();
  const successor = await running(story, by(comes));
  await successor.owns(2);
  await kafka.produce(input, ['b']);
  await successor.committed(1);
  expect(await kafka.sorted(output)).toEqual(['a', 'b']);
});

test('stop gives the partitions to another instance within two seconds, and takes no longer itself', async () => {
  const [input, output] = [await kafka.topic('in', 4), await kafka.topic('out')];
  const story = { name: uniqueName('handover'), input, outputs: [output] };
  const leaver = await running(story);
  await leaver.owns(4);
  const stayer = await running(story);
  await stayer.owns(2);
  await kafka.produce(
    input,
    range(0, 100).map((n) => ({ value: `${n}`, partition: n % 4 })),
  );
  const startedMs = performance.now();
  const stopping = leaver.stop().then(() => performance.now() - startedMs);
  await stayer.owns(4);
  const handoverMs = performance.now() - startedMs;
  const stopMs = await stopping;
  await eventually('all is done', async () => (await kafka.values(output)).length === 100);

  expect({ handover: handoverMs < 2000, stop: stopMs < 2000 }, `${handoverMs} ms, ${stopMs} ms`).toEqual({
    handover: true,
    stop: true,
  });
});
