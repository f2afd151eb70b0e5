// `processor doctor`: what of this machine, the installation and the connections is in the way, and what to do about it. It says
// what is missing; that something is missing never ends it.

import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { threadPoolSize } from '../../adapters/confluent/threads.js';
import type { ConfigFlags } from '../config/config-values.js';
import { loadConfig, type ResolvedConfig } from '../config/load-config.js';
import { ReportedEnd } from '../exit-codes.js';
import { brokers, registry } from './connections.js';
import { type Examined, examine, exitCodeFor, good, textOf } from './examined.js';
import { java, kafkaClient, kafkaJars, typeScript } from './installation.js';
import { memory, nodeVersion, openFiles, threadPool } from './machine.js';

export interface DoctorFlags extends ConfigFlags {
  readonly json?: boolean;
}

export async function doctor(flags: DoctorFlags): Promise<void> {
  const examined = await examineAll(flags);
  if (flags.json) process.stdout.write(`${JSON.stringify({ examined })}\n`);
  else process.stdout.write(textOf(examined, process.stdout));
  const exitCode = exitCodeFor(examined);
  if (exitCode !== 0) throw new ReportedEnd(exitCode);
}

async function examineAll(flags: DoctorFlags): Promise<readonly Examined[]> {
  const { environment, config } = await configured(flags);
  const isEmbeddedNeeded = config === undefined || config.brokers === undefined;
  const machine = await Promise.all([
    examine('Node.js', () => nodeVersion(process.version)),
    examine('thread pool', () => threadPool(threadPoolSize(), 'UV_THREADPOOL_SIZE' in process.env)),
    examine('open files', () => openFiles(textOrNone('/proc/self/limits'))),
    examine('memory', () => memory(memoryHere())),
    examine('Kafka client', kafkaClient),
    examine('TypeScript', () => typeScript(process.cwd())),
    examine('Java', () => java(process.env, isEmbeddedNeeded)),
    examine('Kafka jars', () => kafkaJars(process.env, isEmbeddedNeeded)),
  ]);
  const connections =
    config === undefined
      ? []
      : await Promise.all([examine('Kafka', () => brokers(config)), examine('registry', () => registry(config))]);
  return [...machine.flat(), ...environment, ...connections.flat()];
}

interface Configured {
  readonly environment: readonly Examined[];
  readonly config: ResolvedConfig | undefined;
}

async function configured(flags: DoctorFlags): Promise<Configured> {
  let config: ResolvedConfig | undefined;
  const environment = await examine('configuration', async () => {
    config = await loadConfig(flags, process.env, 'doctor');
    const file = config.file ?? 'no config file';
    return good('configuration', config.profile === undefined ? file : `${file}, profile ${config.profile}`);
  });
  return { environment, config };
}

function memoryHere(): Parameters<typeof memory>[0] {
  const limitBytes = process.constrainedMemory();
  return {
    // 0, or more than there is, where nobody sets one.
    limitBytes: limitBytes === undefined || limitBytes <= 0 ? undefined : limitBytes,
    machineBytes: totalmem(),
    heapMaxBytes: getHeapStatistics().heap_size_limit,
  };
}

function textOrNone(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
