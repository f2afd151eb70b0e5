// What one transaction holds, and what a replay starts from.

import { beforeAll, expect, test } from 'vitest';
import { KafkaError } from '../../src/ports/kafka.js';
import { running } from '../support/engine.js';
import { gate, producers, refuseFirstOffsets } from '../support/engine-faults.js';
import { bytesValue, range } from '../support/engine-story.js';
import { eventually } from '../support/engine-wait.js';
import { testBrokers } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

test('E6: outputs, dead letters and the offset are taken back together, and appear together', async () => {
  const [input, good, copy] = [await kafka.topic('in'), await kafka.topic('good'), await kafka.topic('copy')];
  const letters = await kafka.topic('letters');
  const everything = [good, copy, letters];
  const sent = gate();
  let aborts = 0;
  await kafka.produce(input, records(0));
  const started = await running(
    {
      input,
      outputs: [good, copy],
      onError: { handle: { policy: 'dead-letter', topic: letters } },
      handle({ value }, { out }) {
        if (value.endsWith('7')) throw new Error('a seven');
        out.out(null, value);
        out.out2(null, value);
      },
    },
    {
      limits: { batchRecordsMax: 10 },
      // Every second commit fails in the way that demands an abort, when all of its transaction has been sent.
      between: producers((producer) => {
        const commit = producer.commit.bind(producer);
        let calls = 0;
        producer.commit = async (...args) => {
          if (calls++ % 2 === 1) return commit(...args);
          if (aborts++ === 0) await sent.pass();
          throw new KafkaError('_INCONSISTENT', 'commit: a record was refused', { abortable: true });
        };
      }),
    },
  );
  await sent.reached;
  await eventually('a reader without isolation sees all parts of the open transaction', async () =>
    (await Promise.all(everything.map((topic) => kafka.values(topic, 'uncommitted')))).every(
      ({ length }) => length > 0,
    ),
  );
  for (const topic of everything) expect(await kafka.values(topic, 'committed')).toEqual([]);
  expect(await kafka.committed(started.name, input)).toBeUndefined();
  sent.open();
  for (let round = 1; round < 6; round++) await kafka.produce(input, records(round));
  await started.committed(120);

  expect(aborts).toBeGreaterThan(5);
  const isSeven = (n: number): boolean => n % 10 === 7;
  expect(await kafka.values(letters)).toEqual(range(0, 120).filter(isSeven).map(String));
  for (const topic of [good, copy])
    expect(await kafka.values(topic)).toEqual(
      range(0, 120)
        .filter((n) => !isSeven(n))
        .map(String),
    );
  expect(await kafka.committed(started.name, input)).toBe(120);
  // Each attempt is told of; what lasts is counted once.
  expect(started.of('record-dead-lettered').length).toBeGreaterThan(12);
  const lasting = started.of('batch-committed').reduce((sum, { deadLetters }) => sum + deadLetters.handle, 0);
  expect(lasting).toBe(12);

  function records(round: number): string[] {
    return range(20 * round, 20 * round + 20).map(String);
  }
});

test('E6: nothing is produced before the last handler of the batch is through', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const last = gate();
  await kafka.produce(input, ['a', 'b', 'wait']);
  const started = await running({
    input,
    outputs: [output],
    async handle({ value }, { out }) {
      out.out(null, value);
      if (value === 'wait') await last.pass();
    },
  });
  await last.reached;
  // The outputs of a and b would have been sent by now, were they not held: a marker written after them is there.
  const marker = await kafka.owner(`${started.name}/marker`);
  await marker.write(output, ['marker']);
  expect((await kafka.values(output, 'uncommitted')).toString()).toBe('marker');
  expect((await kafka.ends(output)).stable).toBe((await kafka.ends(output)).high);
  last.open();
  await started.committed(3);
  expect(await kafka.values(output)).toEqual(['marker', 'a', 'b', 'wait']);
});

test('E11: a replay starts from bytes that no handler could change, its predecessor told to stop', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const signals: AbortSignal[] = [];
  const seen: string[] = [];
  let lateOutput: (() => void) | undefined;
  let dead = 0;
  await kafka.produce(input, [{ value: 'value', key: 'key', headers: [{ h: Buffer.from('header') }] }]);
  const started = await running(
    {
      input,
      outputs: [output],
      inputValue: bytesValue,
      handle({ value, headers }, { out, signal }) {
        const reached = value as unknown as Uint8Array;
        const header = headers.get('h') ?? new Uint8Array();
        seen.push(`${Buffer.from(reached).toString()} ${Buffer.from(header).toString()}`);
        signals.push(signal);
        reached.fill(0x58);
        header.fill(0x58);
        for (const [, bytes] of headers) bytes.fill(0x58);
        out.out(null, 'done');
        lateOutput ??= () => out.out(null, 'late');
      },
    },
    {
      // The group's coordinator refuses the first offsets: the transaction must be aborted and its batch replayed.
      between: refuseFirstOffsets(() => dead++),
    },
  );
  await started.committed(1);

  expect(dead).toBe(1);
  expect(started.of('batch-aborted').length).toBe(1);
  expect(seen).toEqual(['value header', 'value header']);
  expect(signals[0]?.aborted).toBe(true);
  expect(lateOutput).toThrow(expect.objectContaining({ code: 'PRC_OUTPUT_AFTER_END' }));
  expect(await kafka.values(output)).toEqual(['done']);
});

test('E12: behind an input of transactions the committed offset is the end of the log, its last marker included', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const writer = await kafka.owner(`writer/${input}`);
  await writer.write(input, ['a', 'b']);
  await writer.write(input, ['never seen'], 'abort');
  await writer.write(input, ['c']);
  await writer.write(input, ['never seen either'], 'abort');
  const started = await running({ input, outputs: [output] });
  await started.committed(3);

  const { high } = await kafka.ends(input);
  expect(high).toBe(9);
  await eventually(
    'the group has committed the log end',
    async () => (await kafka.committed(started.name, input)) === high,
  );
  expect(await kafka.values(output)).toEqual(['a', 'b', 'c']);
});

test('E12: a poll that is split commits the last offset + 1 of each part', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const writer = await kafka.owner(`writer/${input}`);
  await writer.write(input, ['0', '1']);
  await writer.write(input, ['3', '4', '5']);
  const started = await running({ input, outputs: [output] }, { limits: { batchRecordsMax: 2 } });
  await started.committed(5);

  // Offsets 2 and 6 are markers. The first part ends inside of the poll, so the marker behind it is not claimed.
  expect(started.of('batch-committed').map(({ end }) => end)).toEqual([2, 5, 7]);
  expect(await kafka.values(output)).toEqual(['0', '1', '3', '4', '5']);
});
