// What a member can ask of its group while the group waits for another one: by the classic protocols nothing, as brokers read what a
// client has sent one request after another.

import assert from 'node:assert/strict';
import { callMs, failureOf, type Member, together } from './actors.js';
import { cooperative, has, kip848, type Protocol, protocols, range, setGroupStage, sharesOf } from './groups-stage.js';
import type { ContractCase, ContractWorld } from './world.js';

/** A member that owes its group an answer, and another one that has asked to join meanwhile. */
async function setWaitingStage(
  world: ContractWorld,
  protocol: Protocol,
): Promise<{ holding: Member; waiting: Member; topic: string }> {
  const { topic, open } = await setGroupStage(world, protocol, 4);
  const holding = await open();
  await has(holding, 4);
  holding.holdsOn = true;
  const other = await open();
  await together([holding, other], 'it is asked to give some up', () => holding.isAsked);
  // A cooperative group has shared once by now, and waits for nobody before somebody else comes.
  const waiting = await open();
  const untilMs = world.clock.monotonicMs() + 500;
  while (world.clock.monotonicMs() < untilMs) await Promise.all([holding, other, waiting].map((one) => one.poll()));
  return { holding, waiting, topic };
}

const waitingOf = (protocol: Protocol): ContractCase => ({
  name: `${protocol.name}, E2: whoever has asked to join is told no offset before the group has stopped waiting for others`,
  async run(world) {
    const { holding, waiting, topic } = await setWaitingStage(world, protocol);
    const first = { topic, partition: 0 };
    const failure = await failureOf(waiting.consumer.committed(first, 500));
    assert.ok(failure.retriable, `${failure.code} ${failure.message}`);
    const asked = waiting.consumer.committed(first, callMs);
    holding.holdsOn = false;
    holding.letGo();
    let answer: unknown = 'none yet';
    void asked.then((offset) => (answer = offset));
    await together([holding], 'it is told', () => answer !== 'none yet');
    assert.equal(await asked, undefined);
  },
});

const joiningOf = (protocol: Protocol): ContractCase => ({
  name: `${protocol.name}: a member joins when it is opened: what is its share, polled or not, nobody else is given`,
  async run(world) {
    const { open } = await setGroupStage(world, protocol, 4);
    const [unheard, other] = [await open(), await open()];
    await other.valuesWithin(500);
    assert.ok(other.owned.size < 4, `it has ${other.owned.size}`);
    await together([unheard, other], 'each has two', () => sharesOf([unheard, other]) === '2,2');
  },
});

export const groupWaitingCases: readonly ContractCase[] = [
  ...protocols.map(joiningOf),
  waitingOf(cooperative),
  waitingOf(range),
  {
    name: 'KIP-848, E2: whoever has asked to join is told offsets, whoever the group waits for',
    async run(world) {
      const { waiting, topic } = await setWaitingStage(world, kip848);
      assert.equal(await waiting.consumer.committed({ topic, partition: 0 }, 2000), undefined);
    },
  },
];
