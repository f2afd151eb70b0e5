// Our metrics on prom-client: a registry of their own, never the global one, which belongs to the program around us.

import {
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client';
import { type LabelsOf, type MetricSink, metricList, type NamesOf } from '../../ports/metrics.js';

/** Metrics as they travel between processes. */
export type MetricSamples = readonly MetricObjectWithValues<MetricValue<string>>[];

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

export class Metrics implements MetricSink {
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();

  constructor() {
    for (const [name, { type, labels, help }] of Object.entries(metricList)) {
      const options = { name, help, labelNames: labels, registers: [this.#registry] };
      if (type === 'counter') this.#counters.set(name, new Counter(options));
      else if (type === 'gauge') this.#gauges.set(name, new Gauge(options));
      else this.#histograms.set(name, new Histogram({ ...options, buckets: secondsBuckets }));
    }
    // Those of the process: CPU, memory, event loop, garbage collection.
    collectDefaultMetrics({ register: this.#registry });
  }

  add<Name extends NamesOf<'counter'>>(name: Name, labels: LabelsOf<Name>, by = 1): void {
    this.#counters.get(name)?.inc(labels, by);
  }

  set<Name extends NamesOf<'gauge'>>(name: Name, labels: LabelsOf<Name>, to: number): void {
    this.#gauges.get(name)?.set(labels, to);
  }

  remove<Name extends NamesOf<'gauge'>>(name: Name, labels: LabelsOf<Name>): void {
    this.#gauges.get(name)?.remove(labels);
  }

  observe<Name extends NamesOf<'histogram'>>(name: Name, labels: LabelsOf<Name>, seconds: number): void {
    this.#histograms.get(name)?.observe(labels, seconds);
  }

  open<Name extends NamesOf<'histogram'>>(name: Name, labels: LabelsOf<Name>): void {
    this.#histograms.get(name)?.zero(labels);
  }

  exposition(): Promise<Exposition> {
    return expositionOf(this.#registry);
  }

  /** For another process, which makes an exposition of them. */
  samples(): Promise<MetricSamples> {
    return this.#registry.getMetricsAsJSON();
  }
}

/** Those of several processes as one, told apart by the label `worker`. */
export function expositionOfWorkers(
  workers: readonly { readonly worker: string; readonly samples: MetricSamples }[],
): Promise<Exposition> {
  const labelled = workers.map(({ worker, samples }) =>
    samples.map((metric) => ({
      ...metric,
      // No two of them have the same labels, so that nothing is summed.
      aggregator: 'sum' as const,
      values: metric.values.map((value) => ({ ...value, labels: { ...value.labels, worker } })),
    })),
  );
  return expositionOf(AggregatorRegistry.aggregate(labelled));
}

async function expositionOf(registry: Registry): Promise<Exposition> {
  return { contentType: registry.contentType, text: await registry.metrics() };
}

/** From a transaction without waiting to one that is about to be given up. */
const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
