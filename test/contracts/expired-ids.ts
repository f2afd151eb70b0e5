// What becomes of producers whose transactional id the brokers have forgotten: stories for the model and for a broker with little
// patience.

import { expect } from 'vitest';
import { failureOf, Member, Owner } from '../../src/testing/contracts/actors.js';
import type { ContractWorld } from '../../src/testing/contracts/world.js';

export interface ForgetfulWorld extends ContractWorld {
  /** Resolves when the brokers have forgotten the id. */
  forgotten(id: string): Promise<void>;
}

export interface Story {
  readonly name: string;
  run(world: ForgetfulWorld): Promise<void>;
}

interface Stage {
  readonly topic: string;
  readonly id: string;
  /** Whose id is forgotten. */
  readonly owner: Owner;
  readonly member: Member;
}

async function stage(world: ForgetfulWorld): Promise<Stage> {
  const kafka = await world.client();
  const topic = await world.createTopic(1);
  const id = world.unique('owner');
  const owner = await Owner.open(kafka, id);
  await owner.write(topic, ['before']);
  const member = await Member.join(world, kafka, { groupId: world.unique('group'), topics: [topic], partitions: 1 });
  await world.forgotten(id);
  return { topic, id, owner, member };
}

const unknown = { code: 'INVALID_PRODUCER_ID_MAPPING', retriable: false, abortable: true, fatal: false, fenced: false };

function isUnknown({ code, retriable, abortable, fatal, fenced }: Awaited<ReturnType<typeof failureOf>>): void {
  expect({ code, retriable, abortable, fatal, fenced }).toEqual(unknown);
}

function sendOffset({ topic, owner, member }: Stage): Promise<void> {
  return owner.sendOffsets(member.consumer, [{ topic, partition: 0, offset: 1, metadata: '' }]);
}

async function hasRead({ member }: Stage, values: readonly string[]): Promise<void> {
  member.readFrom(0);
  expect(await member.values(values.length)).toEqual(values);
}

export const expiredIdStories: readonly Story[] = [
  {
    name: 'an id that has expired costs one transaction: its abort makes the producer another one',
    async run(world) {
      const about = await stage(world);
      const { owner, topic } = about;
      await owner.begin(topic, ['lost']);
      isUnknown(await failureOf(owner.commit()));
      await owner.abort();
      await owner.write(topic, ['after']);
      await hasRead(about, ['before', 'after']);
    },
  },
  {
    name: 'where offsets alone were refused there is nothing to abort, and the producer stays unknown',
    async run(world) {
      const about = await stage(world);
      const { owner, topic } = about;
      for (let i = 0; i < 2; i++) {
        await owner.producer.begin();
        isUnknown(await failureOf(sendOffset(about)));
        await owner.abort();
      }
      await owner.begin(topic, ['lost']);
      isUnknown(await failureOf(owner.commit()));
      await owner.abort();
      await owner.producer.begin();
      await sendOffset(about);
      await owner.commit();
      expect((await about.member.consumer.committed({ topic, partition: 0 }, 5000))?.offset).toBe(1);
    },
  },
  {
    name: 'E9: a predecessor that aborts to go on is fenced for good, and its successor writes on',
    async run(world) {
      const about = await stage(world);
      const { owner, topic, id } = about;
      const next = await Owner.open(await world.client(), id);
      await next.write(topic, ['next']);
      await owner.begin(topic, ['lost']);
      isUnknown(await failureOf(owner.commit()));
      const { fenced, fatal, message } = await failureOf(owner.abort());
      expect({ fenced, fatal }, message).toEqual({ fenced: true, fatal: true });
      // What the client says after that means nothing; what it does has to be nothing.
      for (const call of [() => owner.begin(topic, ['lost']), () => owner.commit()]) await call().catch(() => {});
      await next.write(topic, ['on']);
      await hasRead(about, ['before', 'next', 'on']);
    },
  },
];
