// What each call of a predecessor comes to once its successor has initialised the id, by what its transaction holds.

import assert from 'node:assert/strict';
import { callMs, failureOf, hasReached, Owner, outputs } from './actors.js';
import { type Stage, setStage } from './stage.js';
import type { ContractCase, ContractWorld } from './world.js';

type Doing = (stage: Stage, world: ContractWorld) => Promise<void>;

const withNothing: Doing = ({ owner }) => owner.producer.begin();

const withRecords: Doing = async ({ owner, kafka, topic }, world) => {
  await owner.begin(topic, ['lost']);
  await hasReached(world, kafka, topic, 1);
};

const withOffsets: Doing = async ({ owner, reader, first }) => {
  await owner.producer.begin();
  await owner.sendOffsets(reader.consumer, [{ ...first, offset: 7, metadata: '' }]);
};

/** Records are only queued: what becomes of them shows at the commit. */
const sends: Doing = async ({ owner, topic }) => {
  await owner.producer.send(outputs(topic, ['lost']));
  await owner.commit();
};

const sendsOffsets: Doing = ({ owner, reader, first }) =>
  owner.sendOffsets(reader.consumer, [{ ...first, offset: 8, metadata: '' }]);

const commits: Doing = ({ owner }) => owner.commit();
const aborts: Doing = ({ owner }) => owner.abort();

/** Takes the id over; what it writes is all that is ever read. */
async function successor(world: ContractWorld, { id }: Stage): Promise<Owner> {
  return Owner.open(await world.client(), id);
}

async function nothingIsLeftOf({ reader, topic, first }: Stage, next: Owner): Promise<void> {
  await next.write(topic, ['kept']);
  reader.readFrom(0);
  assert.deepEqual(await reader.values(1), ['kept']);
  assert.equal(await reader.consumer.committed(first, callMs), undefined);
}

function fenced(name: string, inside: Doing, call: Doing): ContractCase {
  return {
    name: `E2: ${name} is fenced, and nothing of it stays`,
    async run(world) {
      const stage = await setStage(world);
      await inside(stage, world);
      const next = await successor(world, stage);
      const { fenced: isFenced, fatal, message } = await failureOf(call(stage, world));
      assert.ok(isFenced && fatal, message);
      await nothingIsLeftOf(stage, next);
    },
  };
}

export const fencingCallCases: readonly ContractCase[] = [
  fenced('a predecessor that has begun and sends', withNothing, sends),
  fenced('a predecessor that has begun and sends offsets', withNothing, sendsOffsets),
  fenced('a predecessor with records that sends more', withRecords, sends),
  fenced('a predecessor with records that sends offsets', withRecords, sendsOffsets),
  fenced('a predecessor with records that commits', withRecords, commits),
  fenced('a predecessor with records that aborts', withRecords, aborts),
  fenced('a predecessor with offsets that sends', withOffsets, sends),
  fenced('a predecessor with offsets that sends others', withOffsets, sendsOffsets),
  fenced('a predecessor with offsets that commits', withOffsets, commits),
  fenced('a predecessor with offsets that aborts', withOffsets, aborts),
  {
    name: 'a predecessor with nothing in its transaction commits and aborts it, which no broker hears of',
    async run(world) {
      const stage = await setStage(world);
      const next = await successor(world, stage);
      await withNothing(stage, world);
      await stage.owner.commit();
      await withNothing(stage, world);
      await stage.owner.abort();
      await nothingIsLeftOf(stage, next);
    },
  },
  {
    name: 'E9: whoever was fenced can do nothing any more: each call says so, and init does not take the id back',
    async run(world) {
      const stage = await setStage(world);
      await withRecords(stage, world);
      const next = await successor(world, stage);
      await failureOf(stage.owner.commit());
      const { producer } = stage.owner;
      for (const call of [
        () => stage.owner.commit(),
        () => stage.owner.abort(),
        () => sendsOffsets(stage, world),
        () => producer.init(callMs),
      ]) {
        const { fenced: isFenced, fatal, message } = await failureOf(call());
        assert.ok(isFenced && fatal, message);
      }
      assert.ok((await failureOf(producer.begin())).fenced);
      await failureOf(producer.send(outputs(stage.topic, ['lost'])));
      await nothingIsLeftOf(stage, next);
    },
  },
  {
    name: 'E2: init is called once: a second one is refused, and fences nobody',
    async run(world) {
      const stage = await setStage(world);
      const next = await successor(world, stage);
      const { code, fatal } = await failureOf(stage.owner.producer.init(callMs));
      assert.deepEqual({ code, fatal }, { code: '_STATE', fatal: false });
      await nothingIsLeftOf(stage, next);
    },
  },
];
