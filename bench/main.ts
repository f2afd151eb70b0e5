// `npm run bench`: the engine beside a bare loop on the client's raw API (bare-loop.ts), interleaved in one run on one
// broker, each in processes of its own. First throughput on as many orders as are wanted, then latency at 1,000 a second.
// Ends with 1 if a bar is missed.
//
//   npm run bench
//   npm run bench -- --records 100000 --rounds 1 --latency-seconds 0     a quick look
//   npm run bench -- --profile /tmp/profiles                             with a CPU profile of every process

import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { number, say, seconds } from '../demo/report.js';
import { createTopics } from '../demo/topics.js';
import { confluentKafka } from '../src/adapters/confluent/kafka.js';
import { startEmbeddedKafka } from '../src/embedded/kafka/broker.js';
import { type BenchChild, startChild } from './child.js';
import type { LoadOptions } from './load.js';
import type { OutputSum, OutputSumOptions } from './output-sum.js';
import type { ProbeOptions, ProbeResult } from './probe.js';
import type { SideResult } from './progress.js';
import type { SideOptions } from './side.js';

const bars = { throughputRatio: 0.9, latencyP50Ms: 20 } as const;
const perSecond = 1000;
const warmUpSeconds = 5;
const sides: readonly SideOptions['side'][] = ['engine', 'bare loop'];

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    'latency-seconds': { type: 'string', default: '10' },
    profile: { type: 'string' },
  },
});
const records = Number(values.records);
const rounds = Number(values.rounds);
const latencySeconds = Number(values['latency-seconds']);

const given = process.env['TEST_KAFKA_BROKERS'] ?? '';
// Embedded brokers start quickly; one that is measured for minutes may optimise its code as brokers do.
const jvmOptions = ['-XX:TieredStopAtLevel=4'];
const embedded = given === '' ? await startEmbeddedKafka({ name: 'kafka-for-bench', jvmOptions, log: say }) : undefined;
const brokers = embedded?.brokers ?? given;
const kafka = await confluentKafka({ brokers, transactionTimeoutMs: 10_000 });
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void cleanUp().finally(() => process.exit(1)));
try {
  const areReached = [await throughput(), ...(latencySeconds > 0 ? [await latency()] : [])];
  process.exitCode = areReached.every(Boolean) ? 0 : 1;
} finally {
  await cleanUp();
}

async function throughput(): Promise<boolean> {
  const input = await newTopic('orders');
  const startMs = performance.now();
  await start('bench/load.ts', { brokers, topic: input, records } satisfies LoadOptions).result;
  say(`${number(records)} orders are loaded after ${seconds(performance.now() - startMs)}`);
  const results = new Map<string, SideResult[]>(sides.map((side) => [side, []]));
  const outputs = new Map<string, string>();
  for (let round = 1; round <= rounds; round++)
    for (const side of sides) {
      const output = await newTopic(`out-${round}`);
      const result = await startSide(side, input, output, records).result;
      results.get(side)?.push(result);
      outputs.set(side, output);
      say(
        `  ${round}  ${side.padEnd(9)} ${number(rate(result)).padStart(8)} records/s   CPU ${result.cpuSeconds.toFixed(2)} s` +
          `   ${number(result.commits)} transactions   ${result.rssMiB} MiB`,
      );
    }
  await compareOutputs(outputs);
  const [engine = 0, bare = 0] = sides.map((side) => median((results.get(side) ?? []).map(rate)));
  const [engineCpu = 0, bareCpu = 0] = sides.map((side) =>
    median((results.get(side) ?? []).map(({ cpuSeconds }) => cpuSeconds)),
  );
  const ratio = engine / bare;
  const isReached = ratio >= bars.throughputRatio;
  say(`  median: engine ${number(Math.round(engine))} records/s, bare loop ${number(Math.round(bare))} records/s`);
  say(
    `  median CPU: engine ${engineCpu.toFixed(2)} s, bare loop ${bareCpu.toFixed(2)} s, ratio ${(engineCpu / bareCpu).toFixed(2)}`,
  );
  say(`${isReached ? '✔' : '✘'} throughput ratio ${ratio.toFixed(2)}, at least ${bars.throughputRatio}`);
  return isReached;
}

/** Both must have written the same, or their speeds say nothing. */
async function compareOutputs(outputs: ReadonlyMap<string, string>): Promise<void> {
  const sums: OutputSum[] = [];
  for (const topic of outputs.values())
    sums.push(await start<OutputSum>('bench/output-sum.ts', { brokers, topic } satisfies OutputSumOptions).result);
  const [one] = sums;
  if (one?.records !== records || sums.some((sum) => JSON.stringify(sum) !== JSON.stringify(one)))
    throw new Error(`the outputs differ: ${JSON.stringify(sums)}, ${records} records expected in each`);
  say(`  both have written the same ${number(one.records)} records, ${number(one.bytes)} bytes, read read_committed`);
}

async function latency(): Promise<boolean> {
  const results = new Map<string, ProbeResult[]>(sides.map((side) => [side, []]));
  for (let round = 1; round <= rounds; round++)
    for (const side of sides) {
      const probed = await probe(side);
      results.get(side)?.push(probed);
      say(`  ${round}  ${side.padEnd(9)} at ${number(perSecond)} records/s: ${timesText(probed)}`);
    }
  const [engine, bare] = sides.map((side) => medians(results.get(side) ?? []));
  if (engine === undefined || bare === undefined) throw new Error('there is nothing to compare');
  say(`  median: engine ${timesText(engine)}`);
  say(`       bare loop ${timesText(bare)}`);
  const isReached = engine.p50 <= bars.latencyP50Ms;
  say(`${isReached ? '✔' : '✘'} end-to-end p50 ${engine.p50.toFixed(1)} ms, at most ${bars.latencyP50Ms}`);
  return isReached;
}

/** How long records take through one side, from the producer's call to the hands of a read_committed consumer. */
async function probe(side: SideOptions['side']): Promise<ProbeResult> {
  const [input, output] = [await newTopic('latency-in'), await newTopic('latency-out')];
  const running = startSide(side, input, output, 0);
  const probed = await start<ProbeResult>('bench/probe.ts', {
    brokers,
    input,
    output,
    records: latencySeconds * perSecond,
    warmUp: warmUpSeconds * perSecond,
    perSecond,
  } satisfies ProbeOptions).result;
  running.end();
  await running.result;
  return probed;
}

function medians(results: readonly ProbeResult[]): ProbeResult {
  const of = (name: keyof ProbeResult): number => median(results.map((result) => result[name]));
  return { p50: of('p50'), p95: of('p95'), p99: of('p99'), max: of('max') };
}

function timesText({ p50, p95, p99, max }: ProbeResult): string {
  const [a, b, c, d] = [p50, p95, p99, max].map((ms) => ms.toFixed(1).padStart(6));
  return `p50 ${a}   p95 ${b}   p99 ${c}   max ${d} ms`;
}

function startSide(side: SideOptions['side'], input: string, output: string, count: number): BenchChild<SideResult> {
  const group = `bench-${side.replace(' ', '-')}-${output}`;
  return start('bench/side.ts', { side, brokers, input, output, group, records: count } satisfies SideOptions);
}

function start<Result>(program: string, options: object): BenchChild<Result> {
  return startChild<Result>(program, options, values.profile);
}

async function newTopic(what: string): Promise<string> {
  const name = `bench-${what}-${randomUUID().slice(0, 8)}`;
  await createTopics(kafka, [{ name, config: { 'retention.ms': '-1' } }]);
  return name;
}

function rate(result: SideResult): number {
  return Math.round(records / result.seconds);
}

function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

async function cleanUp(): Promise<void> {
  await kafka.close();
  await embedded?.stop();
}
