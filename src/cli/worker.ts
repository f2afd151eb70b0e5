// The worker's side of `processor run --memory-max`: over the pipe to its parent (recycle.ts) it tells what it holds, whether it
// is ready, and its metrics when it is asked for them; and it stops when the parent is gone.

import type { MetricSamples } from '../adapters/prometheus/metrics.js';
import type { FromWorker, ToWorker } from './worker-messages.js';

const reportMs = 500;

/** From now on the end of the parent, however it ends, is a SIGTERM to this process. */
export function endWithParent(): void {
  const end = (): void => void process.kill(process.pid, 'SIGTERM');
  process.once('disconnect', end);
  if (!process.connected) end();
}

export function reportToParent(whyNotReady: () => string | undefined): void {
  // A parent that does not listen for a while (Ctrl-Z) is told later, once.
  let isUnderWay = false;
  const report = (): void => {
    if (isUnderWay || !process.connected) return;
    isUnderWay = true;
    const reason = whyNotReady();
    const about = reason === undefined ? {} : { whyNotReady: reason };
    say({ kind: 'report', rssBytes: process.memoryUsage.rss(), ...about }, () => {
      isUnderWay = false;
    });
  };
  setInterval(report, reportMs).unref();
}

export function tellSamples(samples: () => Promise<MetricSamples>): void {
  process.on('message', ({ kind }: ToWorker) => {
    if (kind === 'samples?') void samples().then((told) => say({ kind: 'samples', samples: told }));
  });
}

function say(message: FromWorker, said: () => void = () => {}): void {
  if (process.connected) process.send?.(message, undefined, {}, said);
}
