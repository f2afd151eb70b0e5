// Whose a partition is: the order in which a task begins, what a rebalance lets it finish, and who may commit.

import { beforeAll, expect, test } from 'vitest';
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

test('E2: a partition comes back to a process where the handler of its old task never settles', async () => {
  const [input, output] = [await kafka.topic('in', 2), await kafka.topic('out')];
  const name = uniqueName('returning');
  const forever = new Promise<void>(() => {});
  let isFirst = true;
  await kafka.produce(input, [
    { value: '0', partition: 0 },
    { value: '1', partition: 1 },
  ]);
  const arrived = gate();
  const story = { name, input, outputs: [output], handlerTimeoutMs: 60_000 };
  const stayer = await running({
    ...story,
    async handle({ partition, value }, { out }) {
      if (isFirst) {
        void arrived.pass();
        await forever;
      }
      out.out(null, `${partition}:${value}`);
    },
  });
  await arrived.reached;
  await stayer.until('both handlers run', () => arrived.arrivals === 2);
  const guest = await running({ ...story, handle: () => forever });
  await guest.owns(1);
  await stayer.owns(1);
  isFirst = false;
  await guest.stop();
  await stayer.owns(2);
  await stayer.committed(1);

  const [returned] = guest.of('task-opened');
  expect(await kafka.values(output)).toEqual([`${returned?.partition}:${returned?.partition}`]);
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

test('E5: a revocation lets the commit that is under way finish, and the successor begins behind it', async () => {
  const { input, output, first, second, underway } = await heldCommits({ revokeTimeoutMs: 10_000 });
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

/** Two partitions with a commit under way in each, and a second member that wants one of them. */
async function heldCommits(limits: { revokeTimeoutMs: number }) {
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
    between: holdCommits(underway),
  });
  await first.until('both commits are under way', () => underway.arrivals === 2);
  const second = await running(story);
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
