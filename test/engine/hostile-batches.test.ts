// Batches that are small on the wire and large or useless when they are unpacked, in both lanes: bounded memory, or an error that
// names topic, partition and offset.

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Instance, instance } from '../support/engine-process.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';
import { recordOf, writeBatch, zstdOf } from '../support/record-batch.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

const mib = 2 ** 20;

test('a batch whose packed part is garbage never gets into a topic', async () => {
  const input = await kafka.topic('in');
  const garbage = Buffer.from('28b52ffd00380123456789abcdef', 'hex');
  await expect(writeBatch(testBrokers(), input, 'zstd', garbage)).rejects.toThrow('the broker answers with error');
});

describe.runIf(process.platform === 'linux').each(['fast', 'slow'])('in the %s lane', (lane) => {
  test('a zstd batch of 6 kB that unpacks to 200 MB ends the processor with its place, in bounded memory', async () => {
    const input = await kafka.topic('in', 2);
    await kafka.produce(input, ['before']);
    const zeros = 200 * mib;
    const packed = zstdOf(zeros, recordOf(zeros));
    expect(packed.length).toBeLessThan(7000);
    await writeBatch(testBrokers(), input, 'zstd', packed);
    await kafka.produce(input, [{ value: 'beside', partition: 1 }, 'behind']);
    const { output, reader } = await reading(input, lane);
    await reader.until('it has ended', () => failureOf(reader) !== undefined, 20_000);
    expect(failureOf(reader)).toMatchObject({
      code: 'PRC_BATCH_UNREADABLE',
      message: expect.stringContaining(`${input}/0@1: these records cannot be unpacked`),
    });
    // The client tries buffers up to 100 MB before it gives up.
    expect(peakMib(reader)).toBeLessThan(320);
    expect(await kafka.sorted(output)).toEqual(['before', 'beside']);
  });

  test('one that unpacks to 50 MB is read', async () => {
    const input = await kafka.topic('in');
    const zeros = 50 * mib;
    await writeBatch(testBrokers(), input, 'zstd', zstdOf(zeros, recordOf(zeros)));
    const { output, reader } = await reading(input, lane, { 'message.max.bytes': 100_000_000 });
    await reader.until('it is committed', () => reader.said('batch-committed') === 1, 20_000);
    expect((await kafka.values(output)).map((value) => value?.length)).toEqual([zeros]);
  });

  test('a gzip batch of 250 kB that unpacks to 250 MB takes no more than a few times that, and is named', async () => {
    const input = await kafka.topic('in');
    const zeros = 250 * mib;
    const { before, behind } = recordOf(zeros);
    await writeBatch(testBrokers(), input, 'gzip', gzipSync(Buffer.concat([before, Buffer.alloc(zeros), behind])));
    const { reader } = await reading(input, lane);
    await reader.until('it has ended', () => failureOf(reader) !== undefined, 25_000);
    expect(failureOf(reader)).toMatchObject({
      code: 'PRC_RECORD_FAILED',
      message: expect.stringContaining(`${input}/0@0`),
    });
    // In the client, in the batch, as the text that the handler gets, and while that is written. Measured: 860.
    expect(peakMib(reader)).toBeLessThan(1200);
  }, 60_000);
});

async function reading(
  input: string,
  lane: string,
  settings: Readonly<Record<string, number>> = {},
): Promise<{ output: string; reader: Instance }> {
  const output = await kafka.topic('out');
  const story = { name: uniqueName('hostile'), input, outputs: [output] };
  return { output, reader: instance({ brokers: testBrokers(), story, settings }, { PROCESSOR_LANE: lane }) };
}

function failureOf({ words }: Instance): { readonly code: string; readonly message: string } | undefined {
  for (const word of words) if ('word' in word && word.word === 'failed') return word;
  return undefined;
}

function peakMib({ pid }: Instance): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
