// Reads the outputs while they are being written, read_committed as any consumer would, until it is told to stop.

import type { Task } from './harness/process.js';
import { HistoryFile } from './history.js';
import { readInto } from './read.js';

export interface ReaderPlan extends Task {
  readonly brokers: string;
  readonly topics: readonly string[];
}

const plan = JSON.parse(process.argv[2] ?? '{}') as ReaderPlan;
const history = new HistoryFile(plan.history);
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const { brokers } = plan;
await Promise.all(
  plan.topics.map((topic) => readInto(history, { brokers, topic, when: 'during', signal: stop.signal })),
);
history.close();
