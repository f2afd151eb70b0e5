// One side of the benchmark, the engine or the bare loop: runs until it has committed `records` records, or until it is told
// to end where that is 0.

import { runBareLoop } from './bare-loop.js';
import { childOptions, giveResult, untilEndIsWanted } from './child.js';
import { runEngine } from './engine-side.js';
import { Progress } from './progress.js';

export interface SideOptions {
  readonly side: 'engine' | 'bare loop';
  readonly brokers: string;
  readonly input: string;
  readonly output: string;
  /** Also the processor's name. */
  readonly group: string;
  readonly records: number;
}

const options = childOptions() as SideOptions;
const progress = new Progress(options.records);
const run = options.side === 'engine' ? runEngine : runBareLoop;
const ending = untilEndIsWanted();
const stop = await run(options, progress);
await (options.records === 0 ? ending : Promise.race([progress.done, ending.then(() => process.exit(1))]));
const result = progress.result();
await stop();
giveResult(result);
process.stdin.destroy();
