import { describe, expect, test } from 'vitest';
import { groupId, isName, partitionKey, transactionalId } from '../../src/core/ids.js';

describe('names', () => {
  test('are what Kafka takes for topics, and never hold a slash (E1)', () => {
    for (const name of ['orders', 'a.b_c-9', 'x'.repeat(249)]) expect(isName(name), name).toBe(true);
    for (const name of ['', '.', '..', 'a/b', 'a b', 'ä', 'x'.repeat(250), 'a\n'])
      expect(isName(name), name).toBe(false);
  });

  test('E1: the id of a task is its group, its subtopology and its partition', () => {
    expect(transactionalId(groupId('shop.', 'enrich-orders'), 'orders', 3)).toBe('shop.enrich-orders/orders/3');
  });

  test('E1: tasks of different processors, topics or partitions never share an id', () => {
    const names = ['a', 'a.b', 'b', 'a-1', '1'];
    const ids = names.flatMap((group) =>
      names.flatMap((topic) => [0, 1, 11].map((p) => transactionalId(groupId('', group), topic, p))),
    );
    expect(new Set(ids).size).toBe(ids.length);
    const keys = names.flatMap((topic) => [0, 1, 11].map((partition) => partitionKey({ topic, partition })));
    expect(new Set(keys).size).toBe(keys.length);
  });
});
