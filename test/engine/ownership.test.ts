// Whose a partition is: the order in which a task begins, what a rebalance lets it finish, and who may commit.

import { beforeAll, describe, expect, test } from 'vitest';
import { type Running, running } from '../support/engine.js';
import { gate, holdCommits, producers } from '../support/engine-faults.js';
import type { Handle } from '../support/engine-story.js';
import { never } from '../support/engine-wait.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

test('E2: a predecessor that commits at the last moment has done its records, and nobody does them again', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const name = uniqueName('successor');
  await kafka.produce(input, ['a', 'b', 'c']);
  const zombie = await kafka.owner(`${name}/${input}/0`);
  const itsConsumer = await kafka.consumer(name);

  const successor = await running(
    { name, input, outputs: [output] },
    {
      // Right before it is fenced, the zombie wakes up and gets its whole transaction through.
      between: producers((producer) => {
        const init = producer.init.bind(producer);
        producer.init = async (timeoutMs) => {
          await zombie.begin();
          await zombie.send(output, ["a, the zombie's", "b, the zombie's"]);
          await zombie.sendOffset({ topic: input, partition: 0, offset: 2 }, itsConsumer);
          await zombie.commit();
          await init(timeoutMs);
        };
      }),
    },
  );
  await successor.committed(1);

  expect(await kafka.values(output)).toEqual(["a, the zombie's", "b, the zombie's", 'c']);
  expect(successor.of('task-opened').map(({ position }) => position)).toEqual([2]);
});

test('E2: while offsets of a transaction are pending, a task waits for them, and then begins behind them', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const name = uniqueName('patient');
  await kafka.produce(input, ['a', 'b', 'c']);
  // Somebody else's transaction (another id, so that nothing fences it) holds offsets of the group.
  const pending = await kafka.owner(uniqueName('pending'));
  await pending.begin();
  await pending.send(output, ['a']);
  await pending.sendOffset({ topic: input, partition: 0, offset: 1 }, await kafka.consumer(name));

  const patient = await running({ name, input, outputs: [output] }, { limits: { callTimeoutMs: 200 } });
  await patient.until('it was told to wait', () => patient.of('call-repeated').length > 0);
  expect(patient.of('task-opened')).toEqual([]);
  await pending.commit();
  await patient.committed(2);

  expect(patient.of('task-opened').map(({ position }) => position)).toEqual([1]);
  expect(await kafka.values(output)).toEqual(['a', 'b', 'c']);
});

// Eager: every rebalance takes all partitions from a process, and gives most of them back at once.
describe.each(['cooperative-sticky', 'range'])('in a group that shares by %s', (strategy) => {
  const settings = { 'partition.assignment.strategy': strategy };

  test('E2: a partition comes back to a process where the handler of its old task never settles', async () => {
    const { story, input, output } = await twoPartitions();
    const forever = new Promise<void>(() => {});
    let isFirst = true;
    const arrived = gate();
    const stayer = await running(
      {
        ...story,
        async handle({ partition, value }, { out }) {
          if (isFirst) {
            void arrived.pass();
            await forever;
          }
          out.out(null, `${partition}:${value}`);
        },
      },
      { settings },
    );
    await stayer.until('both handlers run', () => arrived.arrivals === 2);
    const guest = await running({ ...story, handle: () => forever }, { settings });
    await guest.owns(1);
    await stayer.owns(1);
    isFirst = false;
    await guest.stop();
    await stayer.owns(2);
    const returned = strategy === 'range' ? [0, 1] : guest.of('task-opened').map(({ partition }) => partition);
    await stayer.committed(returned.length);

    expect(await kafka.sorted(output)).toEqual(returned.map((partition) => `${partition}:a`));
    for (const partition of returned) expect(await kafka.committed(story.name, input, partition)).toBe(1);
  });

  test('E2: a partition comes back to a process where the commit of its old task is still under way', async () => {
    const { story, input, output } = await twoPartitions();
    const underway = gate();
    const stayer = await running(story, {
      settings,
      limits: { revokeTimeoutMs: 200 },
      // Those of the first tasks are held, those of their successors are not.
      between: holdCommits({ pass: async () => (underway.arrivals < 2 ? underway.pass() : undefined) }),
    });
    await stayer.until('both commits are under way', () => underway.arrivals === 2);
    const guest = await running({ ...story, handle: () => new Promise(() => {}) }, { settings });
    await guest.owns(1);
    await guest.stop();
    await stayer.owns(2);
    const returned = strategy === 'range' ? 2 : 1;
    await stayer.committed(returned);
    const before = stayer.of('batch-committed').length;
    underway.open();
    await stayer.committed(2);
    await kafka.produce(input, [
      { value: 'b', partition: 0 },
      { value: 'b', partition: 1 },
    ]);
    await stayer.committed(4);

    expect(await kafka.sorted(output)).toEqual(['0:a', '0:b', '1:a', '1:b']);
    // Of the commits that were held only that of a task whose partition has stayed came through.
    expect(before).toBe(returned);
    expect(stayer.of('batch-committed').length).toBe(4);
    for (const partition of [0, 1]) expect(await kafka.committed(story.name, input, partition)).toBe(2);
  });

  test('E5: a revocation lets the commit that is under way finish, and the successor begins behind it', async () => {
    const { input, output, first, second, underway } = await heldCommits({ revokeTimeoutMs: 10_000 }, settings);
    await first.until('a partition is taken from it', () => isRevoked(first));
    await never('it is given up', () => first.of('task-closed').length + second.of('task-opened').length > 0);
    underway.open();
    await second.owns(1);

    const [taken] = second.of('task-opened');
    expect(taken?.position).toBe(2);
    await first.until('both batches are committed', () => first.of('batch-committed').length === 2);
    expect(first.of('batch-aborted')).toEqual([]);
    expect(await kafka.sorted(output)).toEqual(['0:a', '0:b', '1:a', '1:b']);
    expect(await kafka.committed(first.name, input, taken?.partition)).toBe(2);
  });
});

test('E4: a rebalance that leaves the partition where it is costs nothing: the open batch is committed', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const open = gate();
  await kafka.produce(input, ['a', 'b']);
  const owner = await running({
    input,
    outputs: [output],
    async handle({ value }, { out }) {
      await open.pass();
      out.out(null, value);
    },
  });
  await open.reached;
  const spare = await running({ name: owner.name, input, outputs: [output] });
  await spare.until('the other one is a member', () => spare.of('rebalanced').length > 0);
  open.open();
  await owner.committed(2);
  await kafka.produce(input, ['c']);
  await owner.committed(3);

  expect(await kafka.values(output)).toEqual(['a', 'b', 'c']);
  expect([...owner.of('batch-aborted'), ...owner.of('call-failed'), ...owner.of('task-closed')]).toEqual([]);
  expect(spare.of('task-opened')).toEqual([]);
});

test('E5: past its deadline the commit is given up, and can do nothing when it comes after all', async () => {
  const { output, first, second, underway } = await heldCommits({ revokeTimeoutMs: 200 });
  await second.owns(1);
  await second.committed(2);
  underway.open();
  await first.until('the batch that it kept is committed', () => first.of('batch-committed').length === 1);

  expect(second.of('task-opened').map(({ position }) => position)).toEqual([0]);
  expect(await kafka.sorted(output)).toEqual(['0:a', '0:b', '1:a', '1:b']);
});

test('E5: a handler that runs when its partition is revoked is cut off, and its successor does the record', async () => {
  const [input, output] = [await kafka.topic('in', 2), await kafka.topic('out')];
  const name = uniqueName('cut-off');
  await kafka.produce(input, [
    { value: 'a', partition: 0 },
    { value: 'b', partition: 0 },
    { value: 'a', partition: 1 },
    { value: 'b', partition: 1 },
  ]);
  const open = gate();
  const signals = new Map<number, AbortSignal>();
  const begun: string[] = [];
  const onError = { handle: { policy: 'skip' as const } };
  const first = await running({
    name,
    input,
    outputs: [output],
    onError,
    handlerTimeoutMs: 60_000,
    async handle({ partition, value }, { out, signal }) {
      begun.push(`${partition}:${value}`);
      signals.set(partition, signal);
      await Promise.race([open.pass(), fired(signal)]);
      out.out(null, `${partition}:${value}`);
    },
  });
  await first.until('both handlers run', () => begun.length === 2);
  const second = await running({
    name,
    input,
    outputs: [output],
    handle: ({ partition, value }, { out }) => out.out(null, `${partition}:${value}`),
  });
  await second.committed(2);
  const moved = second.of('task-opened')[0]?.partition as number;
  await first.until('the handler is told', () => signals.get(moved)?.aborted === true);
  open.open();
  await first.committed(2);

  expect(signals.get(1 - moved)?.aborted).toBe(true); // Its batch is over by now, in good order.
  expect(await kafka.sorted(output)).toEqual(['0:a', '0:b', '1:a', '1:b']);
  // Cut off is not failed: no policy applies, and the records behind it are not begun.
  expect(first.of('record-skipped')).toEqual([]);
  expect(begun.filter((record) => record.startsWith(`${moved}:`))).toEqual([`${moved}:a`]);
});

/** A record in each of two partitions, and a processor that says where its outputs come from. */
async function twoPartitions() {
  const [input, output] = [await kafka.topic('in', 2), await kafka.topic('out')];
  await kafka.produce(input, [
    { value: 'a', partition: 0 },
    { value: 'a', partition: 1 },
  ]);
  const handle: Handle = ({ partition, value }, { out }) => out.out(null, `${partition}:${value}`);
  const story = { name: uniqueName('returning'), input, outputs: [output], handlerTimeoutMs: 60_000, handle };
  return { story, input, output };
}

/** Two partitions with a commit under way in each, and a second member that wants one of them. */
async function heldCommits(limits: { revokeTimeoutMs: number }, settings: Readonly<Record<string, string>> = {}) {
  const [input, output] = [await kafka.topic('in', 2), await kafka.topic('out')];
  const name = uniqueName('handing-over');
  const underway = gate();
  const story = {
    name,
    input,
    outputs: [output],
    handle: ({ partition, value }: { partition: number; value: string }, { out }: Parameters<Handle>[1]) =>
      out.out(null, `${partition}:${value}`),
  };
  for (const partition of [0, 1])
    await kafka.produce(input, [
      { value: 'a', partition },
      { value: 'b', partition },
    ]);
  const first = await running(story, {
    limits,
    settings,
    between: holdCommits(underway),
  });
  await first.until('both commits are under way', () => underway.arrivals === 2);
  const second = await running(story, { settings });
  return { input, output, first, second, underway };
}

function isRevoked(one: Running): boolean {
  return one.of('rebalanced').some(({ kind, partitions }) => kind === 'revoked' && partitions.length > 0);
}

function fired(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('the signal fired')));
  });
}
