// How long records take through one side at a steady pace, and how many transactions it makes of them.

import { startChild } from '../child.js';
import type { SideOptions } from '../sides/options.js';
import { type SideCommand, SideProcess } from '../sides/side-process.js';
import type { Latencies, ProbeOptions } from './probe.js';

export interface LatencyFigures extends Latencies {
  readonly transactionsPerSecond: number;
}

/** Until a Java of five seconds ago has compiled what it runs. */
const warmUpSeconds = 10;

export async function measureLatency(
  name: string,
  command: SideCommand,
  options: SideOptions,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Promise<LatencyFigures> {
  const side = new SideProcess(name, command, options);
  const { brokers, input, output, partitions } = options;
  const probe = startChild<Latencies>('bench/measure/probe.ts', {
    brokers,
    input,
    output,
    partitions,
    perSecond,
    records: seconds * perSecond,
    warmUp: warmUpSeconds * perSecond,
  } satisfies ProbeOptions);
  try {
    await Promise.race([side.began, probe.result]);
    const beganMs = performance.now();
    const latencies = await Promise.race([probe.result, side.failed]);
    const worked = (performance.now() - beganMs) / 1000;
    return { ...latencies, transactionsPerSecond: (await side.end()) / worked };
  } catch (error) {
    probe.end();
    await side.kill();
    throw error;
  }
}
