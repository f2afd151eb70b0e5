import { describe, expect, test } from 'vitest';
import { isTopic } from '../../src/dsl/topic.js';
import { bytes, text, topic } from '../../src/index.js';
import { thrownBy, unchecked } from './topics.js';

const parts = { key: text(), value: bytes() };

describe('a topic', () => {
  test('is frozen data: name, codecs and what it is created with', () => {
    const config = { 'retention.ms': '-1' };
    const orders = topic('orders', { ...parts, partitions: 4, config });
    expect(orders).toEqual({
      kind: 'topic',
      name: 'orders',
      ...parts,
      partitions: 4,
      config: { 'retention.ms': '-1' },
    });
    expect(Object.isFrozen(orders) && Object.isFrozen(orders.config)).toBe(true);
    config['retention.ms'] = '1';
    expect(orders.config).toEqual({ 'retention.ms': '-1' });
  });

  test('leaves out what was not said', () => {
    expect(Object.keys(topic('orders', parts))).toEqual(['kind', 'name', 'key', 'value']);
  });

  test('is told apart from everything else', () => {
    expect(isTopic(topic('orders', parts))).toBe(true);
    for (const other of [undefined, null, 'orders', text(), parts, { kind: 'topic' }])
      expect(isTopic(other)).toBe(false);
  });

  test.each([['a'], ['orders.v2_final-1'], ['x'.repeat(249)]])('may be called %s', (name) => {
    expect(topic(name, parts).name).toBe(name);
  });

  test.each([[''], ['a/b'], ['.'], ['..'], ['orders by customer'], ['käufe'], ['x'.repeat(250)]])(
    'cannot be called %j',
    (name) => {
      expect(thrownBy(() => topic(name, parts))).toMatchObject({
        code: 'PRC_NAME_INVALID',
        message: `'${name}' is not a valid topic name`,
      });
    },
  );

  test.each([
    [undefined, 'PRC_NAME_INVALID', "'undefined' is not a valid topic name"],
    [parts, 'PRC_NAME_INVALID', '{ key:'],
  ])('cannot be called %o', (name, code, message) => {
    expect(thrownBy(() => topic(unchecked(name), parts))).toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });
});

describe('what a topic cannot be made of', () => {
  test.each([
    ['no options', undefined, "topic 'orders' was given undefined instead of an object with options"],
    ['a misspelt option', { ...parts, partition: 4 }, "topic 'orders' has the unknown option 'partition'"],
    ['no key', { value: bytes() }, "topic 'orders': 'key' cannot be undefined"],
    ['a codec that was not called', { key: text, value: bytes() }, "topic 'orders': 'key' cannot be [Function: text]"],
    ['no partition', { ...parts, partitions: 0 }, "topic 'orders': 'partitions' cannot be 0"],
    ['half a partition', { ...parts, partitions: 1.5 }, "topic 'orders': 'partitions' cannot be 1.5"],
    [
      'a setting that is no text',
      { ...parts, config: { 'retention.ms': -1 } },
      "topic 'orders': 'config['retention.ms']' cannot be -1",
    ],
  ])('%s', (_, spec, message) => {
    expect(thrownBy(() => topic('orders', unchecked(spec)))).toMatchObject({
      name: 'ProcessorError',
      message,
    });
  });

  test('says what was meant', () => {
    expect(thrownBy(() => topic('orders', unchecked({ ...parts, partition: 4 })))).toMatchObject({
      code: 'PRC_OPTION_UNKNOWN',
      hint: "Did you mean 'partitions'? It takes: key, value, partitions, config.",
    });
  });
});
