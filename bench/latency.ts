// Runs one pace: the sides in turn, each with records at the same steady pace, for some rounds.

import { say } from '../demo/report.js';
import { type LatencyFigures, measureLatency } from './measure/latency-run.js';
import { latencyLine } from './report/print.js';
import type { LatencyResult } from './report/results.js';
import type { Sides } from './sides/side.js';
import type { SideCommand } from './sides/side-process.js';
import type { Contestant, Pace } from './suites.js';
import type { Surroundings } from './surroundings.js';
import { sideOptions } from './throughput.js';

const topics = { partitions: 4, compression: 'lz4' } as const;

export async function runPace(
  { perSecond, sides: names }: Pace,
  sides: Sides,
  surroundings: Surroundings,
  { seconds, rounds }: { readonly seconds: number; readonly rounds: number },
): Promise<readonly LatencyResult[]> {
  const entries = names.flatMap((side) => {
    const { command } = sides[side];
    return 'missing' in command ? [] : [{ side, command, figures: [] as LatencyFigures[] }];
  });
  say(`\nend to end at ${perSecond.toLocaleString('en-US')} records/s, ${seconds} s`);
  for (let round = 1; round <= rounds; round++)
    for (const { side, command, figures } of entries) {
      figures.push(await runOnce({ side, workload: 'json-enrich', guarantee: 'exactly-once' }, command));
      say(`  ${round}  ${latencyLine(side, figures.slice(-1))}`);
    }
  for (const { side, figures } of entries) say(`  =  ${latencyLine(side, figures)}`);
  return entries.map(({ side, figures }) => ({ side, perSecond, rounds: figures }));

  async function runOnce(contestant: Contestant, command: SideCommand): Promise<LatencyFigures> {
    const input = await surroundings.newTopic('latency-in', topics.partitions);
    const output = await surroundings.newTopic('latency-out', topics.partitions);
    const options = sideOptions(topics, contestant, sides, surroundings, { input, output });
    const figures = await measureLatency(contestant.side, command, options, { perSecond, seconds });
    await surroundings.deleteTopic(input);
    await surroundings.deleteTopic(output);
    return figures;
  }
}
