// All kinds of faults that a plan may draw.

import { crashAt } from './crash-at.js';
import { doubled } from './doubled.js';
import type { FaultKind } from './fault-kind.js';
import { freezeAt } from './freeze-at.js';
import { kill } from './kill.js';
import { late } from './late.js';
import { lost } from './lost.js';
import { pause } from './pause.js';
import { slow } from './slow.js';
import { stop } from './stop.js';
import { unanswered } from './unanswered.js';

export const faultKinds: readonly FaultKind[] = [
  lost,
  late,
  unanswered,
  doubled,
  slow,
  kill,
  pause,
  stop,
  crashAt,
  freezeAt,
];
