// One instance of the processor: `processor run` in a process of its own, as it runs anywhere else. Its log is what we know
// of it. It cannot outlive the demo.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnGuarded } from '../src/embedded/kafka/guard.js';
import { repositoryRoot } from './repository.js';

export interface Instance {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves to its exit code, or to 128 + the number of the signal that ended it. */
  readonly ended: Promise<number>;
  readonly isAlive: boolean;
  /** The partitions of the input that it works on at this moment, by its own log. */
  partitions(): readonly number[];
  signal(signal: NodeJS.Signals): void;
  /** Ends it by a signal; resolves when it is gone, to its exit code. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number>;
}

export interface InstanceOptions {
  readonly name: string;
  readonly brokers: string;
  /** librdkafka properties. */
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly logFile: string;
}

export async function startInstance({ name, brokers, settings = {}, logFile }: InstanceOptions): Promise<Instance> {
  writeFileSync(logFile, '');
  const child = await spawnGuarded({
    command: process.execPath,
    args: [
      join(repositoryRoot, 'bin/processor.cjs'),
      'run',
      join(repositoryRoot, 'processors/enrich-orders.ts'),
      '--brokers',
      brokers,
      '--register-schemas',
      ...Object.entries(settings).flatMap(([property, value]) => ['-X', `${property}=${value}`]),
    ],
    outputFile: logFile,
  });
  let isAlive = true;
  const ended = child.ended.finally(() => (isAlive = false));
  return {
    name,
    pid: child.pid,
    logFile,
    ended,
    get isAlive() {
      return isAlive;
    },
    partitions: () => partitionsIn(readFileSync(logFile, 'utf8')),
    signal: (signal) => child.signal(signal),
    async end(signal) {
      child.ref();
      child.signal(signal);
      return ended;
    },
  };
}

/** Reads from a log of `processor run` which partitions were opened and not given up since. */
export function partitionsIn(log: string): readonly number[] {
  const open = new Set<number>();
  for (const line of log.split('\n')) {
    const entry = parsed(line);
    if (entry?.fact === 'task-opened') open.add(entry.partition ?? -1);
    else if (entry?.fact === 'rebalanced' && !entry.msg?.endsWith('assigned'))
      for (const name of entry.partitions ?? []) open.delete(Number(name.split('/')[1]));
  }
  return [...open];
}

interface LogEntry {
  readonly fact?: string;
  readonly msg?: string;
  readonly partition?: number;
  readonly partitions?: readonly string[];
}

function parsed(line: string): LogEntry | undefined {
  try {
    return JSON.parse(line) as LogEntry;
  } catch {
    return undefined; // not a line of the log, or one that is being written
  }
}
