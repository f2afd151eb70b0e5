// `processor run --memory-max`: this process loads no client and runs no processor; a worker does, which runs the same command
// line. When it holds more memory than is allowed, a successor is started, and as soon as that one has its share of the
// partitions, the worker is asked to stop. Owns the workers: signals reach them through it, its exit code is theirs, and they
// stop when it is gone.

import { type Logger, openLogger } from '../adapters/pino/logger.js';
import { ProcessorError } from '../errors/processor-error.js';
import type { Connection } from './connection.js';
import { endProcessByForce } from './end-process.js';
import { errorFields } from './error-fields.js';
import { ReportedEnd } from './exit-codes.js';
import { Lifecycle, type Stoppable } from './lifecycle.js';
import type { RunFlags } from './run.js';
import type { WorkerReport } from './worker-messages.js';
import { openWorkerProbes, type Workers } from './worker-probes.js';
import { WorkerProcess } from './worker-process.js';

/** Longer than a worker takes to stop or to give that up, which it then reports itself. */
const stopMsMax = 8000;
/** A worker whose thread is busy for longer hears of nothing: its partitions are waited for no more. */
const leaveMsMax = 10_000;
/** A successor that is not ready by then is not waited for either, and the worker goes on. */
const joinMsMax = 60_000;
/** From one hand-over, or one that came to nothing, to the next: each moves all partitions. */
const pauseMs = 60_000;
/** A worker that lives no longer is a sign that the limit is hardly more than what it needs. */
const shortLifeMs = 600_000;

/** @throws PRC_USAGE, PRC_MEMORY_MAX_LOW, PRC_HTTP_UNAVAILABLE, what a worker was reported to end with, and as `openLogger` */
export async function runInWorkers(
  flags: RunFlags,
  { settings, logLevel, http }: Connection,
  memoryMaxBytes: number,
): Promise<void> {
  if ('group.instance.id' in settings)
    throw new ProcessorError('PRC_USAGE', {
      problem: '--memory-max needs two members for a moment, and group.instance.id names one',
      command: 'run ',
    });
  const log = await openLogger({
    level: logLevel,
    pretty: process.stdout.isTTY && !flags.json,
  });
  const recycling = new Recycling(log, memoryMaxBytes);
  const probes = http && (await openWorkerProbes(log, http, recycling));
  const host = {
    events: process,
    endByForce() {
      recycling.kill();
      endProcessByForce();
    },
  };
  // The workers tell themselves what a signal makes them do.
  const quiet = { info() {}, warn() {}, fatal: log.fatal.bind(log) };
  try {
    await new Lifecycle(quiet, host, stopMsMax).untilEnd(async () => recycling.start());
  } finally {
    recycling.kill();
    await probes?.close();
  }
}

class Recycling implements Stoppable, Workers {
  readonly finished: Promise<void>;
  readonly #log: Logger;
  readonly #memoryMaxBytes: number;
  readonly #alive = new Set<WorkerProcess>();
  /** The one that counts: how it ends we end. */
  #serving: WorkerProcess | undefined;
  #successor: WorkerProcess | undefined;
  /** It was asked to stop, as its successor is ready. */
  #leaving: WorkerProcess | undefined;
  #isStopping = false;
  #pauseEndMs = 0;
  #end: ReportedEnd | ProcessorError | undefined;
  #resolve: () => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(log: Logger, memoryMaxBytes: number) {
    this.#log = log;
    this.#memoryMaxBytes = memoryMaxBytes;
    this.finished = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.finished.catch(() => {});
  }

  start(): this {
    this.#serving = this.#startWorker();
    return this;
  }

  async stop(): Promise<void> {
    // One that is leaving stops already, and is hurried by the second call only.
    for (const worker of this.#alive) if (this.#isStopping || worker !== this.#leaving) worker.stop();
    this.#isStopping = true;
    await this.finished.catch(() => {});
  }

  kill(): void {
    for (const worker of this.#alive) worker.kill();
  }

  get serving(): WorkerProcess | undefined {
    return this.#serving;
  }

  get alive(): readonly WorkerProcess[] {
    return [...this.#alive];
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  #freeSlot(): number {
    const taken = new Set(this.alive.map(({ slot }) => slot));
    let slot = 1;
    while (taken.has(slot)) slot++;
    return slot;
  }

  #startWorker(): WorkerProcess {
    const worker = new WorkerProcess(this.#freeSlot(), {
      onReport: (from, report) => this.#heard(from, report),
      onEnd: (from, code) => this.#ended(from, code),
    });
    this.#alive.add(worker);
    this.#log.info({ worker: worker.pid, memoryMaxMiB: mib(this.#memoryMaxBytes) }, 'worker started');
    return worker;
  }

  #heard(worker: WorkerProcess, { rssBytes, whyNotReady }: WorkerReport): void {
    if (this.#isStopping) return;
    if (!worker.isHeard) {
      worker.isHeard = true;
      // It holds nothing yet but itself, and its successors would hold as much.
      if (worker === this.#serving && rssBytes > this.#memoryMaxBytes) return this.#fail(worker, rssBytes);
    }
    if (!worker.isReady) {
      if (whyNotReady === undefined) this.#becameReady(worker, rssBytes);
      return;
    }
    const isSettled = this.#successor === undefined && this.#leaving === undefined;
    const isDue = rssBytes > this.#memoryMaxBytes && performance.now() >= this.#pauseEndMs;
    if (worker === this.#serving && isSettled && isDue) this.#startSuccessor(worker, rssBytes);
  }

  #becameReady(worker: WorkerProcess, rssBytes: number): void {
    worker.isReady = true;
    this.#log.info({ worker: worker.pid, rssMiB: mib(rssBytes) }, 'worker is ready');
    // Also where it holds more than it may: what it has to catch up with fills its queues, and the old one holds what has leaked.
    if (worker === this.#successor) this.#handOver(worker);
  }

  #startSuccessor(worker: WorkerProcess, rssBytes: number): void {
    const aliveMs = performance.now() - worker.startedMs;
    const fields = { worker: worker.pid, rssMiB: mib(rssBytes), aliveSeconds: Math.round(aliveMs / 1000) };
    this.#log[aliveMs < shortLifeMs ? 'warn' : 'info'](
      fields,
      'worker holds more than --memory-max: starting a successor',
    );
    let successor: WorkerProcess;
    try {
      successor = this.#startWorker();
    } catch (error) {
      // A machine without memory for another process: the one that works goes on.
      this.#log.error({ err: errorFields(error) }, 'no successor can be started, the worker goes on');
      this.#pauseEndMs = performance.now() + pauseMs;
      return;
    }
    this.#successor = successor;
    // It may have partitions by now, which it gives back where it is asked to stop.
    const isOverdue = (): boolean => this.#successor === successor;
    later(joinMsMax, isOverdue, () => {
      successor.stop();
      later(leaveMsMax, isOverdue, () => successor.kill());
    });
  }

  #handOver(successor: WorkerProcess): void {
    const leaving = this.#serving;
    this.#leaving = leaving;
    this.#serving = successor;
    this.#successor = undefined;
    this.#pauseEndMs = performance.now() + pauseMs;
    leaving?.stop();
    if (leaving)
      later(
        leaveMsMax,
        () => this.#leaving === leaving,
        () => leaving.kill(),
      );
  }

  #ended(worker: WorkerProcess, code: number): void {
    this.#alive.delete(worker);
    const fields = { worker: worker.pid, code };
    if (worker === this.#leaving) {
      this.#leaving = undefined;
      if (code === 0) this.#log.info(fields, 'worker has handed over');
      else this.#log.warn(fields, 'worker ended while it handed over');
    } else if (worker === this.#successor) {
      this.#successor = undefined;
      this.#pauseEndMs = performance.now() + pauseMs;
      if (!this.#isStopping) this.#log.error(fields, 'successor ended before it was ready, the worker goes on');
    } else {
      if (code !== 0) this.#end ??= new ReportedEnd(code);
      if (!this.#isStopping) void this.stop();
    }
    if (this.#alive.size > 0) return;
    if (this.#end) this.#reject(this.#end);
    else this.#resolve();
  }

  #fail({ pid }: WorkerProcess, rssBytes: number): void {
    const figures = { rssMiB: mib(rssBytes), memoryMaxMiB: mib(this.#memoryMaxBytes) };
    this.#log.error({ worker: pid, ...figures }, 'a worker that has just begun holds more than --memory-max');
    this.#end = new ProcessorError('PRC_MEMORY_MAX_LOW', figures);
    void this.stop();
  }
}

function later(ms: number, isOverdue: () => boolean, act: () => void): void {
  setTimeout(() => {
    if (isOverdue()) act();
  }, ms).unref();
}

function mib(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
