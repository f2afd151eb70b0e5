// `processor test --shake`: disrupts the handlers of processors and says what has come out otherwise.

import { ProcessorError } from '../../errors/processor-error.js';
import { reportText } from '../../testing/shake/report.js';
import { type Shaken, shakeTopology } from '../../testing/shake/shake.js';
import { discover, type FoundProcessor } from '../discover.js';
import { exitCodes, ReportedEnd } from '../exit-codes.js';
import { counted } from '../table.js';
import { encodable, generable, linesOf, type RecordSource, sampled } from './records.js';

export interface TestFlags {
  readonly records?: string;
  readonly generate?: number;
  readonly runsMax?: number;
  readonly env?: readonly (readonly [name: string, value: string])[];
  readonly json?: boolean;
}

export async function test(wanted: readonly string[], flags: TestFlags): Promise<void> {
  const { processors } = await discover(process.cwd(), wanted);
  if (flags.records !== undefined && processors.length > 1)
    throw new ProcessorError('PRC_USAGE', {
      problem: `--records is for one processor, and there are ${processors.length}: name it`,
      command: 'test ',
    });
  // Before the first of them takes its time.
  const sources = await Promise.all(processors.map((found) => sourceOf(found, flags)));
  const all: Shaken[] = [];
  for (const [i, { processor }] of processors.entries()) {
    const source = sources[i] as RecordSource;
    const shaken = await shakeTopology(processor.topology, encodable(processor.topology, source), {
      partitionsWanted: source.partitionsWanted,
      environment: Object.fromEntries(flags.env ?? []),
      onProgress: progressOf(processor.name),
      ...(flags.runsMax === undefined ? {} : { runsMax: flags.runsMax }),
    });
    all.push(shaken);
    if (flags.json) continue;
    process.stdout.write(reportText(shaken));
    if (source.kind === 'generated')
      process.stdout.write(
        `its ${counted(shaken.records, 'record')} were made of the codecs: --records takes real ones\n`,
      );
  }
  if (flags.json) process.stdout.write(`${JSON.stringify({ processors: all })}\n`);
  if (all.some(({ findings }) => findings.length > 0)) throw new ReportedEnd(exitCodes.error);
}

async function sourceOf(found: FoundProcessor, { records, generate }: TestFlags): Promise<RecordSource> {
  const { topology } = found.processor;
  if (records !== undefined) return linesOf(topology, records);
  if (generate === undefined && found.samples !== undefined) return sampled(found, found.samples);
  const made = generable(topology, generate ?? generatedCount);
  if (made === undefined) throw new ProcessorError('PRC_TEST_RECORDS_MISSING', { processor: topology.name });
  return made;
}

/** Of a processor with many records somebody may wonder whether it still runs. */
function progressOf(processor: string): (runs: number, of: number) => void {
  let shownAt = performance.now();
  return (runs, of) => {
    if (!process.stderr.isTTY || performance.now() - shownAt < progressMs) return;
    shownAt = performance.now();
    process.stderr.write(`${processor}: ${runs.toLocaleString('en')} of ${counted(of, 'run')} …\n`);
  };
}

const generatedCount = 5;
const progressMs = 2000;
