// What the engine says it does, as metrics (ports/metrics.ts). Owns what is open, so that the series of a partition that is gone
// are gone, too.

import { partitionKey, type TopicPartition } from '../core/ids.js';
import { KafkaError } from '../ports/kafka.js';
import type { MetricSink } from '../ports/metrics.js';
import type { Fact, FailedCounts, FailedPart, TaskFact } from './facts.js';

/** What was seen this long ago says nothing of now: brokers do not answer, or a partition is in trouble. */
const lagMsMax = 60_000;

export class FactMetrics {
  readonly #metrics: MetricSink;
  readonly #places = new Map<string, Place>();

  constructor(metrics: MetricSink) {
    this.#metrics = metrics;
  }

  hear(fact: Fact, nowMs: number): void {
    const metrics = this.#metrics;
    const { processor } = fact;
    const place = this.#placeOf(processor);
    switch (fact.fact) {
      case 'processor-started':
        for (const topic of fact.topics) openSeries(metrics, { processor, topic });
        if (fact.lane) metrics.set('processor_lane', { processor, lane: fact.lane.kind }, 1);
        place.tell();
        return;
      case 'processor-stopped':
        return place.clear();
      case 'rebalanced':
        return metrics.add('processor_rebalances_total', { processor, kind: fact.kind });
      case 'task-opened':
        return place.opened(fact);
      case 'task-closed':
        return place.closed(fact);
      case 'partition-paused':
        return place.paused(fact, true);
      case 'partition-resumed':
        return place.paused(fact, false);
      case 'lag-seen':
        for (const { lag, ...partition } of fact.lags) place.behind(partition, lag, nowMs);
        return;
      case 'batch-committed':
        return committed(metrics, fact);
      case 'batch-aborted':
        return metrics.add('processor_transactions_total', { ...ofTopic(fact), outcome: 'aborted' });
      case 'call-failed':
        if (fact.error instanceof KafkaError && fact.error.fenced)
          metrics.add('processor_producers_fenced_total', ofTopic(fact));
        return;
      case 'producer-replaced':
        return metrics.add('processor_producers_replaced_total', ofTopic(fact));
      case 'fencing-alarm':
        return metrics.add('processor_alarms_total', { ...ofTopic(fact), alarm: 'fencing' });
      case 'integrity-alarm':
        return metrics.add('processor_alarms_total', { ...ofTopic(fact), alarm: 'integrity' });
      case 'retry-scheduled':
        return metrics.add('processor_retries_total', ofTopic(fact));
      case 'records-dropped':
        return metrics.add('processor_records_dropped_total', ofTopic(fact), fact.records);
      case 'partition-stalled':
        return metrics.add('processor_stalls_total', ofTopic(fact));
      case 'records-held-back':
        return metrics.add('processor_held_back_total', ofTopic(fact));
      // What became of these is told by others, and what they say is for people.
      case 'record-dead-lettered':
      case 'record-skipped':
      case 'batch-refused':
      case 'call-repeated':
      case 'processor-failed':
      case 'tasks-crowded':
      case 'client-notice':
    }
  }

  /** Removes what is too old to be shown. */
  sweep(nowMs: number): void {
    for (const place of this.#places.values()) place.sweep(nowMs);
  }

  #placeOf(processor: string): Place {
    const place = this.#places.get(processor) ?? new Place(processor, this.#metrics);
    this.#places.set(processor, place);
    return place;
  }
}

/** The partitions of one processor, and what is shown of each. */
class Place {
  readonly #processor: string;
  readonly #metrics: MetricSink;
  /** Open ones, with the epoch of the task that opened them: an older one may close behind it. */
  readonly #open = new Map<string, number>();
  readonly #paused = new Set<string>();
  readonly #lags = new Map<string, { readonly partition: TopicPartition; readonly seenMs: number }>();

  constructor(processor: string, metrics: MetricSink) {
    this.#processor = processor;
    this.#metrics = metrics;
  }

  opened(fact: TaskFact): void {
    this.#open.set(partitionKey(fact), fact.ownershipEpoch);
    this.#paused.delete(partitionKey(fact));
    this.tell();
  }

  closed(fact: TaskFact): void {
    if (this.#open.get(partitionKey(fact)) === fact.ownershipEpoch) this.#forget(fact);
  }

  paused(fact: TaskFact, isPaused: boolean): void {
    // What reads for a task may be told later than others that it is closed.
    if (this.#open.get(partitionKey(fact)) !== fact.ownershipEpoch) return;
    if (isPaused) this.#paused.add(partitionKey(fact));
    else this.#paused.delete(partitionKey(fact));
    this.tell();
  }

  behind(partition: TopicPartition, lag: number, nowMs: number): void {
    if (!this.#open.has(partitionKey(partition))) return;
    this.#lags.set(partitionKey(partition), { partition, seenMs: nowMs });
    this.#metrics.set('processor_lag_records', this.#lagLabels(partition), lag);
  }

  sweep(nowMs: number): void {
    for (const { partition, seenMs } of this.#lags.values()) if (nowMs - seenMs > lagMsMax) this.#forgetLag(partition);
  }

  clear(): void {
    for (const { partition } of this.#lags.values()) this.#forgetLag(partition);
    this.#open.clear();
    this.#paused.clear();
    this.tell();
  }

  tell(): void {
    const labels = { processor: this.#processor };
    this.#metrics.set('processor_tasks', labels, this.#open.size);
    this.#metrics.set('processor_partitions_paused', labels, this.#paused.size);
  }

  #forget(partition: TopicPartition): void {
    this.#open.delete(partitionKey(partition));
    this.#paused.delete(partitionKey(partition));
    this.#forgetLag(partition);
    this.tell();
  }

  #forgetLag(partition: TopicPartition): void {
    if (this.#lags.delete(partitionKey(partition)))
      this.#metrics.remove('processor_lag_records', this.#lagLabels(partition));
  }

  #lagLabels({ topic, partition }: TopicPartition): Readonly<Record<'processor' | 'topic' | 'partition', string>> {
    return { processor: this.#processor, topic, partition: String(partition) };
  }
}

function committed(metrics: MetricSink, fact: Extract<Fact, { readonly fact: 'batch-committed' }>): void {
  const labels = ofTopic(fact);
  const { records, outputs, handleMs, commitMs, deadLetters, skipped } = fact;
  metrics.add('processor_transactions_total', { ...labels, outcome: 'committed' });
  metrics.add('processor_records_in_total', labels, records);
  metrics.add('processor_records_out_total', labels, outputs);
  metrics.observe('processor_transaction_duration_seconds', labels, (handleMs + commitMs) / 1000);
  metrics.observe('processor_transaction_phase_seconds', { ...labels, phase: 'handle' }, handleMs / 1000);
  metrics.observe('processor_transaction_phase_seconds', { ...labels, phase: 'commit' }, commitMs / 1000);
  for (const part of parts(deadLetters))
    metrics.add('processor_dead_letters_total', { ...labels, part }, deadLetters[part]);
  for (const part of parts(skipped)) metrics.add('processor_records_skipped_total', { ...labels, part }, skipped[part]);
}

/** Series that are zero from the start: an alert on the first increase sees it only then. */
function openSeries(metrics: MetricSink, labels: Readonly<Record<'processor' | 'topic', string>>): void {
  for (const name of plainCounters) metrics.add(name, labels, 0);
  for (const outcome of ['committed', 'aborted'])
    metrics.add('processor_transactions_total', { ...labels, outcome }, 0);
  for (const alarm of ['fencing', 'integrity']) metrics.add('processor_alarms_total', { ...labels, alarm }, 0);
  for (const part of ['decode', 'handle', 'encode']) {
    metrics.add('processor_dead_letters_total', { ...labels, part }, 0);
    metrics.add('processor_records_skipped_total', { ...labels, part }, 0);
  }
  for (const kind of ['assigned', 'revoked', 'lost'])
    metrics.add('processor_rebalances_total', { processor: labels.processor, kind }, 0);
  metrics.open('processor_transaction_duration_seconds', labels);
  for (const phase of ['handle', 'commit']) metrics.open('processor_transaction_phase_seconds', { ...labels, phase });
}

/** Those with a processor and a topic, and nothing else. */
const plainCounters = [
  'processor_records_in_total',
  'processor_records_out_total',
  'processor_producers_fenced_total',
  'processor_producers_replaced_total',
  'processor_records_dropped_total',
  'processor_retries_total',
  'processor_stalls_total',
  'processor_held_back_total',
] as const;

function ofTopic({ processor, topic }: TaskFact): Readonly<Record<'processor' | 'topic', string>> {
  return { processor, topic };
}

function parts(counts: FailedCounts): readonly FailedPart[] {
  return (Object.keys(counts) as FailedPart[]).filter((part) => counts[part] > 0);
}
