// E9: two applications with one name, which are not of one group: they take the transactional ids from each other.

import { beforeAll, expect, test } from 'vitest';
import type { Fact } from '../../src/engine/facts.js';
import type { Kafka } from '../../src/ports/kafka.js';
import { type Running, running } from '../support/engine.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

/** Two heartbeats pass before a fenced task opens another producer. */
const brisk = { 'heartbeat.interval.ms': 100 };

test('two applications with one name in two groups say so, and each does every record once all the same', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const name = uniqueName('namesake');
  const copier = (application: string): Promise<Running> =>
    running(
      { name, input, outputs: [output], handle: ({ value }, { out }) => out.out(application, value) },
      { settings: brisk, between: inGroup(`${name}-${application}`) },
    );
  const applications = [await copier('one'), await copier('other')];
  const values: string[] = [];
  while (!applications.every((application) => application.of('fencing-alarm').length > 0)) {
    values.push(`${values.length}`);
    await kafka.produce(input, values.slice(-1));
    for (const application of applications) await application.committed(values.length);
    expect(values.length).toBeLessThan(40);
  }

  for (const application of applications) {
    const [alarm, ...more] = application.of('fencing-alarm');
    // One in a minute, however often they meet.
    expect(more).toEqual([]);
    expect(alarm).toMatchObject({
      topic: input,
      partition: 0,
      error: { code: 'PRC_FENCED_REPEATEDLY', details: { id: `${name}/${input}/0`, times: 3, seconds: 60 } },
    });
    expect(fencingsBefore(application.facts, alarm)).toBe(3);
  }
  const outputs = await kafka.read(output);
  for (const application of ['one', 'other'])
    expect(outputs.filter(({ key }) => key === application).map(({ value }) => value)).toEqual(values);
});

test('a task that is fenced now and then raises no alarm', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const started = await running(
    { input, outputs: [output] },
    // What is a minute elsewhere.
    { settings: brisk, limits: { fencingWindowMs: 100 } },
  );
  await started.owns(1);
  for (let round = 1; round <= 4; round++) {
    await kafka.owner(`${started.name}/${input}/0`);
    await kafka.produce(input, [`${round}`]);
    await started.committed(round);
  }
  expect(started.of('producer-replaced').length).toBeGreaterThanOrEqual(4);
  expect(started.of('fencing-alarm')).toEqual([]);
  expect(await kafka.values(output)).toEqual(['1', '2', '3', '4']);
});

/** The application brings a group of its own along; its ids are those of its name. */
function inGroup(groupId: string): (kafka: Kafka) => void {
  return (real) => {
    const open = real.openConsumer.bind(real);
    real.openConsumer = (options) => open({ ...options, groupId });
  };
}

function fencingsBefore(facts: readonly Fact[], alarm: Fact | undefined): number {
  return facts
    .slice(0, alarm && facts.indexOf(alarm))
    .filter((fact) => fact.fact === 'call-failed' && 'fenced' in fact.error && fact.error.fenced === true).length;
}
