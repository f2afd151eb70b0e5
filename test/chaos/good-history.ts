// A run in which everything went well although much went wrong: transactions were aborted, instances killed, tasks handed over.
// Told as the events that its processes would have written. Small enough to be spoiled by hand.

import type { HistoryEvent, LogBatch, LogBatchKind, UntimedEvent } from '../../chaos/history.js';
import type { Step } from '../../chaos/step.js';

export type Told = readonly [process: string, event: HistoryEvent];

export interface GoodRun {
  readonly keys: number;
  readonly records: number;
  /** Numbers from 0 to below 1, by which the run's choices are made. */
  readonly random: () => number;
}

interface Line {
  readonly offset: number;
  readonly key: number;
  readonly seq: number;
  readonly payload: number;
  readonly fromPartition: number;
  readonly fromOffset: number;
}

/** A partition as its broker has it. */
class Log {
  readonly records: Line[] = [];
  readonly batches: LogBatch[] = [];
  end = 0;

  append(lines: readonly Omit<Line, 'offset'>[], producerId: number, epoch: number, kind: LogBatchKind): number[] {
    if (lines.length === 0 && kind < 2) return [];
    const first = this.end;
    this.end += kind < 2 ? lines.length : 1;
    this.batches.push([first, this.end - 1, producerId, epoch, kind]);
    return lines.map((_, i) => first + i);
  }
}

/** Three instances share the tasks; steps run one after the other, which no rule cares about. */
export function goodHistory(
  steps: readonly Step[],
  partitions: number,
  run: GoodRun,
  tell: (...told: Told) => void,
): void {
  new GoodHistory(steps, partitions, run, tell).tell();
}

class GoodHistory {
  readonly #steps: readonly Step[];
  readonly #partitions: number;
  readonly #run: GoodRun;
  readonly #logs = new Map<string, Log[]>();
  readonly #tell: (...told: Told) => void;
  readonly #counts = new Map<string, number>();
  #atMs = 1000;

  constructor(steps: readonly Step[], partitions: number, run: GoodRun, tell: (...told: Told) => void) {
    this.#steps = steps;
    this.#partitions = partitions;
    this.#run = run;
    this.#tell = tell;
  }

  tell(): void {
    this.#write();
    for (const step of this.#steps) this.#process(step);
    for (const [topic, logs] of this.#logs) {
      logs.forEach((log, partition) => {
        this.#say('last-reader', { event: 'log', topic, partition, batches: log.batches });
        for (let i = 0; i === 0 || i < log.records.length; i += 1000)
          this.#say('last-reader', {
            event: 'read',
            when: 'finally',
            topic,
            partition,
            ...columns(log.records.slice(i, i + 1000)),
          });
      });
      const ends = logs.map(({ end }) => end);
      this.#say('harness', { event: 'ends', topic, stable: ends, high: [...ends] });
    }
    for (const { processor } of this.#steps) this.#say('harness', { event: 'members', group: processor, count: 0 });
    for (const [process, events] of this.#counts)
      if (process.startsWith('chaos')) this.#say('harness', { event: 'ended', process, events, how: 'SIGTERM' });
    this.#say('harness', { event: 'drained' });
  }

  #write(): void {
    const [first] = this.#steps;
    const seqs = new Map<number, number>();
    for (let i = 0; i < this.#run.records; i++) {
      const key = Math.floor(this.#run.random() * this.#run.keys);
      const partition = (first as Step).partitionOf(key);
      const seq = seqs.get(key) ?? 0;
      seqs.set(key, seq + 1);
      const payload = this.#run.random() < 0.1 ? -1 : Math.floor(this.#run.random() * 10_000);
      const log = this.#log((first as Step).input, partition);
      const line = { key, seq, payload, fromPartition: -1, fromOffset: -1 };
      const [offset = 0] = log.append([line], -1, -1, 0);
      log.records.push({ offset, ...line });
      const { fromPartitions: _, fromOffsets: __, ...written } = columns([{ offset, ...line }]);
      this.#say('writer', { event: 'written', topic: (first as Step).input, partition, ...written });
    }
  }

  #process(step: Step): void {
    const offsets = Array.from({ length: this.#partitions }, () => -1);
    const ends = Array.from({ length: this.#partitions }, (_, partition) => this.#log(step.input, partition).end);
    for (let partition = 0; partition < this.#partitions; partition++) {
      const task = { processor: step.processor, topic: step.input, partition };
      const inputs = this.#log(step.input, partition).records;
      const producerId = 1000 + 100 * this.#steps.indexOf(step) + partition;
      let epoch = 0;
      let committed = 0;
      let done = 0;
      let owner = this.#owner(step);
      this.#say(owner, { ...task, event: 'opened', position: 0 });
      while (done < inputs.length) {
        const batch = inputs.slice(done, done + 1 + Math.floor(this.#run.random() * 5));
        const isLast = done + batch.length === inputs.length;
        // A batch ends behind its last record or behind the markers that follow it.
        const end = isLast ? (ends[partition] as number) : (inputs[done + batch.length] as Line).offset;
        const choice = this.#run.random();
        if (choice < 0.15) {
          this.#transaction(step, partition, batch, producerId, epoch, 'abort');
          this.#say(owner, { ...task, event: 'offsets', end });
          this.#say(owner, { ...task, event: 'abort' });
          continue;
        }
        this.#say(owner, { ...task, event: 'offsets', end });
        if (choice < 0.25) {
          // Killed before its commit; the next owner's init aborts what it had sent.
          this.#transaction(step, partition, batch, producerId, epoch, 'abort');
          epoch++;
          owner = this.#owner(step);
          this.#say(owner, { ...task, event: 'opened', position: committed });
          continue;
        }
        this.#say(owner, { ...task, event: 'commit' });
        this.#transaction(step, partition, batch, producerId, epoch, 'commit');
        committed = end;
        done += batch.length;
        if (choice < 0.35) {
          // Killed after its commit: nobody has heard that it happened.
          epoch++;
          owner = this.#owner(step);
          this.#say(owner, { ...task, event: 'opened', position: committed });
        } else this.#say(owner, { ...task, event: 'committed', end, records: batch.length });
        offsets[partition] = committed;
        this.#progress(step, offsets, ends);
      }
    }
    const sinceMs = this.#atMs;
    this.#atMs += 12_000;
    this.#say('harness', { event: 'disaster', kind: 'SIGSTOP', target: 'chaos-1', sinceMs, boundMs: 5000 });
    this.#progress(step, offsets, ends);
  }

  #progress({ processor: group, input: topic }: Step, offsets: readonly number[], ends: readonly number[]): void {
    const seen = { offsets: [...offsets], ends: [...ends] };
    this.#say('harness', { event: 'progress', answeredMs: this.#atMs, isSettled: true, group, topic, ...seen });
  }

  #transaction(
    step: Step,
    partition: number,
    batch: readonly Line[],
    producerId: number,
    epoch: number,
    end: 'commit' | 'abort',
  ): void {
    const sent = new Map<string, Omit<Line, 'offset'>[]>();
    const send = (topic: string, line: Omit<Line, 'offset'>): void => {
      const lines = sent.get(topic) ?? [];
      lines.push(line);
      sent.set(topic, lines);
    };
    for (const { key, seq, payload, offset } of batch) {
      const from = { key, seq, fromPartition: partition, fromOffset: offset };
      const fate = step.fateOf(payload);
      if (fate.fate === 'dead-lettered') send(step.deadLetters, { ...from, payload });
      if (fate.fate === 'processed')
        step.sinks.forEach((topic, sink) => send(topic, { ...from, payload: fate.payloads[sink] as number }));
    }
    for (const [topic, lines] of sent) {
      const log = this.#log(topic, partition);
      const offsets = log.append(lines, producerId, epoch, 1);
      log.append([], producerId, epoch, end === 'commit' ? 2 : 3);
      if (end === 'abort') continue;
      const records = lines.map((line, i) => ({ ...line, offset: offsets[i] as number }));
      log.records.push(...records);
      this.#say('reader', {
        event: 'read',
        when: 'during',
        topic,
        partition,
        ...columns(records, topic === step.deadLetters ? step.input : undefined),
      });
    }
  }

  #owner(step: Step): string {
    return `${step.processor}-${1 + Math.floor(this.#run.random() * 3)}`;
  }

  #log(topic: string, partition: number): Log {
    let logs = this.#logs.get(topic);
    if (logs === undefined) this.#logs.set(topic, (logs = Array.from({ length: this.#partitions }, () => new Log())));
    return logs[partition] as Log;
  }

  #say(process: string, event: UntimedEvent): void {
    this.#counts.set(process, (this.#counts.get(process) ?? 0) + 1);
    this.#tell(process, { atMs: this.#atMs++, ...event });
  }
}

function columns(lines: readonly Line[], fromTopic?: string) {
  return {
    offsets: lines.map(({ offset }) => offset),
    keys: lines.map(({ key }) => key),
    seqs: lines.map(({ seq }) => seq),
    payloads: lines.map(({ payload }) => payload),
    fromPartitions: lines.map(({ fromPartition }) => fromPartition),
    fromOffsets: lines.map(({ fromOffset }) => fromOffset),
    ...(fromTopic !== undefined ? { fromTopics: lines.map(() => fromTopic) } : {}),
  };
}
