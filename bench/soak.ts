// `npm run soak`: one instance of a processor that makes small transactions at a steady rate for as long as is wanted, while it
// writes down what it holds: memory, descriptors, threads. Tells at the end what grows, and that every record is there once.
// For Linux: the figures come from /proc.
//
//   npm run soak                                   an hour at 100 transactions a second
//   npm run soak -- --minutes 2 --rate 200         a quick look
//   npm run soak -- --samples soak.jsonl           keeps what was measured

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { untilCommitted, watchProgress } from '../demo/progress.js';
import { number, say } from '../demo/report.js';
import { createTopics } from '../demo/topics.js';
import { confluentKafka } from '../src/adapters/confluent/kafka.js';
import { readTopic } from '../src/adapters/confluent/topic-reader.js';
import { startEmbeddedKafka } from '../src/embedded/kafka/broker.js';
import { startChild } from './child.js';
import { slope } from './slope.js';
import type { SoakInstanceOptions, SoakSample } from './soak-instance.js';
import { SteadyWriter } from './steady-writer.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '100' },
    samples: { type: 'string' },
  },
});
const minutes = Number(values.minutes);
const perSecond = Number(values.rate);
const sampleMs = 10_000;
const mib = 2 ** 20;
const gauges: readonly (readonly [name: string, of: (sample: SoakSample) => number])[] = [
  ['RSS in MiB', ({ rss }) => rss],
  ['heap in MiB', ({ heap }) => heap],
  ['external memory in MiB', ({ external }) => external],
  ['descriptors', ({ descriptors }) => descriptors],
  ['threads', ({ threads }) => threads],
];
const isBytes = new Set(['RSS in MiB', 'heap in MiB', 'external memory in MiB']);
/** A connection that is opened anew has two descriptors for a moment; a leak has more. */
const slack = 2;
/** What of JavaScript's own may stay behind: a garbage collection's chance, no leak. */
const ownBytesMax = 20;
const [input, output, processorName] = ['soak-in', 'soak-out', 'soak'];

const folder = mkdtempSync(join(tmpdir(), 'processor-soak-'));
const sampleFile = values.samples === undefined ? join(folder, 'samples.jsonl') : resolve(values.samples);
/** What has to end when the soak does, however it does; the last one first. */
const ends: (() => Promise<unknown> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void cleanUp().finally(() => process.exit(1)));
try {
  process.exitCode = (await soak()) ? 0 : 1;
} finally {
  await cleanUp();
}

async function soak(): Promise<boolean> {
  const embedded = await startEmbeddedKafka({ name: 'kafka-for-soak', jvmOptions: ['-XX:TieredStopAtLevel=4'] });
  ends.push(() => embedded.stop());
  const { brokers } = embedded;
  const kafka = await confluentKafka({ brokers, transactionTimeoutMs: 10_000 });
  ends.push(() => kafka.close());
  const config = { 'retention.ms': '-1' };
  await createTopics(kafka, [
    { name: input, config },
    { name: output, config },
  ]);
  const options: SoakInstanceOptions = { brokers, processor: processorName, input, output, sampleFile, sampleMs };
  const instance = startChild<SoakSample>('bench/soak-instance.ts', options);
  ends.push(() => instance.end());
  const writer = await SteadyWriter.start(brokers, input, perSecond);
  ends.push(() => writer.stop());
  say(`one instance for ${minutes} min, a record ${perSecond} times a second in 4 partitions`);
  const printing = setInterval(() => printLatest(), 60_000);
  ends.push(() => clearInterval(printing));
  const ended = instance.result.then((): never => {
    throw new Error('the instance ended before the soak did');
  });
  const time = new AbortController();
  ends.push(() => time.abort());
  await Promise.race([wait(minutes * 60_000, undefined, { signal: time.signal }), ended]);
  clearInterval(printing);
  ended.catch(() => {}); // from here on it is meant to end
  const written = await writer.stop();
  const progress = await watchProgress(brokers, processorName, input);
  ends.push(() => progress.close());
  await untilCommitted(progress, written);
  instance.end();
  const last = await instance.result;
  return judge(readSamples(), last, written, await countOutputs(brokers, written));
}

/** How many records are lost, doubled or out of their key's order among the outputs. */
async function countOutputs(brokers: string, written: number): Promise<Outputs> {
  const times = new Uint8Array(written);
  const before = new Map<string, number>();
  let reordered = 0;
  for await (const { key, value } of readTopic({ brokers, topic: output })) {
    const [name, n] = [Buffer.from(key ?? []).toString(), Number(Buffer.from(value ?? []).toString())];
    times[n] = (times[n] ?? 0) + 1;
    if (n < (before.get(name) ?? -1)) reordered++;
    before.set(name, n);
  }
  return {
    lost: times.filter((count) => count === 0).length,
    doubled: times.filter((count) => count > 1).length,
    reordered,
  };
}

interface Outputs {
  readonly lost: number;
  readonly doubled: number;
  readonly reordered: number;
}

function judge(samples: readonly SoakSample[], last: SoakSample, written: number, outputs: Outputs): boolean {
  // At first everything grows: code is compiled, buffers find their size.
  const settled = samples.slice(Math.ceil(samples.length / 4));
  const [first] = settled;
  if (first === undefined) throw new Error('the soak was too short for a sample');
  const transactionsPerMs = slope(settled.map(({ atMs, transactions }) => [atMs, transactions]));
  say('');
  say(`  transactions ${number(last.transactions)}, ${(transactionsPerMs * 1000).toFixed(1)} a second`);
  say(`  CPU of the instance ${(last.cpuSeconds / (last.atMs / 1000)).toFixed(2)} cores`);
  say(`  over the last three quarters    first      last       max    grows by`);
  for (const [name, of] of gauges) {
    const figures = [of(first), of(settled.at(-1) ?? first), Math.max(...settled.map(of))];
    const perMs = slope(settled.map((sample) => [sample.atMs, of(sample)]));
    const growth = isBytes.has(name)
      ? `${((perMs * 3_600_000) / mib).toFixed(1)} MiB an hour, ${Math.round(perMs / transactionsPerMs)} bytes a transaction`
      : `${(perMs * 3_600_000).toFixed(1)} an hour`;
    const shown = figures.map((figure) => (isBytes.has(name) ? (figure / mib).toFixed(1) : String(figure)).padStart(9));
    say(`  ${name.padEnd(26)} ${shown.join(' ')}    ${growth}`);
  }
  say('');
  const threadsMax = Math.max(...settled.map(({ threads }) => threads));
  const descriptorsMax = Math.max(...settled.map(({ descriptors }) => descriptors));
  const perTransaction = (of: (sample: SoakSample) => number): number =>
    Math.round(slope(settled.map((sample) => [sample.atMs, of(sample)])) / transactionsPerMs);
  const [heapBytes, externalBytes] = [perTransaction(({ heap }) => heap), perTransaction(({ external }) => external)];
  return [
    holds('heap, bytes a transaction', heapBytes, heapBytes <= ownBytesMax),
    holds('external, bytes a transaction', externalBytes, externalBytes <= ownBytesMax),
    holds('records written', written, last.records === written),
    holds('lost', outputs.lost, outputs.lost === 0),
    holds('doubled', outputs.doubled, outputs.doubled === 0),
    holds('reordered', outputs.reordered, outputs.reordered === 0),
    holds('producers replaced', last.producersReplaced, last.producersReplaced === 0),
    holds('batches aborted', last.aborts, last.aborts === 0),
    holds('transactions a second', (transactionsPerMs * 1000).toFixed(1), transactionsPerMs * 1000 > 0.9 * perSecond),
    holds('more threads than at first', threadsMax - first.threads, threadsMax <= first.threads + slack),
    holds('more descriptors', descriptorsMax - first.descriptors, descriptorsMax <= first.descriptors + slack),
  ].every(Boolean);
}

function holds(name: string, figure: number | string, isGood: boolean): boolean {
  say(`${isGood ? '✔' : '✘'} ${name.padEnd(28)} ${figure}`);
  return isGood;
}

function printLatest(): void {
  const sample = readSamples().at(-1);
  if (sample === undefined) return;
  const { atMs, transactions, rss, heap, external, descriptors, threads, producersReplaced, cpuSeconds } = sample;
  const memory = [rss, heap, external].map((bytes) => (bytes / mib).toFixed(1));
  say(
    `${String(Math.round(atMs / 60_000)).padStart(4)} min  ${number(transactions)} transactions  RSS ${memory[0]} MiB  heap ${memory[1]}  ` +
      `external ${memory[2]}  descriptors ${descriptors}  threads ${threads}  replaced ${producersReplaced}  ` +
      `CPU ${(cpuSeconds / (atMs / 1000)).toFixed(2)}`,
  );
}

function readSamples(): readonly SoakSample[] {
  const lines = readFileSync(sampleFile, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as SoakSample);
}

async function cleanUp(): Promise<void> {
  for (const end of ends.splice(0).reverse()) await end();
}
