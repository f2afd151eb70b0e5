import { expect, test } from 'vitest';
import { partitionKey } from '../../src/core/ids.js';
import { type Assignments, assignors, type GroupMember, uniform } from '../../src/memory/assignors.js';

const member = (memberId: string, owned: readonly number[] = [], topics = ['t']): GroupMember => ({
  memberId,
  instanceId: undefined,
  topics,
  owned: owned.map((partition) => ({ topic: 't', partition })),
});

const shares = (given: Assignments): Record<string, string> =>
  Object.fromEntries([...given].map(([who, list]) => [who, list.map(partitionKey).join(' ')]));

test('range gives neighbours, the first ones one more, of each topic anew', () => {
  const given = assignors.range([member('b', [], ['t', 'u']), member('a', [], ['t', 'u'])], () => 3);
  expect(shares(given)).toEqual({ a: 't/0 t/1 u/0 u/1', b: 't/2 u/2' });
});

test('cooperative-sticky gives nobody what another one still has', () => {
  const given = assignors['cooperative-sticky']([member('a', [0, 1, 2, 3]), member('b')], () => 4);
  expect(shares(given)).toEqual({ a: 't/0 t/1', b: '' });
});

test('cooperative-sticky: what two claim to have, nobody has', () => {
  const given = assignors['cooperative-sticky']([member('a', [0, 1]), member('b', [1])], () => 2);
  expect(given.get('a')?.map(partitionKey)).toEqual(['t/0']);
  expect(given.get('b')?.map(partitionKey)).toEqual(['t/1']);
});

test('uniform says at once whose everything will be, and moves as little as it can', () => {
  const given = uniform([member('a', [0, 1, 2, 3]), member('b')], () => 4);
  expect(shares(given)).toEqual({ a: 't/0 t/1', b: 't/2 t/3' });
});
