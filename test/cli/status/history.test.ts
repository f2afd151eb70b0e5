// What looks at a processor come to: lag, progress, what an open transaction holds back, and offsets that run would refuse.

import { describe, expect, test } from 'vitest';
import { History, type PartitionStatus, type ProcessorStatus } from '../../../src/cli/status/history.js';
import { offsetMetadata } from '../../../src/core/offset-origin.js';
import { type LookLike, look, member, ownMetadata, type PartitionLike, topicId } from './looks.js';

function after(...looks: readonly LookLike[]): ProcessorStatus {
  const history = new History();
  const said = looks.map((one) => history.add([look(one)]));
  return said.at(-1)?.[0] as ProcessorStatus;
}

const first = ({ partitions }: ProcessorStatus): PartitionStatus => partitions[0] as PartitionStatus;

describe('the lag', () => {
  test('reaches from the committed offset to the last stable one, not into an open transaction', () => {
    const status = after({
      partitions: [
        { committed: 40, stable: 100, high: 130 },
        { committed: 7, stable: 7 },
      ],
    });
    expect(status.partitions.map(({ lag }) => lag)).toEqual([60, 0]);
    expect(status.lag).toBe(60);
  });

  test('of a group without an offset begins where the processor will: at the first record that is there, or at the end', () => {
    expect(after({ partitions: [{ low: 20, stable: 100 }] }).lag).toBe(80);
    const late = after({ start: 'latest', partitions: [{ low: 20, stable: 100 }] });
    expect([late.lag, first(late).lag]).toEqual([undefined, undefined]);
  });

  test('is said to be skewed where one partition of several has most of it', () => {
    const lags = (...of: readonly number[]) =>
      after({ partitions: of.map((lag) => ({ committed: 0, stable: lag })) }).skew;
    expect(lags(10, 900, 30, 60)).toEqual({ partition: { topic: 'orders', partition: 1 }, share: 0.9 });
    expect(lags(250, 250, 300, 200), 'they are about even').toBeUndefined();
    expect(lags(900), 'there is only one').toBeUndefined();
    expect(lags(600, 400), 'of two one always has more').toBeUndefined();
    expect(lags(2, 0, 0, 0), 'two offsets are no lag').toBeUndefined();
  });
});

describe('progress', () => {
  const seconds = (s: number, partition: PartitionLike): LookLike => ({ atMs: s * 1000, partitions: [partition] });

  test('takes two looks', () => {
    expect(first(after(seconds(0, { committed: 0, stable: 100 })))).toMatchObject({
      ratePerSecond: undefined,
      eta: { kind: 'unknown' },
    });
  });

  test('is how fast the lag goes down, with what comes in meanwhile', () => {
    const status = after(seconds(0, { committed: 0, stable: 1000 }), seconds(2, { committed: 300, stable: 1100 }));
    expect(first(status)).toMatchObject({ ratePerSecond: 150, lag: 800, eta: { kind: 'shrinking', seconds: 8 } });
  });

  test('has no end where more comes in than is done', () => {
    const status = after(seconds(0, { committed: 0, stable: 100 }), seconds(2, { committed: 50, stable: 200 }));
    expect(first(status)).toMatchObject({ ratePerSecond: 25, eta: { kind: 'growing' } });
  });

  test('keeps up where less is left than it does in a second, whether that grows or shrinks', () => {
    const status = after(seconds(0, { committed: 0, stable: 40 }), seconds(2, { committed: 100, stable: 149 }));
    expect(first(status)).toMatchObject({ ratePerSecond: 50, lag: 49, eta: { kind: 'keeping-up' } });
  });

  test('of a partition in which nothing is done is standing still, and of one without a lag it is done', () => {
    const standing = after(seconds(0, { committed: 5, stable: 100 }), seconds(2, { committed: 5, stable: 100 }));
    expect(first(standing).eta).toEqual({ kind: 'standing' });
    expect(first(after(seconds(0, { committed: 100, stable: 100 }))).eta).toEqual({ kind: 'done' });
  });

  test('counts from the start of the log where the group has committed its first offset meanwhile', () => {
    const status = after(seconds(0, { low: 10, stable: 100 }), seconds(1, { committed: 40, low: 10, stable: 100 }));
    expect(first(status)).toMatchObject({ ratePerSecond: 30, eta: { kind: 'shrinking', seconds: 2 } });
  });

  test('is that of the last ten seconds, not of a single look', () => {
    const looks = Array.from({ length: 20 }, (_, i) =>
      seconds(2 * i, { committed: i < 10 ? 0 : (i - 10) * 100, stable: 10_000 }),
    );
    expect(first(after(...looks)).ratePerSecond).toBe(50);
  });
});

describe('an open transaction', () => {
  const at = (s: number, stable: number, high: number): LookLike => ({
    atMs: s * 1000,
    partitions: [{ committed: 0, stable, high }],
  });

  test('holds back what stands behind its first record, since it was seen first', () => {
    expect(first(after(at(0, 10, 12))).heldBack).toEqual({ offsets: 2, sinceMsAtLeast: 0 });
    expect(first(after(at(0, 10, 12), at(2, 10, 15), at(30, 10, 40))).heldBack).toEqual({
      offsets: 30,
      sinceMsAtLeast: 30_000,
    });
  });

  test('is another one where it begins elsewhere, or where none was open meanwhile', () => {
    expect(first(after(at(0, 10, 12), at(2, 13, 15))).heldBack?.sinceMsAtLeast).toBe(0);
    expect(first(after(at(0, 10, 12), at(2, 12, 12))).heldBack).toBeUndefined();
    expect(first(after(at(0, 10, 12), at(2, 12, 12), at(4, 10, 12))).heldBack?.sinceMsAtLeast).toBe(0);
  });
});

describe('owners', () => {
  test('are the members that the group has given a partition to, by the name of their instance', () => {
    const members = { kind: 'known', state: 'stable', members: [member('a-1', 0, 2), member('b-2')] } as const;
    const status = after({ members, partitions: [{ stable: 0 }, { stable: 0 }, { stable: 0 }] });
    expect(status.partitions.map(({ owner }) => owner?.instance)).toEqual(['a-1', undefined, 'a-1']);
    expect(status.members?.map(({ instance }) => instance)).toEqual(['a-1', 'b-2']);
    expect(first(status).owner).toEqual({
      instance: 'a-1',
      clientId: 'enrich/a-1',
      memberId: 'member-a-1',
      host: '10.0.0.7',
    });
  });

  test('that are not known are not nobody', () => {
    const status = after({ members: { kind: 'unknown', reason: 'no answer' }, partitions: [{ stable: 0 }] });
    expect(status).toMatchObject({ groupState: 'unknown', members: undefined, membersUnknown: 'no answer' });
    expect(after({ partitions: [{ stable: 0 }] })).toMatchObject({ groupState: 'none', members: [] });
  });
});

describe('E16: an offset that run would refuse is told', () => {
  const problem = (partition: PartitionLike) => first(after({ partitions: [partition] })).problem;
  const own = ownMetadata();

  test('not one of its own, nor one that a tool has set', () => {
    expect(problem({ committed: 5, metadata: own, stable: 10 })).toBeUndefined();
    expect(problem({ committed: 5, metadata: '', stable: 10 })).toBeUndefined();
  });

  test('one of another topology, or of a topic that is gone', () => {
    const other = offsetMetadata({ topologyHash: '00000000', topicId });
    expect(problem({ committed: 5, metadata: other, stable: 10 })).toContain('PRC_TOPOLOGY_CHANGED');
    const gone = own.replace(topicId, 'id-of-another');
    expect(problem({ committed: 5, metadata: gone, stable: 10 })).toContain('PRC_TOPICS_REPLACED');
  });

  test('one outside of what is there', () => {
    expect(problem({ committed: 5, metadata: own, low: 8, stable: 10 })).toMatch(
      /^orders\/0: 3 offsets behind 5 .*PRC_OFFSET_OUT_OF_RANGE/,
    );
    expect(problem({ committed: 11, metadata: own, stable: 10 })).toContain('lies behind the end, at 10');
    // A log that begins amid an open transaction is stable up to before its beginning, where a processor waits.
    expect(problem({ committed: 2, metadata: own, low: 2, stable: 0, high: 3 })).toBeUndefined();
    expect(problem({ committed: 3, metadata: own, low: 2, stable: 0, high: 3 })).toContain('lies behind the end, at 2');
  });
});
