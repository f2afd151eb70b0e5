// A storm: every two seconds a member joins each group or the one that has been there longest leaves it, in turn, so that in the
// end everybody has been replaced many times. It is one disaster: what stands still is judged when it is over; how much was done
// meanwhile is told.

import { setTimeout as wait } from 'node:timers/promises';
import { type HistoryFile, nowMs } from '../history.js';
import { timeouts } from './bounds.js';
import type { Fleet } from './fleet.js';

export interface Stormed {
  readonly joins: number;
  readonly leaves: number;
}

export async function storm(fleet: Fleet, history: HistoryFile, durationMs: number): Promise<Stormed> {
  const sinceMs = nowMs();
  const endMs = performance.now() + durationMs;
  const leaving: Promise<void>[] = [];
  let joins = 0;
  for (let tick = 0; performance.now() < endMs; tick++) {
    for (const [i, step] of fleet.steps.entries()) {
      const [oldest] = fleet.working(step);
      if ((tick + i) % 2 === 0) {
        await fleet.start(step);
        joins++;
      } else if (oldest) leaving.push(fleet.stop(oldest));
    }
    await wait(intervalMs);
  }
  await Promise.all(leaving);
  // The last ones to leave may have been static, and the last one to come may not have joined yet.
  const boundMs = timeouts.sessionMs + startMs;
  history.append({ event: 'disaster', kind: 'storm', target: 'everybody', sinceMs, boundMs });
  return { joins, leaves: leaving.length };
}

const intervalMs = 2000;
/** What a process takes to start and to join where the machine is busy. */
const startMs = 9000;
