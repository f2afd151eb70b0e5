import { expect, test } from 'vitest';
import { partitionKey, type TopicPartition } from '../../src/core/ids.js';
import { Kip848Group } from '../../src/memory/group-kip848.js';
import type { HeartbeatAnswer, HeartbeatRequest } from '../../src/memory/group-kip848-member.js';
import { Kernel } from '../../src/memory/kernel.js';
import type { Refusal } from '../../src/memory/refusal.js';

const sessionMs = 3000;

class Group {
  partitions = 2;
  readonly kernel = new Kernel({ seed: 1, turn: () => Promise.resolve(), epochMs: 0 });
  readonly group = new Kip848Group(this.kernel, () => this.partitions, {
    sessionMs,
    heartbeatMs: 300,
    assignmentMs: 0,
  });

  /** One heartbeat, and the coordinator's own work behind it. */
  async beat(memberId: string, epoch: number, more: Partial<HeartbeatRequest> = {}): Promise<HeartbeatAnswer> {
    const answer = this.group.heartbeat({ memberId, generation: epoch, instanceId: undefined, ...more });
    await this.pass(10);
    return answer;
  }

  /** Until it has its share. */
  async join(memberId: string, instanceId?: string): Promise<HeartbeatAnswer> {
    const joining = { instanceId, topics: ['t'], owned: [], rebalanceMs: 1000 };
    await this.beat(memberId, 0, joining);
    return this.beat(memberId, 0, joining);
  }

  async pass(ms: number): Promise<void> {
    const untilMs = this.kernel.nowMs + ms;
    while ((this.kernel.nextMs ?? Number.POSITIVE_INFINITY) <= untilMs) await this.kernel.step();
    this.kernel.passTo(untilMs);
  }

  commit(memberId: string, epoch: number, partition: number, isInTransaction = true): void {
    const membership = { memberId, generation: epoch, instanceId: undefined };
    this.group.checkCommit(membership, [{ topic: 't', partition }], isInTransaction);
  }
}

const keys = (list: readonly TopicPartition[] | undefined): string | undefined => list?.map(partitionKey).join(' ');

async function codeOf(call: () => unknown): Promise<string | undefined> {
  try {
    await call();
  } catch (error) {
    return (error as Refusal).code;
  }
  return undefined;
}

/** a has both partitions, b has come, and a knows that it has to let go of one. */
async function asked(): Promise<{ group: Group; a: number; left: TopicPartition[] }> {
  const group = new Group();
  const { epoch: a } = await group.join('a');
  await group.join('b');
  const { epoch, assigned } = await group.beat('a', a);
  expect(keys(assigned)).toBe('t/0');
  expect(epoch).toBe(a);
  return { group, a, left: [...(assigned ?? [])] };
}

test('revoke, acknowledge, then assign: nobody is given what another one has not let go of', async () => {
  const { group, a, left } = await asked();
  const b = await group.beat('b', 2);
  expect(b.assigned).toBeUndefined();
  // It does not say so yet.
  expect((await group.beat('a', a)).epoch).toBe(a);
  const { epoch } = await group.beat('a', a, { owned: left });
  expect(epoch).toBe(2);
  expect(keys((await group.beat('b', 2)).assigned)).toBe('t/1');
});

test('an epoch goes up without anything that the member could hear of', async () => {
  const group = new Group();
  group.partitions = 1;
  const { epoch: a } = await group.join('a');
  await group.join('b');
  const { epoch, assigned } = await group.beat('a', a);
  expect(epoch).toBe(a + 1);
  expect(assigned).toBeUndefined();
});

test('an epoch that is not the member’s is fenced; the one before will do where the answer was lost', async () => {
  const group = new Group();
  group.partitions = 1;
  const { epoch: a, assigned = [] } = await group.join('a');
  await group.join('b');
  await group.beat('a', a);
  expect(await codeOf(() => group.beat('a', a))).toBe('FENCED_MEMBER_EPOCH');
  expect((await group.beat('a', a, { owned: assigned })).epoch).toBe(a + 1);
  expect(await codeOf(() => group.beat('a', 9))).toBe('FENCED_MEMBER_EPOCH');
  expect(await codeOf(() => group.beat('nobody', 1))).toBe('UNKNOWN_MEMBER_ID');
});

test('E4: offsets are taken of an older epoch, as far as it had the partition by then (KIP-1251)', async () => {
  const { group, a, left } = await asked();
  await group.beat('a', a, { owned: left });
  const b = await group.beat('b', 2);
  expect(keys(b.assigned)).toBe('t/1');
  group.commit('a', a, 0);
  expect(await codeOf(() => group.commit('a', a, 1))).toBe('ILLEGAL_GENERATION');
  expect(await codeOf(() => group.commit('a', a, 1, false))).toBe('STALE_MEMBER_EPOCH');
  expect(await codeOf(() => group.commit('b', 1, 1))).toBe('ILLEGAL_GENERATION');
  expect(await codeOf(() => group.commit('b', 9, 1))).toBe('ILLEGAL_GENERATION');
  group.commit('b', 2, 1);
});

test('E5: a member that does not let go within its time is out', async () => {
  const { group, a } = await asked();
  await group.pass(1100);
  expect(await codeOf(() => group.beat('a', a))).toBe('UNKNOWN_MEMBER_ID');
});

test('a member that is not heard of is out, and the others are given what it had', async () => {
  const group = new Group();
  await group.join('a');
  await group.pass(sessionMs + 100);
  const { assigned } = await group.join('b');
  expect(keys(assigned)).toBe('t/0 t/1');
});

test('partitions that a topic is given later are shared with the next heartbeats', async () => {
  const group = new Group();
  const { epoch } = await group.join('a');
  group.partitions = 3;
  await group.beat('a', epoch);
  expect(keys((await group.beat('a', epoch)).assigned)).toBe('t/0 t/1 t/2');
});

test('a static member that left for a while is given what it had; while it is there, its name is taken', async () => {
  const group = new Group();
  await group.join('a', 'name');
  const twin = { instanceId: 'name', topics: ['t'], owned: [], rebalanceMs: 1000 };
  expect(await codeOf(() => group.beat('twin', 0, twin))).toBe('UNRELEASED_INSTANCE_ID');
  group.group.leave({ memberId: 'a', generation: -1, instanceId: 'name' });
  const back = await group.beat('again', 0, twin);
  expect(keys(back.assigned)).toBe('t/0 t/1');
  expect(await codeOf(() => group.beat('a', 1, { instanceId: 'name' }))).toBe('FENCED_INSTANCE_ID');
});
