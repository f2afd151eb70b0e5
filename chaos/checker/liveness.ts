// R14 liveness: while a partition has records to process, its group gets on there, and after a disaster it does so within the
// disaster's bound, counted from its end. Disasters overlap: one that strikes before the last one's bound is over begins a new one.
//
// Allowed: a group stands still where it has nothing to do. What is left to do is counted in records: markers and aborted
// records between the group's offset and the end are no work.

import type { TaskName } from '../history.js';
import type { Step } from '../step.js';
import type { Findings } from './anomaly.js';
import type { Records } from './columns.js';
import type { Disaster, Ledger, Progress } from './ledger.js';

/** How long a group may stand still without any disaster. */
export const quietBoundMs = 10_000;

export function checkLiveness(ledger: Ledger, steps: readonly Step[], findings: Findings): void {
  const disasters = ledger.disasters.toSorted((a, b) => a.sinceMs - b.sinceMs);
  for (const { processor, input } of steps) {
    const samples = (ledger.progress.get(processor) ?? []).toSorted((a, b) => a.atMs - b.atMs);
    (ledger.finally.get(input) ?? []).forEach((records, partition) => {
      const task = { processor, topic: input, partition };
      for (const stand of standsOf(samples, partition, records)) judge(task, stand, disasters, findings);
    });
  }
}

/** A time in which a group was never seen to get on. */
interface Stand {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** From each time at which the group had got on in the partition, or had nothing to do there, to the next one. */
function standsOf(samples: readonly Progress[], partition: number, records: Records): Stand[] {
  const stands: Stand[] = [];
  let sinceMs = samples[0]?.atMs ?? 0;
  let done = -1;
  for (const sample of samples) {
    const now = records.countBefore(sample.offsets[partition] ?? 0);
    const isIdle = now >= records.countBefore(sample.ends[partition] ?? 0);
    if (now <= done && !isIdle && sample !== samples.at(-1)) continue;
    stands.push({ sinceMs, untilMs: sample.atMs });
    sinceMs = sample.atMs;
    done = now;
  }
  return stands;
}

function judge(task: TaskName, { sinceMs, untilMs }: Stand, disasters: readonly Disaster[], findings: Findings): void {
  let dueMs = sinceMs + quietBoundMs;
  let last: Disaster | undefined;
  for (const disaster of disasters) {
    if (disaster.sinceMs > dueMs) break;
    if (disaster.untilMs + disaster.boundMs <= dueMs) continue;
    dueMs = disaster.untilMs + disaster.boundMs;
    last = disaster;
  }
  if (untilMs <= dueMs) return;
  const { processor, topic, partition } = task;
  const after = last ? `after ${last.kind} of ${last.target}, bound ${last.boundMs / 1000} s` : 'without any disaster';
  const seconds = ((untilMs - sinceMs) / 1000).toFixed(1);
  const says = `${processor} stood still for ${seconds} s in ${topic}/${partition} although there were records, ${after}`;
  findings.add('R14', { topic, partition, stand: { processor, sinceMs, untilMs } }, says);
}
