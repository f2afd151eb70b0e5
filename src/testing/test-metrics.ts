// The numbers that `processor run --http` shows, as a test asks for them: each instance has its own, and they are added up.

import { FactMetrics } from '../engine/fact-metrics.js';
import type { Fact } from '../engine/facts.js';
import { type MetricName, type MetricSink, metricList } from '../ports/metrics.js';

export class TestMetrics {
  readonly #instances = new Map<string, Instance>();

  hear(instance: string, fact: Fact, nowMs: number): void {
    let of = this.#instances.get(instance);
    if (of === undefined) this.#instances.set(instance, (of = newInstance()));
    of.told.hear(fact, nowMs);
  }

  /** Its process is gone: what it has counted lasts, what it shows of itself does not. */
  forget(instance: string): void {
    this.#instances.get(instance)?.series.clearGauges();
  }

  /** The sum of all series with these labels; of a histogram, of how many times something was observed. */
  sum(name: MetricName, labels: Labels): number {
    let sum = 0;
    for (const { series } of this.#instances.values()) sum += series.sum(name, labels);
    return sum;
  }
}

interface Instance {
  readonly series: Series;
  readonly told: FactMetrics;
}

function newInstance(): Instance {
  const series = new Series();
  return { series, told: new FactMetrics(series) };
}

type Labels = { readonly [label: string]: string | undefined };

/** By metric, and by the text of its labels. */
class Series implements MetricSink {
  readonly #values = new Map<string, Map<string, { readonly labels: Labels; value: number }>>();

  add(name: string, labels: Labels, by = 1): void {
    this.#at(name, labels).value += by;
  }

  set(name: string, labels: Labels, to: number): void {
    this.#at(name, labels).value = to;
  }

  remove(name: string, labels: Labels): void {
    this.#values.get(name)?.delete(textOf(labels));
  }

  observe(name: string, labels: Labels): void {
    this.add(name, labels);
  }

  open(name: string, labels: Labels): void {
    this.add(name, labels, 0);
  }

  clearGauges(): void {
    for (const [name, { type }] of Object.entries(metricList)) if (type === 'gauge') this.#values.delete(name);
  }

  sum(name: string, wanted: Labels): number {
    let sum = 0;
    for (const { labels, value } of this.#values.get(name)?.values() ?? [])
      if (Object.entries(wanted).every(([label, text]) => labels[label] === text)) sum += value;
    return sum;
  }

  #at(name: string, labels: Labels): { value: number } {
    let series = this.#values.get(name);
    if (series === undefined) this.#values.set(name, (series = new Map()));
    const text = textOf(labels);
    let one = series.get(text);
    if (one === undefined) series.set(text, (one = { labels, value: 0 }));
    return one;
  }
}

function textOf(labels: Labels): string {
  return JSON.stringify(labels);
}
