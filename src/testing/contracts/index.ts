// The export `processor/testing/contract`: the contract of the port of Kafka, as cases that any implementation of it has to pass, and
// what an implementation is made of. An export of its own, as nobody else needs these names. Loads no client.

import { answeringCases } from './answering.js';
import { callOrderCases } from './call-order.js';
import { closingCases } from './closing.js';
import { clusterCases } from './cluster.js';
import { deliveringCases } from './delivering.js';
import { fencingCases } from './fencing.js';
import { fencingCallCases } from './fencing-calls.js';
import { groupCases } from './groups.js';
import { groupChangeCases } from './groups-changes.js';
import { groupEvictionCases } from './groups-evicted.js';
import { groupSharingCases } from './groups-sharing.js';
import { groupStaticCases } from './groups-static.js';
import { groupWaitingCases } from './groups-waiting.js';
import { logCompactionCases } from './log-compaction.js';
import { logEndCases } from './log-ends.js';
import { logStartCases } from './log-start.js';
import { membershipCases } from './memberships.js';
import { offsetFetchCases } from './offset-fetch.js';
import { offsetCases } from './offsets.js';
import { pollingCases } from './polling.js';
import { positionCases } from './positions.js';
import { readingCases } from './reading.js';
import { recordCases } from './records.js';
import { resumingCases } from './resuming.js';
import { timeoutCases } from './timeouts.js';
import { topicChangeCases } from './topic-changes.js';
import { transactionCases } from './transactions.js';
import { visibilityCases } from './visibility.js';
import type { ContractCase } from './world.js';

export type { GroupOffset, TopicPartition, TopicPartitionOffset, TransactionalId } from '../../core/ids.js';
export type { Clock } from '../../ports/clock.js';
export { appendHeader, type HeaderEntry, readHeaders } from '../../ports/headers.js';
export {
  type Consumer,
  type ConsumerOptions,
  DeliveryError,
  type Guard,
  type Kafka,
  KafkaError,
  type KafkaErrorFlags,
  type Notice,
  type OffsetRange,
  type Producer,
  type ProducerOptions,
  type Rebalance,
  type TopicDescription,
} from '../../ports/kafka.js';
export { OutputBatch } from '../../ports/output-batch.js';
export { type RecordBatch, type RecordColumns, recordColumns } from '../../ports/record-batch.js';
export { type ModelWorld, modelWorld } from './model-world.js';
export type { ChangingWorld, ClientOptions, ContractCase, ContractWorld, Mortal, MortalOptions } from './world.js';

export const kafkaContract: Readonly<Record<string, readonly ContractCase[]>> = {
  transactions: transactionCases,
  visibility: visibilityCases,
  fencing: fencingCases,
  'fencing of each call': fencingCallCases,
  'order of calls': callOrderCases,
  'calls made again': resumingCases,
  timeouts: timeoutCases,
  offsets: offsetCases,
  'offsets asked for': offsetFetchCases,
  memberships: membershipCases,
  reading: readingCases,
  polling: pollingCases,
  positions: positionCases,
  'answers to the group': answeringCases,
  records: recordCases,
  delivering: deliveringCases,
  groups: groupCases,
  'groups sharing': groupSharingCases,
  'groups evicting': groupEvictionCases,
  'groups with static members': groupStaticCases,
  'groups changing': groupChangeCases,
  'groups waiting': groupWaitingCases,
  cluster: clusterCases,
  'beginnings of logs': logStartCases,
  'ends of logs': logEndCases,
  'compaction of logs': logCompactionCases,
  'changes of topics': topicChangeCases,
  closing: closingCases,
};
