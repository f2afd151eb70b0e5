// The program of every side in JavaScript: works until its standard input ends.
//
//   node scripts/run.cjs bench/sides/node-side.ts engine '{ … }'

import { childOptions, untilEndIsWanted } from '../child.js';
import { runBareLoop } from './bare-loop.js';
import { runEngine } from './engine.js';
import { fastWay } from './fast-way.js';
import { runKafkaJs } from './kafkajs.js';
import type { SideOptions } from './options.js';
import { rawWay } from './raw-way.js';
import { Tally } from './tally.js';

export type NodeSide = keyof typeof programs;

const programs = {
  engine: runEngine,
  'bare-loop': (options: SideOptions, tally: Tally) => runBareLoop(options, tally, rawWay(options)),
  'bare-fast-loop': (options: SideOptions, tally: Tally) => runBareLoop(options, tally, fastWay(options)),
  kafkajs: (options: SideOptions, tally: Tally) => runKafkaJs(options, tally, 'kafkajs'),
  'kafkajs-style': (options: SideOptions, tally: Tally) => runKafkaJs(options, tally, 'confluent'),
};

const side = process.argv[2] as NodeSide;
const tally = new Tally();
const ending = untilEndIsWanted();
const stop = await programs[side](childOptions() as SideOptions, tally);
await ending;
await stop();
tally.end();
process.stdin.destroy();
