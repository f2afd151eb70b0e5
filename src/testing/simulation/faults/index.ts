// All kinds of faults that a plan may draw.

import { clientFaultKinds } from './client.js';
import { crashAt } from './crash-at.js';
import { cut } from './cut.js';
import { deleteRecords } from './delete-records.js';
import { doubled } from './doubled.js';
import { expireIds } from './expire-ids.js';
import type { FaultKind } from './fault-kind.js';
import { freezeAt } from './freeze-at.js';
import { grow } from './grow.js';
import { kill } from './kill.js';
import { late } from './late.js';
import { lost } from './lost.js';
import { moveCoordinator } from './move-coordinator.js';
import { moveLeader } from './move-leader.js';
import { moveTransactions } from './move-transactions.js';
import { pause } from './pause.js';
import { restartNode } from './restart-node.js';
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
  moveLeader,
  moveCoordinator,
  moveTransactions,
  restartNode,
  cut,
  grow,
  expireIds,
  deleteRecords,
  ...clientFaultKinds,
];
