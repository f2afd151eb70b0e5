// The metrics of this process: what the engine tells in it, as a collector asks for it.

import { type Exposition, type MetricSamples, Metrics } from '../adapters/prometheus/metrics.js';
import { FactMetrics } from '../engine/fact-metrics.js';
import type { Fact } from '../engine/facts.js';

export class OwnMetrics {
  readonly #metrics = new Metrics();
  readonly #facts = new FactMetrics(this.#metrics);

  hear(fact: Fact, nowMs: number): void {
    this.#facts.hear(fact, nowMs);
  }

  exposition(): Promise<Exposition> {
    this.#facts.sweep(performance.now());
    return this.#metrics.exposition();
  }

  samples(): Promise<MetricSamples> {
    this.#facts.sweep(performance.now());
    return this.#metrics.samples();
  }
}
