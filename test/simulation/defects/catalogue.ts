// All defects that are planted, in the order of the table in docs/planted-defects.md.

import type { Defect } from './defect.js';
import { inGuarantees } from './in-guarantees.js';
import { inHandling } from './in-handling.js';
import { inOffsets } from './in-offsets.js';
import { inOwnership } from './in-ownership.js';
import { inReading } from './in-reading.js';
import { inTheClient } from './in-the-client.js';
import { inTransactions } from './in-transactions.js';

export const catalogue: readonly Defect[] = [
  ...inTransactions,
  ...inOffsets,
  ...inOwnership,
  ...inReading,
  ...inHandling,
  ...inGuarantees,
  ...inTheClient,
];
