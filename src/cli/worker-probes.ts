// The probes of `processor run --memory-max --http`: the parent answers, so that the port stays open while one worker hands over
// to the next. It speaks for the worker that counts, and shows the metrics of all that are alive, each under the number of its
// slot: a successor's series begin anew, as they would after a restart.

import type { Logger } from '../adapters/pino/logger.js';
import type { Exposition } from '../adapters/prometheus/metrics.js';
import type { HttpAddress, Probes } from './probes.js';
import type { WorkerProcess } from './worker-process.js';

export interface Workers {
  /** The one that counts. */
  readonly serving: WorkerProcess | undefined;
  readonly alive: readonly WorkerProcess[];
  readonly isStopping: boolean;
}

/** A worker that has not said anything for this long does not turn; one that has never, does not start. */
const silentMsMax = 10_000;
const startMsMax = 60_000;
/** Collectors wait for 10 s as a rule. */
const samplesMsMax = 5000;

/** @throws PRC_HTTP_UNAVAILABLE */
export async function openWorkerProbes(log: Logger, at: HttpAddress, workers: Workers): Promise<Probes> {
  const { openProbes } = await import('./probes.js');
  const probes = await openProbes(at, {
    whyNotAlive: () => whyNotAlive(workers.serving, performance.now()),
    whyNotReady: () => whyNotReady(workers, performance.now()),
    exposition: () => exposition(workers.alive),
  });
  log.info({ url: probes.url }, 'answers /livez, /readyz and /metrics');
  return probes;
}

function whyNotAlive(serving: WorkerProcess | undefined, nowMs: number): string | undefined {
  if (serving === undefined) return undefined;
  const { last, startedMs } = serving;
  const silentMs = nowMs - (last?.atMs ?? startedMs);
  return silentMs > (last ? silentMsMax : startMsMax)
    ? `its worker has not said anything for ${Math.round(silentMs / 1000)} s`
    : undefined;
}

function whyNotReady({ serving, isStopping }: Workers, nowMs: number): string | undefined {
  if (isStopping) return 'it is stopping';
  if (serving?.last === undefined) return 'its worker is starting';
  return whyNotAlive(serving, nowMs) ?? serving.last.report.whyNotReady;
}

async function exposition(alive: readonly WorkerProcess[]): Promise<Exposition> {
  const told = await Promise.all(
    alive.map(async (worker) => {
      const samples = await worker.samples(samplesMsMax);
      return samples === undefined ? [] : [{ worker: String(worker.slot), samples }];
    }),
  );
  const workers = told.flat();
  if (workers.length === 0) throw new Error('no worker answers');
  const { expositionOfWorkers } = await import('../adapters/prometheus/metrics.js');
  return expositionOfWorkers(workers);
}
