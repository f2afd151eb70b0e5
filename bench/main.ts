// `npm run bench`: processors beside everything that does the same, in turn, on one broker, each in a process of its own. First
// throughput by workload, then latency by pace. Ends with 1 if a bar is missed.
//
//   npm run bench -- --quick                                             three minutes
//   npm run bench                                                        everything, about an hour and a half
//   npm run bench -- --cells json,bytes --records 200000 --rounds 1      some of it; --sides engine-fast,franz-go
//   npm run bench -- --cells json --rates 1000 --latency-seconds 10      --latency-seconds 0 for none
//   npm run bench -- --write docs                                        writes docs/benchmarks.md and its chart
//   npm run bench -- --profile /tmp/profiles                             with a CPU profile of every side in JavaScript

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { number, say } from '../demo/report.js';
import { chooseLane } from '../src/adapters/confluent/native/lane.js';
import { runPace } from './latency.js';
import { benchOptions, sidesIn } from './options.js';
import { type PeerName, providePeers } from './peers/peers.js';
import { bars, boundText, figureText, isReached } from './report/bars.js';
import { chart } from './report/chart.js';
import { machine, versions } from './report/machine.js';
import { mark, markdown } from './report/markdown.js';
import type { CellResult, LatencyResult, Results } from './report/results.js';
import { type SideName, type Sides, sidesOf } from './sides/side.js';
import { full, warmUp, warmUpRecords } from './suites.js';
import { startSurroundings } from './surroundings.js';
import { runCell } from './throughput.js';

const options = benchOptions(process.argv.slice(2));
const names = sidesIn(options);
const peers = await providePeers(new Set(names.map(peerOf).filter((peer) => peer !== undefined)), say);
const lane = chooseLane(undefined);
const sides = sidesOf({
  peers,
  slowOnly: lane.kind === 'slow' ? lane.reason : undefined,
  profileFolder: options.profileFolder,
});
const surroundings = await startSurroundings(say);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void surroundings.close().finally(() => process.exit(1)));
try {
  const results = await measure(sides);
  write(results);
  process.exitCode = judge(results) ? 0 : 1;
} finally {
  await surroundings.close();
}

async function measure(them: Sides): Promise<Results> {
  const about = {
    at: new Date().toISOString(),
    command: options.command,
    machine: machine(),
    versions: versions(surroundings.brokerVersion, peers),
    sides: names.map((side) => {
      const { title, settings, command } = them[side];
      return { side, title, settings, missing: 'missing' in command ? command.missing : undefined };
    }),
    rounds: options.rounds,
  };
  for (const line of [about.machine, ...about.versions]) say(line);
  for (const { side, settings, missing } of about.sides)
    say(missing === undefined ? `  ${side.padEnd(16)} ${settings}` : `  ${side.padEnd(16)} left out: ${missing}`);
  const { records: recordsWanted, rounds, latencySeconds: seconds } = options;
  // A new broker makes its internal topics at the first request, and has not compiled anything yet: that is not counted.
  await runCell(warmUp, them, surroundings, { recordsWanted: warmUpRecords, rounds: 1, say });
  const cells: CellResult[] = [];
  for (const cell of options.cells) cells.push(await runCell(cell, them, surroundings, { recordsWanted, rounds, say }));
  const latencies: LatencyResult[] = [];
  for (const pace of seconds > 0 ? options.paces : [])
    latencies.push(...(await runPace(pace, them, surroundings, { seconds, rounds })));
  return { ...about, cells, latencies };
}

function write(results: Results): void {
  mkdirSync(dirname(options.json), { recursive: true });
  writeFileSync(options.json, `${JSON.stringify(results, undefined, 2)}\n`);
  say(`\nall figures are in ${options.json}`);
  if (options.docs === undefined) return;
  const chartName = 'benchmarks.svg';
  writeFileSync(join(options.docs, chartName), chart(results.cells));
  writeFileSync(join(options.docs, 'benchmarks.md'), markdown(results, chartName));
}

/** Whether no bar is missed; those of which nothing was measured are not. */
function judge(results: Results): boolean {
  say('');
  if (options.records < full.records)
    say(`the bars are meant for ${number(full.records)} records: with fewer, each program mostly compiles its code`);
  for (const bar of bars)
    say(
      `${mark(isReached(bar, results))} ${bar.what.padEnd(64)} ${figureText(bar, bar.figure(results)).padStart(9)}  ${boundText(bar)}`,
    );
  return bars.every((bar) => isReached(bar, results) !== false);
}

function peerOf(side: SideName): PeerName | undefined {
  if (side === 'kafkajs' || side === 'franz-go') return side;
  return side.startsWith('kafka-streams') ? 'kafka-streams' : undefined;
}
