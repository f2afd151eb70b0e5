// What most cases begin with.

import type { TopicPartition } from '../../core/ids.js';
import type { Kafka } from '../../ports/kafka.js';
import { Member } from './member.js';
import { Owner } from './owner.js';
import { outputs } from './texts.js';
import type { ContractWorld } from './world.js';

export interface Stage {
  readonly kafka: Kafka;
  readonly topic: string;
  /** Its partitions 0 and, where there is one, 1. */
  readonly first: TopicPartition;
  readonly second: TopicPartition;
  readonly groupId: string;
  /** Has the id that is called like this. */
  readonly id: string;
  readonly owner: Owner;
  /** Has joined, with all partitions; reads nothing yet. */
  readonly reader: Member;
}

/** A topic, an owner who writes to it, and a member that can read all of it. */
export async function setStage(world: ContractWorld, partitions = 1): Promise<Stage> {
  const kafka = await world.client();
  const topic = await world.createTopic(partitions);
  const groupId = world.unique('group');
  const id = world.unique('owner');
  return {
    kafka,
    topic,
    first: { topic, partition: 0 },
    second: { topic, partition: 1 },
    groupId,
    id,
    owner: await Owner.open(kafka, id),
    reader: await Member.join(world, kafka, { groupId, topics: [topic], partitions }),
  };
}

/** What `fill` writes to a partition. */
export const digits = Array.from({ length: 10 }, (_, i) => String(i));

/** Ten records in each of so many partitions, in one transaction. */
export async function fill({ owner, topic }: Stage, partitions: number): Promise<void> {
  await owner.producer.begin();
  for (let partition = 0; partition < partitions; partition++)
    await owner.producer.send(
      outputs(
        topic,
        digits.map((value) => ({ value, partition })),
      ),
    );
  await owner.commit();
}
