// E9: two applications with one name, which are not of one group: they take the transactional ids from each other.

import { beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/system-clock.js';
import { limits } from '../../src/core/defaults.js';
import type { TransactionalId } from '../../src/core/ids.js';
import type { Fact } from '../../src/engine/facts.js';
import { FencingAlarm } from '../../src/engine/fencing-alarm.js';
import { type Kafka, KafkaError } from '../../src/ports/kafka.js';
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

describe('of the fencings of a task', () => {
  let nowMs = 0;
  const newAlarm = (): FencingAlarm => {
    nowMs = 0;
    const clock = { ...systemClock, monotonicMs: () => nowMs };
    const transactionalId = 'p/orders/0' as TransactionalId;
    return new FencingAlarm({ clock, limits, transactionalId, groupId: 'p' });
  };
  const fenced = new KafkaError('_FENCED', 'commit: fenced', { fatal: true, fenced: true });
  /** Each time in a transaction of its own, which is so old then. */
  const heard = (alarm: FencingAlarm, atMs: number, ageMs = 10): boolean => {
    nowMs = atMs - ageMs;
    alarm.begun();
    nowMs = atMs;
    return alarm.heard(fenced) !== undefined;
  };

  test('the third within a minute is the alarm, and then none for a minute', () => {
    const alarm = newAlarm();
    const seconds = [10, 20, 30, 40, 50, 60, 89, 91, 100];
    expect(seconds.filter((second) => heard(alarm, 1000 * second))).toEqual([30, 91]);
  });

  test('those that are further apart are none', () => {
    const alarm = newAlarm();
    expect([10, 41, 72, 103, 134].filter((second) => heard(alarm, 1000 * second))).toEqual([]);
  });

  test('those of transactions that the broker ends for their age do not count', () => {
    const alarm = newAlarm();
    const { transactionTimeoutMs } = limits;
    expect([20, 40, 60, 80].filter((second) => heard(alarm, 1000 * second, transactionTimeoutMs))).toEqual([]);
  });
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
