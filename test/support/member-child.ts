// A member of a group in a process of its own, for cases that kill one: `node scripts/run.cjs test/support/member-child.ts
// '<json of MemberPlan>'`. Takes and gives up whatever the group says; tells how many partitions it has, one number a line.

import { type ClientSettings, confluentKafka } from '../../src/adapters/confluent/kafka.js';
import { systemClock } from '../../src/adapters/system-clock.js';
import { Member } from '../../src/testing/contracts/actors.js';

export interface MemberPlan {
  readonly brokers: string;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly settings: ClientSettings;
}

const { brokers, groupId, topics, settings } = JSON.parse(process.argv[2] ?? '') as MemberPlan;
const kafka = await confluentKafka({ brokers, settings, transactionTimeoutMs: 15_000 });
const member = await Member.open(
  { clock: systemClock, unique: (what) => `${what}-${process.pid}` },
  kafka,
  groupId,
  topics,
);
for (let told = -1; ; ) {
  await member.poll();
  if (member.owned.size !== told) process.stdout.write(`${(told = member.owned.size)}\n`);
}
