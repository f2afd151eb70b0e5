// What one transaction holds, and what a replay starts from.

import { beforeAll, expect, test } from 'vitest';
import { bytesValue, gate, refuseFirstOffsets, running } from '../support/engine.js';
import { eventually } from '../support/engine-wait.js';
import { testBrokers } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

test('E6: outputs, dead letters and the offset are there together, or none of them is', async () => {
  const [input, good, copy] = [await kafka.topic('in', 2), await kafka.topic('good'), await kafka.topic('copy')];
  const letters = await kafka.topic('letters');
  const started = await running(
    {
      input,
      outputs: [good, copy],
      onError: { handle: { policy: 'dead-letter', topic: letters } },
      handle({ value, partition }, { out }) {
        if (value.endsWith('7')) throw new Error('a seven');
        out.out(null, `${partition}:${value}`);
        out.out2(null, `${partition}:${value}`);
      },
    },
    { limits: { batchRecordsMax: 7 } },
  );
  // Somebody looks all the time, in the order in which a half would show: whatever came first is looked at last.
  let halves = 0;
  let looks = 0;
  let looking = true;
  const look = async (): Promise<void> => {
    while (looking) {
      const offsets = await Promise.all([0, 1].map((p) => kafka.committed(started.name, input, p)));
      const seenCopies = await kafka.values(copy, 'committed');
      const seenGood = new Set(await kafka.values(good, 'committed'));
      const settled = (offsets[0] ?? 0) + (offsets[1] ?? 0);
      const seenLetters = (await kafka.values(letters, 'committed')).length;
      if (!seenCopies.every((value) => seenGood.has(value))) halves++;
      if (seenGood.size + seenLetters < settled) halves++;
      looks++;
    }
  };
  const watching = look();
  for (let i = 0; i < 12; i++)
    await kafka.produce(
      input,
      Array.from({ length: 10 }, (_, j) => ({ value: `${i * 10 + j}`, partition: i % 2 })),
    );
  await started.committed(120);
  looking = false;
  await watching;

  expect({ halves, enough: looks > 5 }).toEqual({ halves: 0, enough: true });
  expect((await kafka.values(good)).length).toBe(108);
  expect((await kafka.values(letters)).length).toBe(12);
  expect(await kafka.values(copy)).toEqual(expect.arrayContaining(await kafka.values(good)));
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
        seen.push(`${Buffer.from(reached)} ${Buffer.from(header)}`);
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
