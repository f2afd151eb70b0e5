// The contract of the port of Kafka, as cases that any implementation of it has to pass.

import { clusterCases } from './cluster.js';
import { fencingCases } from './fencing.js';
import { groupCases } from './groups.js';
import { groupChangeCases } from './groups-changes.js';
import { groupEvictionCases } from './groups-evicted.js';
import { groupSharingCases } from './groups-sharing.js';
import { groupStaticCases } from './groups-static.js';
import { logCompactionCases } from './log-compaction.js';
import { logEndCases } from './log-ends.js';
import { logStartCases } from './log-start.js';
import { offsetCases } from './offsets.js';
import { readingCases } from './reading.js';
import { topicChangeCases } from './topic-changes.js';
import { transactionCases } from './transactions.js';
import type { ContractCase } from './world.js';

export type { ChangingWorld, ContractCase, ContractWorld } from './world.js';

export const kafkaContract: Readonly<Record<string, readonly ContractCase[]>> = {
  transactions: transactionCases,
  fencing: fencingCases,
  offsets: offsetCases,
  reading: readingCases,
  groups: groupCases,
  'groups sharing': groupSharingCases,
  'groups evicting': groupEvictionCases,
  'groups with static members': groupStaticCases,
  'groups changing': groupChangeCases,
  cluster: clusterCases,
  'beginnings of logs': logStartCases,
  'ends of logs': logEndCases,
  'compaction of logs': logCompactionCases,
  'changes of topics': topicChangeCases,
};
