// The names of all facts, for whoever asks for those of one kind: one that is misspelt would never have happened.

import type { Fact } from '../engine/facts.js';

/** The compiler asks for one that is added. */
export const factNames = Object.keys({
  'batch-aborted': true,
  'batch-committed': true,
  'batch-refused': true,
  'call-failed': true,
  'call-repeated': true,
  'client-notice': true,
  'fencing-alarm': true,
  'integrity-alarm': true,
  'lag-seen': true,
  'partition-paused': true,
  'partition-resumed': true,
  'partition-stalled': true,
  'processor-failed': true,
  'processor-started': true,
  'processor-stopped': true,
  'producer-replaced': true,
  rebalanced: true,
  'record-dead-lettered': true,
  'record-skipped': true,
  'records-dropped': true,
  'records-held-back': true,
  'retry-scheduled': true,
  'task-closed': true,
  'task-opened': true,
  'tasks-crowded': true,
} satisfies Readonly<Record<Fact['fact'], true>>);
