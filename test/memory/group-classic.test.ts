import { expect, test } from 'vitest';
import { ClassicGroup } from '../../src/memory/group-classic.js';
import type { JoinAnswer, JoinRequest } from '../../src/memory/group-classic-member.js';
import type { Membership, Reply } from '../../src/memory/group-coordinator.js';
import { Kernel } from '../../src/memory/kernel.js';
import type { Refusal } from '../../src/memory/refusal.js';

/** What has become of a request: nothing yet, its answer, or the word that it was refused with. */
interface Asked<T> {
  answer?: T;
  refusal?: Refusal;
}

class Group {
  readonly kernel = new Kernel({ seed: 1, turn: () => Promise.resolve(), epochMs: 0 });
  readonly group = new ClassicGroup(this.kernel);

  join(request: Partial<JoinRequest>): Asked<JoinAnswer> {
    return asked((reply) =>
      this.group.join(
        {
          memberId: '',
          instanceId: undefined,
          clientId: 'c',
          strategy: 'range',
          topics: ['t'],
          owned: [],
          sessionMs: 1000,
          rebalanceMs: 5000,
          ...request,
        },
        reply,
      ),
    );
  }

  /** Under the id that it is given. */
  joinNew(request: Partial<JoinRequest> = {}): Asked<JoinAnswer> {
    return this.join({ ...request, memberId: this.join(request).refusal?.memberId ?? '' });
  }

  /** The leader's, with nothing for anybody. */
  share(membership: Membership): void {
    asked((reply) => this.group.sync(membership, new Map(), reply));
  }

  async pass(ms: number): Promise<void> {
    const untilMs = this.kernel.nowMs + ms;
    while ((this.kernel.nextMs ?? Number.POSITIVE_INFINITY) <= untilMs) await this.kernel.step();
    this.kernel.passTo(untilMs);
  }
}

function asked<T>(ask: (reply: Reply<T>) => void): Asked<T> {
  const asked: Asked<T> = {};
  ask({ resolve: (answer) => (asked.answer = answer), reject: (refusal) => (asked.refusal = refusal) });
  return asked;
}

const membershipOf = ({ answer }: Asked<JoinAnswer>, instanceId?: string): Membership => ({
  memberId: answer?.memberId ?? '',
  generation: answer?.generation ?? -1,
  instanceId,
});

/** A member of a group that is stable. */
function alone(group: Group): Membership {
  const membership = membershipOf(group.joinNew());
  group.share(membership);
  return membership;
}

const codeOf = (call: () => void): string | undefined => {
  try {
    call();
  } catch (error) {
    return (error as Refusal).code;
  }
  return undefined;
};

test('whoever is new is given an id to come back with', () => {
  const group = new Group();
  expect(group.join({}).refusal?.code).toBe('MEMBER_ID_REQUIRED');
  expect(group.join({ memberId: 'nobody' }).refusal?.code).toBe('UNKNOWN_MEMBER_ID');
});

test('a join is answered when all the others have joined again, or are missed', async () => {
  const group = new Group();
  const first = alone(group);
  const second = group.joinNew();
  await group.pass(500);
  expect(second).toEqual({});
  expect(codeOf(() => group.group.heartbeat(first))).toBe('REBALANCE_IN_PROGRESS');
  await group.pass(1000);
  expect(second.answer?.generation).toBe(2);
  expect(codeOf(() => group.group.heartbeat(first))).toBe('UNKNOWN_MEMBER_ID');
});

test('whoever was given an id is awaited like a member, until its session is over', async () => {
  const group = new Group();
  const first = alone(group);
  // Its answer was lost, or its process is gone.
  group.join({ sessionMs: 700 });
  const again = group.join({ memberId: first.memberId });
  await group.pass(600);
  expect(again).toEqual({});
  await group.pass(200);
  expect(again.answer?.generation).toBe(2);
});

test('an id that nobody has come back with for a session’s time is nobody’s', async () => {
  const group = new Group();
  const memberId = group.join({}).refusal?.memberId ?? '';
  await group.pass(1100);
  expect(group.join({ memberId }).refusal?.code).toBe('UNKNOWN_MEMBER_ID');
});

test('whoever leaves with an id that it was given is awaited no more', () => {
  const group = new Group();
  const first = alone(group);
  const memberId = group.join({}).refusal?.memberId ?? '';
  const again = group.join({ memberId: first.memberId });
  group.group.leave(memberId);
  expect(again.answer?.generation).toBe(2);
});

test('whoever does not come within the rebalance’s time is out, however lively it is', async () => {
  const group = new Group();
  const first = alone(group);
  const second = group.joinNew();
  for (let i = 0; i < 12; i++) {
    await group.pass(500);
    if (second.answer === undefined) codeOf(() => group.group.heartbeat(first));
  }
  expect(second.answer?.members.length).toBe(1);
});

test('a generation is over with the next one, in transactions and outside of them', async () => {
  const group = new Group();
  const first = alone(group);
  const second = group.joinNew();
  const again = group.join({ memberId: first.memberId });
  expect(again.answer?.generation).toBe(second.answer?.generation);
  expect(codeOf(() => group.group.checkCommit(first, true))).toBe('ILLEGAL_GENERATION');
  expect(codeOf(() => group.group.checkCommit(first, false))).toBe('ILLEGAL_GENERATION');
  // Until the leader has shared, only what belongs to a transaction is taken.
  expect(codeOf(() => group.group.checkCommit(membershipOf(again), false))).toBe('REBALANCE_IN_PROGRESS');
  expect(codeOf(() => group.group.checkCommit(membershipOf(again), true))).toBeUndefined();
});

test('in a transaction, offsets of whoever claims no membership are taken (KAFKA-9365): the epoch is the fence', () => {
  const group = new Group();
  alone(group);
  const nobody = { memberId: '', generation: -1, instanceId: undefined };
  expect(codeOf(() => group.group.checkCommit(nobody, true))).toBeUndefined();
  expect(codeOf(() => group.group.checkCommit(nobody, false))).toBe('UNKNOWN_MEMBER_ID');
});

test('an eager follower that joins again with nothing new is given the same generation again', () => {
  const group = new Group();
  const leader = alone(group);
  const second = group.joinNew();
  const generation = group.join({ memberId: leader.memberId }).answer?.generation ?? -1;
  group.share({ ...leader, generation });
  expect(group.join({ memberId: second.answer?.memberId ?? '' }).answer?.generation).toBe(generation);
  // The leader alone can have seen what calls for another one.
  const asLeader = group.join({ memberId: leader.memberId });
  expect(asLeader).toEqual({});
});

test('a static member that comes back is given its place, and whoever had it is fenced', () => {
  const group = new Group();
  const first = membershipOf(group.join({ instanceId: 'a' }), 'a');
  group.share(first);
  const back = group.join({ instanceId: 'a' });
  expect(back.answer?.generation).toBe(first.generation);
  for (const call of [
    () => group.group.heartbeat(first),
    () => group.group.checkCommit(first, true),
    () => group.group.checkCommit(first, false),
  ])
    expect(codeOf(call)).toBe('FENCED_INSTANCE_ID');
  expect(codeOf(() => group.group.heartbeat(membershipOf(back, 'a')))).toBeUndefined();
});

test('a static member that does not come keeps its place until its session is over', async () => {
  const group = new Group();
  const first = membershipOf(group.join({ instanceId: 'a', sessionMs: 8000 }), 'a');
  group.share(first);
  const second = group.joinNew();
  await group.pass(5000);
  // The rebalance went on without it, and it is still a member.
  expect(second.answer?.members.length).toBe(2);
});

test('a group shares its partitions in one way', () => {
  const group = new Group();
  alone(group);
  expect(group.join({ strategy: 'cooperative-sticky' }).refusal?.code).toBe('INCONSISTENT_GROUP_PROTOCOL');
});
