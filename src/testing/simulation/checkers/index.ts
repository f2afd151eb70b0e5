// All rules, in the order in which a run is judged by them: what says most about what went wrong comes first.

import { abortedRead } from './aborted-read.js';
import { calm } from './calm.js';
import type { Checker } from './checker.js';
import { duplicated } from './duplicated.js';
import { invented } from './invented.js';
import { keysApart } from './keys-apart.js';
import { lost } from './lost.js';
import { noProgress } from './no-progress.js';
import { reordered } from './reordered.js';
import { rewound } from './rewound.js';
import { stuck } from './stuck.js';
import { torn } from './torn.js';
import { twoWriters } from './two-writers.js';
import { visibleEarly } from './visible-early.js';

export const checkers: readonly Checker[] = [
  noProgress,
  lost,
  torn,
  duplicated,
  invented,
  abortedRead,
  reordered,
  rewound,
  twoWriters,
  visibleEarly,
  stuck,
  keysApart,
  calm,
];
