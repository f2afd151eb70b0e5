// Who a task is to the broker.

import { beforeAll, expect, test } from 'vitest';
import { running } from '../support/engine.js';
import { producers } from '../support/engine-faults.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

test('E1: what a dead owner left open is aborted by the new task, not by a timeout', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const name = uniqueName('heir');
  const dead = await kafka.owner(`${name}/${input}/0`, { 'transaction.timeout.ms': 600_000 });
  await dead.begin();
  await dead.send(output, ['left open']);
  await kafka.produce(input, ['a', 'b']);

  const heir = await running({ name, input, outputs: [output] });
  await heir.committed(2);

  expect(await kafka.values(output)).toEqual(['a', 'b']);
  const { stable, high } = await kafka.ends(output);
  expect(stable).toBe(high);
  await expect(dead.commit()).rejects.toMatchObject({ isFatal: true });
});

test('E1: processors of different names never fence each other, and neither do namespaces', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const name = uniqueName('neighbour');
  const story = { input, outputs: [output] };
  const neighbours = [
    await running({ ...story, name }),
    await running({ ...story, name: `${name}2` }),
    await running({ ...story, name }, { namespace: 'team-a.' }),
    await running({ ...story, name }, { namespace: 'team-b.' }),
  ];
  for (let round = 0; round < 3; round++) {
    await kafka.produce(input, [`record ${round}`]);
    for (const neighbour of neighbours) await neighbour.committed(round + 1);
  }
  for (const neighbour of neighbours) {
    expect(neighbour.of('call-failed')).toEqual([]);
    expect(neighbour.of('producer-replaced')).toEqual([]);
  }
  expect(await kafka.committed(name, input)).toBe(3);
  expect(await kafka.committed(`team-a.${name}`, input)).toBe(3);
  expect((await kafka.values(output)).length).toBe(12);
});

test('E1: a namespace is the prefix of the transactional ids: its owner is the one that gets fenced', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const name = uniqueName('prefixed');
  const other = await kafka.owner(`${name}/${input}/0`);
  const same = await kafka.owner(`team-a.${name}/${input}/0`);
  await kafka.produce(input, ['a']);

  const started = await running({ name, input, outputs: [output] }, { namespace: 'team-a.' });
  await started.committed(1);

  await other.write(output, ['from another namespace']);
  await same.begin();
  await expect(same.send(output, ['x']).then(() => same.commit())).rejects.toMatchObject({ isFatal: true });
  expect(await kafka.values(output)).toEqual(['a', 'from another namespace']);
});

test('E1: inputs that share nothing are tasks of their own, each under its own name', async () => {
  const [orders, payments, output] = [
    await kafka.topic('orders', 2),
    await kafka.topic('payments'),
    await kafka.topic('out'),
  ];
  const ids: string[] = [];
  await kafka.produce(orders, [
    { value: 'order 0', partition: 0 },
    { value: 'order 1', partition: 1 },
  ]);
  await kafka.produce(payments, ['payment']);
  const started = await running(
    { input: [orders, payments], outputs: [output] },
    { between: producers((_, id) => ids.push(id)) },
  );
  await started.committed(3);
  expect(ids.sort()).toEqual([
    `${started.name}/${orders}/0`,
    `${started.name}/${orders}/1`,
    `${started.name}/${payments}/0`,
  ]);
  expect(await kafka.sorted(output)).toEqual(['order 0', 'order 1', 'payment']);
});
