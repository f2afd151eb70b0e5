// How a sequence is read in the end.

import type { TopicPartition } from '../../../src/core/ids.js';
import type { Kafka } from '../../../src/ports/kafka.js';
import type { ContractWorld } from '../../../src/testing/contracts/index.js';
import { Member } from '../../../src/testing/contracts/member.js';
import type { Owner } from '../../../src/testing/contracts/owner.js';
import { valuesOf } from '../../../src/testing/contracts/texts.js';
import { callMs } from '../../../src/testing/contracts/waits.js';

/** The last record of every partition. */
export async function writeEnd(owner: Owner, partitions: readonly TopicPartition[]): Promise<void> {
  const [first] = partitions;
  const records = partitions.map(({ partition }) => ({ value: lastValue, partition }));
  if (first) await owner.write(first.topic, records);
}

/** What a reader of committed records reads of each partition until the last record has come, as `<offset>:<value>`. */
export async function readToEnd(
  world: ContractWorld,
  kafka: Kafka,
  partitions: readonly TopicPartition[],
): Promise<readonly string[]> {
  const topics = [...new Set(partitions.map(({ topic }) => topic))];
  const groupId = world.unique('reader');
  const reader = await Member.join(world, kafka, { groupId, topics, partitions: partitions.length });
  try {
    reader.readFrom(0);
    const read = partitions.map(() => [] as string[]);
    const deadlineMs = world.clock.monotonicMs() + callMs;
    while (!read.every((records) => records.at(-1)?.endsWith(lastValue)) && world.clock.monotonicMs() < deadlineMs)
      for (const batch of await reader.poll())
        read[batch.partition]?.push(...valuesOf([batch]).map((value, i) => `${batch.columns.offset[i]}:${value}`));
    return read.map((records, partition) => `partition ${partition}: ${records.join(' ')}`);
  } finally {
    await reader.consumer.close();
  }
}

const lastValue = 'end';
