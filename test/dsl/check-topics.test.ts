import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { checkTopics } from '../../src/dsl/check-topics.js';
import { json, jsonOf, nullable, processor, text, topic } from '../../src/index.js';
import { orders, payments, thrownBy } from './topics.js';

const Order = z.object({ id: z.string() });
const define = (extra: object = {}) => topic('orders', { key: text(), value: nullable(json(Order)), ...extra });
const reader = (input: typeof orders) => processor({ name: 'reader', input, handle() {} }).topology;
const topologyOf = (input: ReturnType<typeof define>, name = 'p') => processor({ name, input, handle() {} }).topology;

describe('one topic name has one definition', () => {
  test('shared by all processors', () => {
    const writer = processor({ name: 'writer', input: payments, outputs: { orders }, handle() {} }).topology;
    expect(() => checkTopics([reader(orders), writer])).not.toThrow();
    expect(() => checkTopics([])).not.toThrow();
  });

  test('or several that say the same', () => {
    const config = { 'cleanup.policy': 'compact', 'retention.ms': '-1' };
    const sameConfig = { 'retention.ms': '-1', 'cleanup.policy': 'compact' };
    expect(() =>
      checkTopics([topologyOf(define({ config })), topologyOf(define({ config: sameConfig }))]),
    ).not.toThrow();
  });

  test.each([
    ['key codecs', { key: nullable(text()) }],
    ['value codecs', { value: json(Order) }],
    ['value codecs', { value: nullable(jsonOf()) }],
    ['value codecs', { value: nullable(json(z.object({ id: z.string() }))) }],
    ['partition counts', { partitions: 4 }],
    ['settings', { config: { 'retention.ms': '-1' } }],
    ['key codecs and partition counts', { key: nullable(text()), partitions: 4 }],
  ])('and not two with different %s', (differences, extra) => {
    expect(thrownBy(() => checkTopics([topologyOf(define()), topologyOf(define(extra))]))).toMatchObject({
      code: 'PRC_TOPIC_DEFINED_TWICE',
      message: `the topic 'orders' is defined twice, with different ${differences}`,
    });
  });

  test('within one processor, too', () => {
    expect(
      thrownBy(() => processor({ name: 'p', input: orders, outputs: { again: define() }, handle() {} })),
    ).toMatchObject({
      code: 'PRC_TOPIC_DEFINED_TWICE',
    });
  });
});
