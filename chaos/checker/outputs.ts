// What is visible in the end, held against what the handler makes of the inputs:
//
//   R2  lost: an input record before the committed offset without its output, or an acknowledged one that is not in its topic
//   R3  duplicate: two records of a topic that come from one
//   R5  order: the outputs of an input partition come in its order, those of a key in the order of its sequence
//   R6  torn: outputs, dead letters and offset of an input record are all visible or none of them
//   R8  fold: each output is what the handler makes of its input record, and stands in its key's partition
//   R12 never processed: after a drained run, input records behind the committed offset
//   R16 dead letters: input = processed + skipped + dead-lettered, and each dead letter names the record it comes from
//
// Allowed: outputs of different partitions, and of different tasks in one partition, interleave as they like (G0).

import type { Step } from '../step.js';
import type { Findings } from './anomaly.js';
import type { Records } from './columns.js';
import type { Ledger } from './ledger.js';

export function checkOutputs(ledger: Ledger, steps: readonly Step[], findings: Findings): void {
  for (const [topic, partitions] of ledger.written)
    partitions.forEach((written, partition) => checkWritten(ledger, topic, partition, written, findings));
  for (const step of steps) new StepCheck(ledger, step, findings).run();
}

/** What a broker has acknowledged is there, and once. */
function checkWritten(ledger: Ledger, topic: string, partition: number, written: Records, findings: Findings): void {
  const found = ledger.finally.get(topic)?.[partition];
  for (let i = 0; i < written.length; i++) {
    const offset = written.offsets[i] as number;
    const index = found?.indexOf(offset) ?? -1;
    const place = { topic, partition, offsets: [offset] };
    if (found === undefined || index < 0)
      findings.add('R2', place, `${topic}/${partition}@${offset} was acknowledged and is not there`);
    else if (!written.isEqual(i, found, index))
      findings.add('R4', place, `${topic}/${partition}@${offset} is not the record that was acknowledged there`);
  }
  if (found !== undefined) checkSequence(topic, partition, found, findings);
}

/** R3 and R5 for records that come from no other: a key's sequence rises. */
function checkSequence(topic: string, partition: number, records: Records, findings: Findings): void {
  const last = new Map<number, number>();
  for (let i = 0; i < records.length; i++) {
    const key = records.keys[i] as number;
    const seq = records.seqs[i] as number;
    const before = last.get(key) ?? -1;
    const place = { topic, partition, offsets: [records.offsets[i] as number] };
    if (seq === before) findings.add('R3', place, `key ${key} has its record ${seq} twice in ${topic}/${partition}`);
    else if (seq < before)
      findings.add('R5', place, `key ${key} has record ${seq} behind ${before} in ${topic}/${partition}`);
    last.set(key, Math.max(seq, before));
  }
}

/** What an input record is found to have become. */
class Seen {
  /** By sink: the offset of its first output, or -1. */
  readonly outputs: readonly Float64Array[];
  readonly deadLetters: Uint8Array;

  constructor(records: number, sinks: number) {
    this.outputs = Array.from({ length: sinks }, () => new Float64Array(records).fill(-1));
    this.deadLetters = new Uint8Array(records);
  }
}

class StepCheck {
  readonly #ledger: Ledger;
  readonly #step: Step;
  readonly #findings: Findings;
  readonly #inputs: readonly Records[];
  readonly #seen: readonly Seen[];
  readonly #partitions = new Map<number, number>();

  constructor(ledger: Ledger, step: Step, findings: Findings) {
    this.#ledger = ledger;
    this.#step = step;
    this.#findings = findings;
    this.#inputs = ledger.finally.get(step.input) ?? [];
    this.#seen = this.#inputs.map(({ length }) => new Seen(length, step.sinks.length));
  }

  run(): void {
    this.#step.sinks.forEach((topic, sink) =>
      this.#ledger.finally.get(topic)?.forEach((records, partition) => this.#walk(sink, topic, partition, records)),
    );
    this.#ledger.finally
      .get(this.#step.deadLetters)
      ?.forEach((records, partition) => this.#walkDeadLetters(partition, records));
    for (let partition = 0; partition < this.#inputs.length; partition++) this.#settle(partition);
  }

  #walk(sink: number, topic: string, partition: number, outputs: Records): void {
    /** By input partition: the last input record whose output was met. */
    const last: number[] = [];
    const lastSeqs = new Map<number, number>();
    for (let i = 0; i < outputs.length; i++) {
      const from = outputs.fromPartitions[i] as number;
      const fromOffset = outputs.fromOffsets[i] as number;
      const inputs = this.#inputs[from];
      const index = inputs?.indexOf(fromOffset) ?? -1;
      const place = { topic, partition, offsets: [outputs.offsets[i] as number] };
      const here = `${topic}/${partition}@${outputs.offsets[i]}`;
      const source = `${this.#step.input}/${from}@${fromOffset}`;
      if (inputs === undefined || index < 0) {
        this.#findings.add('R8', place, `${here} comes from ${source}, which is no record`);
        continue;
      }
      const seen = this.#seen[from]?.outputs[sink] as Float64Array;
      if ((seen[index] as number) >= 0) {
        const offsets = [seen[index] as number, outputs.offsets[i] as number];
        this.#findings.add(
          'R3',
          { ...place, offsets },
          `${source} has its output at ${seen[index]} and again at ${here}`,
        );
        continue;
      }
      seen[index] = outputs.offsets[i] as number;
      this.#checkFold({ sink, outputs, i, inputs, index, partition, here, source });
      const key = outputs.keys[i] as number;
      const seq = outputs.seqs[i] as number;
      if (index < (last[from] ?? -1) || seq < (lastSeqs.get(key) ?? -1))
        this.#findings.add(
          'R5',
          place,
          `${here}, which comes from ${source}, stands behind the output of a later record`,
        );
      last[from] = Math.max(index, last[from] ?? -1);
      lastSeqs.set(key, Math.max(seq, lastSeqs.get(key) ?? -1));
    }
  }

  #checkFold(at: {
    readonly sink: number;
    readonly outputs: Records;
    readonly i: number;
    readonly inputs: Records;
    readonly index: number;
    readonly partition: number;
    readonly here: string;
    readonly source: string;
  }): void {
    const { outputs, i, inputs, index, here, source } = at;
    const key = outputs.keys[i] as number;
    const fate = this.#step.fateOf(inputs.payloads[index] as number);
    const place = {
      topic: this.#step.sinks[at.sink] ?? '',
      partition: at.partition,
      offsets: [outputs.offsets[i] as number],
    };
    if (fate.fate !== 'processed')
      this.#findings.add('R8', place, `${here} comes from ${source}, which must be ${fate.fate}`);
    else if (
      key !== inputs.keys[index] ||
      outputs.seqs[i] !== inputs.seqs[index] ||
      outputs.payloads[i] !== fate.payloads[at.sink]
    )
      this.#findings.add('R8', place, `${here} is not what the handler makes of ${source}`);
    else if (this.#partitionOf(key) !== at.partition)
      this.#findings.add('R8', place, `${here} has key ${key}, which belongs into partition ${this.#partitionOf(key)}`);
  }

  #walkDeadLetters(partition: number, letters: Records): void {
    const { deadLetters: topic, input } = this.#step;
    for (let i = 0; i < letters.length; i++) {
      const from = letters.fromPartitions[i] as number;
      const source = `${letters.fromTopics[i] ?? input}/${from}@${letters.fromOffsets[i]}`;
      const place = { topic, partition, offsets: [letters.offsets[i] as number] };
      const here = `the dead letter ${topic}/${partition}@${letters.offsets[i]}`;
      const inputs = this.#inputs[from];
      const index = inputs?.indexOf(letters.fromOffsets[i] as number) ?? -1;
      if (inputs === undefined || index < 0 || (letters.fromTopics[i] ?? input) !== input) {
        this.#findings.add('R16', place, `${here} names ${source}, which is no record of the input`);
        continue;
      }
      const seen = this.#seen[from]?.deadLetters as Uint8Array;
      const { fate } = this.#step.fateOf(inputs.payloads[index] as number);
      if (fate !== 'dead-lettered')
        this.#findings.add('R16', place, `${here} comes from ${source}, which must be ${fate}`);
      else if (seen[index] === 1)
        this.#findings.add('R16', place, `${here} comes from ${source}, which has one already`);
      else if (
        letters.keys[i] !== inputs.keys[index] ||
        letters.seqs[i] !== inputs.seqs[index] ||
        letters.payloads[i] !== inputs.payloads[index]
      )
        this.#findings.add('R16', place, `${here} does not hold what ${source} holds`);
      seen[index] = 1;
    }
  }

  /** Each input record of a partition, by what was found of it. */
  #settle(partition: number): void {
    const { processor, input, sinks } = this.#step;
    const inputs = this.#inputs[partition] as Records;
    const seen = this.#seen[partition] as Seen;
    const committed = this.#ledger.committed({ processor, topic: input, partition }) ?? 0;
    for (let i = 0; i < inputs.length; i++) {
      const offset = inputs.offsets[i] as number;
      const place = { topic: input, partition, offsets: [offset] };
      const here = `${input}/${partition}@${offset}`;
      const outputs = seen.outputs.filter((found) => (found[i] as number) >= 0).length;
      const { fate } = this.#step.fateOf(inputs.payloads[i] as number);
      if (offset >= committed) {
        if (outputs > 0 || seen.deadLetters[i] === 1)
          this.#findings.add(
            'R6',
            place,
            `${processor} shows what it made of ${here} and has committed ${committed} only`,
          );
        else if (this.#ledger.isDrained)
          this.#findings.add('R12', place, `${processor} never got to ${here}, its offset is ${committed}`);
      } else if (fate === 'dead-lettered') {
        if (seen.deadLetters[i] === 0)
          this.#findings.add('R16', place, `${here} must be a dead letter of ${processor}, and is none`);
      } else if (fate === 'processed' && outputs === 0)
        this.#findings.add('R2', place, `${processor} has committed ${here} and there is nothing of it`);
      else if (fate === 'processed' && outputs < sinks.length) {
        const missing = sinks.filter((_, sink) => (seen.outputs[sink]?.[i] as number) < 0);
        this.#findings.add('R6', place, `${here} has its output not in ${missing.join(', ')}`);
      }
    }
  }

  #partitionOf(key: number): number {
    let partition = this.#partitions.get(key);
    if (partition === undefined) this.#partitions.set(key, (partition = this.#step.partitionOf(key)));
    return partition;
  }
}
