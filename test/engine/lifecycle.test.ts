// How a processor starts and ends: what it refuses, what it leaves behind.

import { beforeAll, describe, expect, test } from 'vitest';
import { running } from '../support/engine.js';
import { gate, holdCommits, producers } from '../support/engine-faults.js';
import { instance } from '../support/engine-process.js';
import { range, topology } from '../support/engine-story.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

test('topics that are missing are named before anything starts, those of dead letters too', async () => {
  const input = await kafka.topic('in');
  const name = uniqueName('homeless');
  const missing = uniqueName('missing');
  const onError = { decode: { policy: 'dead-letter' as const } };
  await expect(running({ name, input, outputs: [missing], onError }, { namespace: 'team-a.' })).rejects.toMatchObject({
    code: 'PRC_TOPICS_MISSING',
    details: { topics: `${missing}, team-a.${name}.dlq` },
  });
});

test('a setting that would break the promise is refused before anything starts', async () => {
  const input = await kafka.topic('in');
  await expect(running({ input }, { settings: { 'isolation.level': 'read_uncommitted' } })).rejects.toMatchObject({
    code: 'PRC_SETTING_REFUSED',
  });
});

test('whatever the client refuses at a start is an error of ours, with its reason', async () => {
  const input = await kafka.topic('in');
  await expect(running({ input }, { settings: { 'fetch.max.bytes': 1000 } })).rejects.toMatchObject({
    code: 'PRC_PROCESSOR_STOPPED',
    message: expect.stringContaining('fetch.max.bytes'),
  });
});

test('E18: a session time that the broker does not take ends it, and is not asked for again and again', async () => {
  const input = await kafka.topic('in');
  const started = await running({ input }, { settings: { 'session.timeout.ms': 300, 'heartbeat.interval.ms': 100 } });
  const error = await started.failure();
  expect(error).toMatchObject({ code: 'PRC_PROCESSOR_STOPPED' });
  expect(error.message).toContain('INVALID_SESSION_TIMEOUT');
});

test('E18: a handler that takes too long ends the processor; nothing of its batch is visible', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  await kafka.produce(input, ['a', 'never']);
  let signal: AbortSignal | undefined;
  const started = await running({
    input,
    outputs: [output],
    handlerTimeoutMs: 300,
    // Not even a policy that takes everything helps: who waits cannot be told from who will never come.
    onError: { handle: { policy: 'skip' } },
    async handle({ value }, context) {
      context.out.out(null, value);
      ({ signal } = context);
      if (value === 'never') await new Promise(() => {});
    },
  });
  expect(await started.failure()).toMatchObject({
    code: 'PRC_HANDLER_TIMEOUT',
    details: { topic: input, partition: 0 },
  });
  expect(signal?.aborted).toBe(true);
  expect(await kafka.values(output, 'uncommitted')).toEqual([]);
  expect(await kafka.committed(started.name, input)).toBeUndefined();
});

test('E18: a member that the group has shut out for good ends its processor, and does not idle on', async () => {
  const input = await kafka.topic('in');
  const made = topology({ input });
  const settings = { 'group.instance.id': 'there can be only one' };
  const first = await running(made, { settings });
  await first.owns(1);
  const second = await running(made, { settings });
  await second.owns(1);
  expect(await first.failure()).toMatchObject({
    code: 'PRC_PROCESSOR_STOPPED',
    details: { reason: expect.stringContaining('group.instance.id') },
  });
  await kafka.produce(input, ['a']);
  await second.committed(1);
});

describe('stop', () => {
  test('finishes the commit that is under way', async () => {
    const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
    await kafka.produce(input, ['a']);
    const underway = gate();
    const started = await running(
      { input, outputs: [output] },
      {
        between: holdCommits(underway),
      },
    );
    await underway.reached;
    const stopping = started.stop();
    underway.open();
    await stopping;
    expect(await kafka.values(output)).toEqual(['a']);
    expect(await kafka.committed(started.name, input)).toBe(1);
  });

  test('waits no longer than it may, and a second call no longer at all', async () => {
    const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
    const made = topology({ input, outputs: [output] });
    await kafka.produce(input, ['a']);
    const never = gate();
    const between = producers((producer) => (producer.commit = () => never.pass()));
    const patient = await running(made, { between, limits: { shutdownTimeoutMs: 500 } });
    await never.reached;
    const patientMs = await timeOf(() => patient.stop());
    const hurried = await running(made, { between, limits: { shutdownTimeoutMs: 5000 } });
    await hurried.until('its commit is under way', () => never.arrivals === 2);
    const hurriedMs = await timeOf(() => Promise.all([hurried.stop(), hurried.stop()]));

    expect(patientMs).toBeGreaterThan(400);
    expect(patientMs).toBeLessThan(1500);
    expect(hurriedMs).toBeLessThan(1000);
    const heir = await running(made);
    await heir.committed(1);
    expect(await kafka.values(output)).toEqual(['a']);
  });

  test('may come at any moment of a start', async () => {
    const [input, output] = [await kafka.topic('in', 4), await kafka.topic('out')];
    const name = uniqueName('restless');
    for (let moment = 0; moment < 10; moment++) {
      await kafka.produce(
        input,
        range(40 * moment, 40 * moment + 40).map((n) => ({ value: `${n}`, partition: n % 4 })),
      );
      const started = await running({ name, input, outputs: [output] }, { limits: { batchRecordsMax: 2 } });
      const seen = started.facts.length;
      await started.until('some more has happened', () => started.facts.length >= seen + 2 * moment);
      expect(await timeOf(() => started.stop())).toBeLessThan(2500);
    }
    const last = await running({ name, input, outputs: [output] });
    await expect
      .poll(() => Promise.all([0, 1, 2, 3].map((p) => kafka.committed(name, input, p))), { timeout: 10_000 })
      .toEqual([100, 100, 100, 100]);
    await last.stop();
    expect((await kafka.values(output)).map(Number).sort((a, b) => a - b)).toEqual(range(0, 400));
  });
});

describe('a process that has stopped its processors ends by itself', () => {
  test.each([
    { guarantee: 'exactly-once', handler: 'copy' },
    { guarantee: 'at-least-once', handler: 'copy' },
    { guarantee: 'at-most-once', handler: 'copy' },
    { guarantee: 'exactly-once', handler: 'never' },
    { guarantee: 'exactly-once', handler: 'retry' },
  ] as const)('$guarantee, with a handler that does: $handler', async ({ guarantee, handler }) => {
    const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
    await kafka.produce(input, ['a']);
    const story = { name: uniqueName('mortal'), guarantee, input, outputs: [output] };
    const ending = instance({ brokers: testBrokers(), story, handler });
    const reached = { copy: 'batch-committed', never: 'handling', retry: 'retry-scheduled' }[handler];
    await ending.until(`it is at ${reached}`, () => ending.said(reached) > 0, 20_000);
    ending.command('stop');
    await ending.until('it has stopped', () => ending.said('stopped') > 0);
    const endMs = await timeOf(() => ending.ended);
    expect(await ending.ended).toBe(0);
    expect(endMs).toBeLessThan(1000);
  });
});

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}
