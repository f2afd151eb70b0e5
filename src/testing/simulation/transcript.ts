// What happened in a run, line by line, for people and for telling two runs apart.

import { createHash } from 'node:crypto';
import { partitionKey } from '../../core/ids.js';
import type { Fact } from '../../engine/facts.js';

export class Transcript {
  readonly #entries: { readonly atMs: number; readonly words: readonly string[] }[] = [];

  add(atMs: number, ...words: readonly string[]): void {
    this.#entries.push({ atMs, words });
  }

  get lines(): readonly string[] {
    return this.#entries.map(
      ({ atMs, words }) => `${atMs.toFixed(1).padStart(9)} ${words.filter((word) => word !== '').join(' ')}`,
    );
  }

  /** The same for two runs that went the same way. */
  get trace(): string {
    return createHash('sha256').update(this.lines.join('\n')).digest('hex').slice(0, 16);
  }
}

export function factWords(fact: Fact): readonly string[] {
  const where = 'partition' in fact ? `${fact.processor} ${fact.topic}/${fact.partition}` : fact.processor;
  return [fact.fact, where, detail(fact), 'error' in fact ? fact.error.message : ''];
}

function detail(fact: Fact): string {
  switch (fact.fact) {
    case 'rebalanced':
      return `${fact.kind} ${fact.partitions.map(partitionKey).join(' ')}`;
    case 'task-opened':
      return `at ${fact.position}`;
    case 'batch-committed':
      return `${fact.records} records, end ${fact.end}`;
    case 'batch-aborted':
      return fact.reason;
    case 'call-failed':
      return `${fact.call} ${fact.failure}`;
    case 'retry-scheduled':
      return `offset ${fact.offset}, attempt ${fact.attempt}, in ${fact.waitMs} ms`;
    case 'record-skipped':
    case 'record-dead-lettered':
      return `offset ${fact.offset}`;
    case 'records-dropped':
    case 'batch-refused':
      return `${fact.records} records`;
    case 'partition-stalled':
      return `at ${fact.position} of ${fact.stable}`;
    case 'client-notice':
      return fact.message;
    case 'processor-started':
    case 'processor-stopped':
    case 'processor-failed':
    case 'task-closed':
    case 'integrity-alarm':
    case 'fencing-alarm':
    case 'call-repeated':
    case 'producer-replaced':
    case 'partition-paused':
    case 'partition-resumed':
    case 'tasks-crowded':
    case 'records-held-back':
    case 'lag-seen':
      return '';
  }
}
