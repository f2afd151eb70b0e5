// The groups' offsets, and what the engine says it has handled between them:
//
//   R9  offset: a group's offset of a partition never moves back, not behind what the engine holds to be committed either, and
//       is always some batch's end
//   R11 polls: between two batches of a task no record is left out, and none is handled twice
//
// Allowed: a look at the offsets that comes before an acknowledged one is there for all to see; a look whose answer is of later
// than what began while it was under way; a task that begins anew at the
// committed offset, wherever its predecessor stood; offsets without a record (markers, aborted records) on either side. Where a
// history lacks its end, an offset that nobody announced is unknown.

import type { Step } from '../step.js';
import type { Findings } from './anomaly.js';
import type { Attempt, Ledger, SeenOffset } from './ledger.js';

export function checkOffsets(ledger: Ledger, steps: readonly Step[], findings: Findings): void {
  for (const { processor, input } of steps) {
    const inputs = ledger.finally.get(input) ?? [];
    const partitions = Math.max(inputs.length, ledger.progress.get(processor)?.at(-1)?.offsets.length ?? 0);
    for (let partition = 0; partition < partitions; partition++) {
      const task = { processor, topic: input, partition };
      const committed = ledger.attempts(task).filter(({ committedMs }) => committedMs < Number.POSITIVE_INFINITY);
      checkMoves(ledger, task, committed, findings);
      checkEnds(ledger, task, committed, findings);
      const records = inputs[partition];
      if (!records) continue;
      for (const { first, end, records: handled } of committed) {
        const there = records.countBefore(end) - records.countBefore(first);
        if (there !== handled)
          findings.add(
            'R11',
            { topic: input, partition, offsets: [first, end] },
            `${processor} handled ${handled} records of ${input}/${partition} from ${first} to ${end}, where ${there} are`,
          );
      }
    }
  }
}

interface Task {
  readonly processor: string;
  readonly topic: string;
  readonly partition: number;
}

/** Both what was seen and what was acknowledged, in the order of time. */
function checkMoves(ledger: Ledger, task: Task, committed: readonly Attempt[], findings: Findings): void {
  const { processor, topic, partition } = task;
  const acknowledged = committed.toSorted((a, b) => a.committedMs - b.committedMs);
  const known = ledger.seen(task).toSorted((a, b) => a.knownMs - b.knownMs);
  let acknowledgedEnd = -1;
  let seenEnd = -1;
  let next = 0;
  let nextKnown = 0;
  for (const { atMs, offset, by, isSettled } of ledger.seen(task)) {
    for (; next < acknowledged.length && (acknowledged[next] as Attempt).committedMs < atMs; next++)
      acknowledgedEnd = Math.max(acknowledgedEnd, (acknowledged[next] as Attempt).end);
    for (; nextKnown < known.length && (known[nextKnown] as SeenOffset).knownMs < atMs; nextKnown++)
      seenEnd = Math.max(seenEnd, (known[nextKnown] as SeenOffset).offset);
    const least = isSettled ? Math.max(seenEnd, acknowledgedEnd) : seenEnd;
    if (offset < least) {
      const seen = by === 'harness' ? `has the offset ${offset}` : `began again at ${offset}`;
      const says = `${processor} ${seen} in ${topic}/${partition}, where ${least} was committed before`;
      findings.add('R9', { topic, partition, offsets: [least, offset] }, says);
    }
  }
}

/** An offset that was seen is one that some transaction carried. */
function checkEnds(ledger: Ledger, task: Task, committed: readonly Attempt[], findings: Findings): void {
  const { processor, topic, partition } = task;
  const ends = new Set(ledger.attempts(task).map(({ end }) => end));
  const isWhole = ledger.isWhole(processor);
  const inOrder = committed.toSorted((a, b) => a.end - b.end);
  const strays = new Set<number>();
  for (const { offset, by } of ledger.seen(task)) {
    if (by === 'task' || ends.has(offset) || strays.has(offset)) continue;
    const around = inOrder[firstEndAfter(inOrder, offset)];
    const isInside = around !== undefined && around.first < offset;
    if (!isWhole && !isInside) continue;
    strays.add(offset);
    const where = isInside ? `inside of the batch from ${around.first} to ${around.end}` : 'where no batch ends';
    const says = `${processor} has the offset ${offset} in ${topic}/${partition}, ${where}`;
    findings.add('R9', { topic, partition, offsets: [offset] }, says);
  }
}

function firstEndAfter(attempts: readonly Attempt[], offset: number): number {
  let low = 0;
  let high = attempts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((attempts[middle] as Attempt).end <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
