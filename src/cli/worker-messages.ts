// What a worker of `processor run --memory-max` (worker.ts) and its parent (worker-process.ts) say to each other.

import type { MetricSamples } from '../adapters/prometheus/metrics.js';

/** What a worker says twice a second. */
export interface WorkerReport {
  readonly kind: 'report';
  readonly rssBytes: number;
  /** Undefined: it is ready. */
  readonly whyNotReady?: string;
}

export type FromWorker = WorkerReport | { readonly kind: 'samples'; readonly samples: MetricSamples };

export interface ToWorker {
  readonly kind: 'samples?';
}
