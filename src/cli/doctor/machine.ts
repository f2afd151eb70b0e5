// The process and the machine: Node, the thread pool, open files, memory. Each judges numbers that it is given.

import { doubtful, type Examined, good } from './examined.js';

/** As package.json demands. */
export const oldestNode = '20.19';

export function nodeVersion(version: string): Examined {
  if (isAtLeast(version, oldestNode)) return good('Node.js', `${version} (it takes ${oldestNode} or newer)`);
  return {
    subject: 'Node.js',
    state: 'bad',
    says: `${version} is too old`,
    toDo: `Install ${oldestNode} or newer, an even major version: the Kafka client is built for those.`,
  };
}

/** @param isSet whether the variable is there: otherwise the pool has libuv's own size */
export function threadPool(threads: number, isSet: boolean): Examined {
  if (threads >= threadsWanted) return good('thread pool', `${threads} threads`);
  return doubtful(
    'thread pool',
    `${threads} threads, each open call to a broker holds one${isSet ? '' : ', and a preloaded module has started the pool'} (E14)`,
    'Set UV_THREADPOOL_SIZE=128 in the environment of the process, or unset it.',
  );
}

/** @param limits the text of /proc/self/limits; undefined where the system has no such file */
export function openFiles(limits: string | undefined): readonly Examined[] {
  const [, soft] = /^Max open files\s+(\S+)/m.exec(limits ?? '') ?? [];
  if (soft === undefined) return [];
  const count = soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
  if (count >= filesWanted) return [good('open files', soft === 'unlimited' ? 'no limit' : `at most ${soft}`)];
  const says = `at most ${soft}; each task has a producer, and each producer a connection to every broker it writes to`;
  return [
    doubtful(
      'open files',
      says,
      'Raise the limit: ulimit -n 65536, LimitNOFILE= of a systemd unit, --ulimit of a container.',
    ),
  ];
}

export interface Memory {
  /** What the container allows; undefined where it sets no limit. */
  readonly limitBytes: number | undefined;
  readonly machineBytes: number;
  /** How far the heap of JavaScript may grow. */
  readonly heapMaxBytes: number;
}

export function memory({ limitBytes, machineBytes, heapMaxBytes }: Memory): Examined {
  const heap = `the heap may take ${mebibytes(heapMaxBytes)}`;
  if (limitBytes === undefined || limitBytes >= machineBytes)
    return good('memory', `no limit below the ${mebibytes(machineBytes)} of the machine; ${heap}`);
  const limit = `the container allows ${mebibytes(limitBytes)}`;
  if (heapMaxBytes + besideHeapBytes <= limitBytes) return good('memory', `${limit}; ${heap}`);
  const fitting = Math.floor(Math.max(limitBytes / 4, limitBytes - 2 * besideHeapBytes) / 2 ** 20);
  return doubtful(
    'memory',
    `${limit}, and ${heap}; queues and the client's buffers come on top of it`,
    `Set NODE_OPTIONS=--max-old-space-size=${fitting}, or give the container more: one that takes too much is killed.`,
  );
}

function isAtLeast(version: string, least: string): boolean {
  const [own, wanted] = [version, least].map((text) => text.replace(/^v/, '').split('.').map(Number));
  for (const [i, part] of (wanted ?? []).entries()) {
    const difference = (own?.[i] ?? 0) - part;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MiB`;
}

/** A processor with a few partitions has enough of these; the launcher takes 128. */
const threadsWanted = 16;
/** A hundred producers and a few brokers stay far below it. */
const filesWanted = 4096;
/** What one processor queues (E22), and what the client holds for it. */
const besideHeapBytes = 192 * 2 ** 20;
