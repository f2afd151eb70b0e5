// Runs one cell: fills its input, lets the contestants work it off in turn for some rounds, and compares what they have written.

import { number } from '../demo/report.js';
import { startChild } from './child.js';
import type { LoadOptions } from './inputs/load.js';
import type { OutputSum, OutputSumOptions } from './measure/output-sum.js';
import { measureThroughput, type ThroughputFigures } from './measure/throughput-run.js';
import { labelOf, throughputLine } from './report/print.js';
import type { CellResult, ContestantResult } from './report/results.js';
import type { SideOptions } from './sides/options.js';
import type { Sides } from './sides/side.js';
import type { SideCommand } from './sides/side-process.js';
import type { Cell, Contestant } from './suites.js';
import type { Surroundings } from './surroundings.js';
import { workloads } from './workloads/workload.js';

export interface RunOptions {
  /** The cell's share of them is run. */
  readonly recordsWanted: number;
  readonly rounds: number;
  readonly say: (line: string) => void;
}

/** A contestant that can be had. */
interface Entry {
  readonly contestant: Contestant;
  readonly command: SideCommand;
  readonly rounds: ThroughputFigures[];
}

export async function runCell(
  cell: Cell,
  sides: Sides,
  surroundings: Surroundings,
  { recordsWanted, rounds, say }: RunOptions,
): Promise<CellResult> {
  const { name, title, partitions, compression } = cell;
  const records = Math.max(1, Math.round(recordsWanted * cell.share));
  const { brokers, registry } = surroundings;
  const entries = entriesOf(cell, sides);
  const [first] = entries;
  if (first === undefined) return { name, title, partitions, compression, records, contestants: [] };
  const workload = workloads[first.contestant.workload];
  say(`\n${title}: ${number(records)} records, ${partitions} partition${partitions === 1 ? '' : 's'}`);
  const input = await surroundings.newTopic(workload.input, partitions);
  const load: LoadOptions = {
    brokers,
    registry,
    topic: input,
    partitions,
    input: workload.input,
    records,
    compression,
  };
  await startChild('bench/inputs/load.ts', load).result;
  const sums: OutputSum[] = [];
  for (let round = 1; round <= rounds; round++)
    for (const { contestant, command, rounds: figures } of entries) {
      const output = await surroundings.newTopic('out', partitions);
      const label = labelOf(contestant);
      const options = sideOptions(cell, contestant, sides, surroundings, { input, output });
      const outputs = workload.outputs(records);
      figures.push(await measureThroughput(label, command, options, { ...surroundings, records, outputs }));
      say(`  ${round}  ${throughputLine(label, records, figures.slice(-1))}`);
      if (round === rounds) {
        const sum: OutputSumOptions = {
          brokers,
          topic: output,
          partitions,
          records: outputs,
          compare: workload.compare,
        };
        sums.push(await startChild<OutputSum>('bench/measure/output-sum.ts', sum).result);
      }
      await surroundings.deleteTopic(output);
    }
  await surroundings.deleteTopic(input);
  checkSame(entries, sums, workload.outputs(records));
  say(`  all have written the same ${number(workload.outputs(records))} records, read read_committed`);
  const contestants: ContestantResult[] = entries.map(({ contestant, rounds: figures }) => ({
    ...contestant,
    rounds: figures,
  }));
  for (const one of contestants) say(`  =  ${throughputLine(labelOf(one), records, one.rounds)}`);
  return { name, title, partitions, compression, records, contestants };
}

export function sideOptions(
  { partitions, compression }: Pick<Cell, 'partitions' | 'compression'>,
  { side, workload, guarantee }: Contestant,
  sides: Sides,
  { brokers, registry, inputSchemaId, outputSchemaId }: Surroundings,
  { input, output }: { readonly input: string; readonly output: string },
): SideOptions {
  const settings = sides[side].options(guarantee);
  const group = `bench-${side}-${output}`;
  const where = { brokers, registry, group, input, output, partitions };
  return { ...where, workload, guarantee, compression, inputSchemaId, outputSchemaId, settings };
}

function entriesOf({ contestants }: Cell, sides: Sides): Entry[] {
  return contestants.flatMap((contestant): Entry[] => {
    const { command, workloads: known } = sides[contestant.side];
    if (!known.includes(contestant.workload)) throw new Error(`${contestant.side} has no ${contestant.workload}`);
    return 'missing' in command ? [] : [{ contestant, command, rounds: [] }];
  });
}

/** All must have written the same, or their speeds say nothing. */
function checkSame(entries: readonly Entry[], sums: readonly OutputSum[], outputs: number): void {
  const [one] = sums;
  const isSame = one?.records === outputs && sums.every((sum) => JSON.stringify(sum) === JSON.stringify(one));
  const told = sums.map((sum, i) => `${labelOf((entries[i] as Entry).contestant)}: ${JSON.stringify(sum)}`);
  if (!isSame) throw new Error(`the outputs differ, ${outputs} records are expected in each:\n${told.join('\n')}`);
}
