// R14 liveness: while there are records to process, each group gets on, and after a disaster it does so within the disaster's
// bound, counted from its end. Disasters overlap: one that strikes before the last one's bound is over begins a new one.
//
// Allowed: a group stands still that has nothing to do. What is left to do is counted in records: markers and aborted records
// between a group's offset and the end are no work.

import type { Step } from '../step.js';
import type { Findings } from './anomaly.js';
import type { Disaster, Ledger, Progress } from './ledger.js';

/** How long a group may stand still without any disaster. */
export const quietBoundMs = 10_000;

export function checkLiveness(ledger: Ledger, steps: readonly Step[], findings: Findings): void {
  const disasters = ledger.disasters.toSorted((a, b) => a.sinceMs - b.sinceMs);
  for (const { processor, input } of steps) {
    const inputs = ledger.finally.get(input) ?? [];
    const countBefore = (offsets: readonly number[]): number =>
      inputs.reduce((sum, records, partition) => sum + records.countBefore(offsets[partition] ?? 0), 0);
    let movedMs: number | undefined;
    let done = -1;
    const samples = (ledger.progress.get(processor) ?? []).toSorted((a, b) => a.atMs - b.atMs);
    for (const sample of samples) {
      const now = countBefore(sample.offsets);
      const standsMs = sample.atMs - (movedMs ?? sample.atMs);
      // It got on, or has nothing to do: then the next stand begins here.
      if (movedMs === undefined || now > done || now >= countBefore(sample.ends)) {
        judge(processor, movedMs ?? sample.atMs, sample, standsMs, disasters, findings);
        movedMs = sample.atMs;
        done = Math.max(done, now);
      } else if (sample === samples.at(-1)) judge(processor, movedMs, sample, standsMs, disasters, findings);
    }
  }
}

function judge(
  processor: string,
  sinceMs: number,
  sample: Progress,
  standsMs: number,
  disasters: readonly Disaster[],
  findings: Findings,
): void {
  let dueMs = sinceMs + quietBoundMs;
  let last: Disaster | undefined;
  for (const disaster of disasters) {
    if (disaster.sinceMs > dueMs) break;
    if (disaster.untilMs + disaster.boundMs <= dueMs) continue;
    dueMs = disaster.untilMs + disaster.boundMs;
    last = disaster;
  }
  if (sample.atMs <= dueMs) return;
  const after = last ? `after ${last.kind} of ${last.target}, bound ${last.boundMs / 1000} s` : 'without any disaster';
  const seconds = (standsMs / 1000).toFixed(1);
  findings.add('R14', {}, `${processor} stood still for ${seconds} s although there were records, ${after}`);
}
