// One side, started on a full topic and watched from outside until it has worked off all of it. All sides are judged by the same
// eyes: the first record by their own word, the end by what their group has committed, CPU and memory by the kernel.

import { setTimeout as wait } from 'node:timers/promises';
import { type Progress, watchProgress } from '../../demo/progress.js';
import type { TopicPartition } from '../../src/core/ids.js';
import { type Kafka, KafkaError } from '../../src/ports/kafka.js';
import type { SideOptions } from '../sides/options.js';
import { type SideCommand, SideProcess } from '../sides/side-process.js';
import { cpuSecondsOf, peakRssMiBOf } from './process-figures.js';

export interface ThroughputFigures {
  /** From the first record in hand until the last one is committed. */
  readonly seconds: number;
  /** In the same span; undefined where it cannot be known. */
  readonly cpuSeconds: number | undefined;
  readonly brokerCpuSeconds: number | undefined;
  readonly peakRssMiB: number | undefined;
  readonly transactions: number;
  /** From the start of the process until a reader of committed records could see an output. */
  readonly firstOutputMs: number;
}

export interface Watching {
  readonly kafka: Kafka;
  readonly brokerPid: number | undefined;
  readonly records: number;
  readonly outputs: number;
}

const lookMs = 20;
const stallMs = 60_000;

export async function measureThroughput(
  name: string,
  command: SideCommand,
  options: SideOptions,
  watching: Watching,
): Promise<ThroughputFigures> {
  const { kafka, brokerPid } = watching;
  const progress = await watchProgress(options.brokers, options.group, options.input, options.partitions);
  const side = new SideProcess(name, command, options);
  try {
    const firstOutput = untilOutput(kafka, options).then(() => performance.now() - side.startedMs);
    firstOutput.catch(() => {});
    await side.began;
    const moment = (): Moment => ({
      ms: performance.now(),
      cpuSeconds: cpuSecondsOf(side.pid),
      brokerCpuSeconds: cpuSecondsOf(brokerPid),
    });
    const start = moment();
    await Promise.race([untilDone(progress, kafka, options, watching), side.failed]);
    const end = moment();
    const peakRssMiB = peakRssMiBOf(side.pid);
    const firstOutputMs = await firstOutput;
    return {
      seconds: (end.ms - start.ms) / 1000,
      cpuSeconds: difference(end.cpuSeconds, start.cpuSeconds),
      brokerCpuSeconds: difference(end.brokerCpuSeconds, start.brokerCpuSeconds),
      peakRssMiB,
      transactions: await side.end(),
      firstOutputMs,
    };
  } catch (error) {
    await side.kill();
    throw error;
  } finally {
    await progress.close();
  }
}

interface Moment {
  readonly ms: number;
  readonly cpuSeconds: number | undefined;
  readonly brokerCpuSeconds: number | undefined;
}

function difference(end: number | undefined, start: number | undefined): number | undefined {
  return end === undefined || start === undefined ? undefined : end - start;
}

async function untilOutput(kafka: Kafka, options: SideOptions): Promise<void> {
  const asked = partitionsOf(options.output, options.partitions);
  while (!(await hasStable(kafka, asked))) await wait(lookMs);
}

/** A topic of a moment ago may have partitions without a leader yet. */
async function hasStable(kafka: Kafka, asked: readonly TopicPartition[]): Promise<boolean> {
  try {
    return (await kafka.offsetRanges(asked)).some(({ stable }) => stable > 0);
  } catch (error) {
    if (error instanceof KafkaError && error.retriable) return false;
    throw error;
  }
}

/** Where offsets are committed before the outputs are written, those have to be there, too. */
async function untilDone(progress: Progress, kafka: Kafka, options: SideOptions, watching: Watching): Promise<void> {
  await untilReached('records committed', watching.records, () => progress.committed());
  if (options.guarantee !== 'at-most-once') return;
  const asked = partitionsOf(options.output, options.partitions);
  await untilReached('outputs written', watching.outputs, async () =>
    (await kafka.highWatermarks(asked)).reduce((sum, end) => sum + end, 0),
  );
}

async function untilReached(what: string, end: number, look: () => Promise<number | undefined>): Promise<void> {
  let best = 0;
  let movedMs = performance.now();
  for (;;) {
    const seen = (await look()) ?? best;
    if (seen >= end) return;
    if (seen > best) movedMs = performance.now();
    else if (performance.now() - movedMs > stallMs)
      throw new Error(`${best} of ${end} ${what}, and no more for ${stallMs / 1000} s`);
    best = Math.max(best, seen);
    await wait(lookMs);
  }
}

function partitionsOf(topic: string, count: number): readonly TopicPartition[] {
  return Array.from({ length: count }, (_, partition) => ({ topic, partition }));
}
