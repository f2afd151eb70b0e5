// What readers were given while the run went on, held against what is there in the end:
//
//   R1  aborted read (G1a): a record of a transaction that an abort marker ended was read, or one that is not there any more
//   R4  inconsistent offset: one offset, two records; or a reader that was given a partition out of order
//   R7  precommitted read: an output was read before anybody had asked for the commit of its transaction
//
// Allowed: a reader that begins late, ends early or leaves out what its rebalance made it leave out.

import { logBatchKinds } from '../history.js';
import type { Step } from '../step.js';
import type { Findings } from './anomaly.js';
import type { LogBatches, Records } from './columns.js';
import type { Ledger } from './ledger.js';

export function checkReads(ledger: Ledger, steps: readonly Step[], findings: Findings): void {
  const topics = new Set([...ledger.finally.keys(), ...ledger.during.keys()]);
  for (const topic of topics) {
    const partitions = Math.max(ledger.finally.get(topic)?.length ?? 0, ledger.during.get(topic)?.length ?? 0);
    for (let partition = 0; partition < partitions; partition++) checkPartition(ledger, topic, partition, findings);
  }
  for (const step of steps) checkPrecommitted(ledger, step, findings);
}

function checkPartition(ledger: Ledger, topic: string, partition: number, findings: Findings): void {
  const final = ledger.finally.get(topic)?.[partition];
  const aborted = abortedRanges(ledger.logs.get(topic)?.[partition]);
  const isAborted = (offset: number): boolean => {
    const range = aborted[lastAtOrBefore(aborted, offset)];
    return range !== undefined && offset <= range.last;
  };
  let before = -1;
  for (let i = 0; i < (final?.length ?? 0); i++) {
    const offset = final?.offsets[i] as number;
    const place = { topic, partition, offsets: [offset] };
    if (offset <= before)
      findings.add('R4', place, `the last reader of ${topic}/${partition} was given ${offset} behind ${before}`);
    else if (isAborted(offset))
      findings.add('R1', place, `${topic}/${partition}@${offset} is of an aborted transaction, and is read in the end`);
    before = Math.max(before, offset);
  }
  const during = ledger.during.get(topic)?.[partition];
  for (let i = 0; i < (during?.length ?? 0); i++) {
    const offset = during?.offsets[i] as number;
    const place = { topic, partition, offsets: [offset] };
    const index = final?.indexOf(offset) ?? -1;
    if (isAborted(offset))
      findings.add('R1', place, `${topic}/${partition}@${offset} is of an aborted transaction, and was read`);
    else if (index < 0) {
      if (final) findings.add('R1', place, `${topic}/${partition}@${offset} was read and is not there any more`);
    } else if (final && during && !during.isEqual(i, final, index))
      findings.add('R4', place, `${topic}/${partition}@${offset} was read as another record than in the end`);
  }
}

function checkPrecommitted(ledger: Ledger, step: Step, findings: Findings): void {
  const { processor, input } = step;
  // Whoever's history lacks its end may have asked for the commit there.
  if (!ledger.isWhole(processor)) return;
  const asked = (ledger.finally.get(input) ?? []).map((inputs, partition) => {
    const earliest = new Float64Array(inputs.length).fill(Number.POSITIVE_INFINITY);
    for (const { first, end, commitMs } of ledger.attempts({ processor, topic: input, partition }))
      for (let i = inputs.countBefore(first), to = inputs.countBefore(end); i < to; i++)
        earliest[i] = Math.min(earliest[i] as number, commitMs);
    return { inputs, earliest };
  });
  for (const topic of step.sinks)
    ledger.during.get(topic)?.forEach((read: Records, partition) => {
      for (let i = 0; i < read.length; i++) {
        const source = asked[read.fromPartitions[i] as number];
        const index = source?.inputs.indexOf(read.fromOffsets[i] as number) ?? -1;
        // Records that come from nowhere are another rule's.
        if (source === undefined || index < 0 || (read.atMs[i] as number) >= (source.earliest[index] as number))
          continue;
        const offset = read.offsets[i] as number;
        const place = { topic, partition, offsets: [offset] };
        findings.add('R7', place, `${topic}/${partition}@${offset} was read before ${processor} asked for its commit`);
      }
    });
}

interface Range {
  readonly first: number;
  readonly last: number;
}

/** The offsets of aborted transactions, in their order. */
function abortedRanges(log: LogBatches | undefined): Range[] {
  const open = new Map<number, Range[]>();
  const aborted: Range[] = [];
  for (let i = 0; i < (log?.length ?? 0); i++) {
    const producerId = log?.producerIds[i] as number;
    const kind = logBatchKinds[log?.kinds[i] as 0 | 1 | 2 | 3];
    if (kind === 'transactional') {
      const ranges = open.get(producerId) ?? [];
      ranges.push({ first: log?.firsts[i] as number, last: log?.lasts[i] as number });
      open.set(producerId, ranges);
    } else if (kind !== 'plain') {
      if (kind === 'abort marker') aborted.push(...(open.get(producerId) ?? []));
      open.delete(producerId);
    }
  }
  return aborted.sort((a, b) => a.first - b.first);
}

function lastAtOrBefore(ranges: readonly Range[], offset: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle] as Range).first <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
