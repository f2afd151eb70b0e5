// Judges a run by its histories: every rule that is there, in one pass. Pure; what it is given is told in ../history.

import type { Step } from '../step.js';
import { Findings } from './anomaly.js';
import type { Ledger } from './ledger.js';
import { checkLiveness } from './liveness.js';
import { checkLogs } from './logs.js';
import { checkOffsets } from './offsets.js';
import { checkOutputs } from './outputs.js';
import { checkReads } from './reads.js';

export function check(ledger: Ledger, steps: readonly Step[]): Findings {
  const findings = new Findings();
  checkOutputs(ledger, steps, findings);
  checkReads(ledger, steps, findings);
  checkOffsets(ledger, steps, findings);
  checkLogs(ledger, findings);
  checkLiveness(ledger, steps, findings);
  return findings;
}
