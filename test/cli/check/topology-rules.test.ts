// What is wrong with processors that are each right: how they stand beside each other, and under a namespace.

import { describe, expect, test } from 'vitest';
import { topologyRemarks } from '../../../src/cli/check/topology-rules.js';
import type { Topology } from '../../../src/core/topology.js';
import { deadLetter, jsonOf, processor, text, topic } from '../../../src/index.js';

const plain = (name: string) => topic(name, { key: text(), value: text() });

/** A processor that reads and writes these. */
function from(name: string, inputs: readonly string[], outputs: readonly string[], deadLetters?: string): Topology {
  const named = (names: readonly string[]) =>
    Object.fromEntries(names.map((one) => [one.replaceAll('-', '_'), plain(one)]));
  const input = named(inputs);
  return processor({
    name,
    input,
    outputs: named(outputs),
    feedsItself: true,
    ...(deadLetters === undefined ? {} : { onError: { decode: deadLetter({ topic: deadLetters }) } }),
    handle: Object.fromEntries(Object.keys(input).map((one) => [one, () => {}])),
  }).topology;
}

const remarks = (topologies: readonly Topology[], namespace = '') =>
  topologyRemarks(namespace, topologies).map(({ level, error, about }) => ({ level, code: error.code, about, error }));

describe('processors that pass records round', () => {
  test('are a warning, with the shortest way', () => {
    const found = remarks([
      from('price', ['orders'], ['priced']),
      from('pack', ['priced', 'late'], ['packed', 'orders']),
      from('ship', ['packed'], ['late']),
    ]);
    expect(found).toMatchObject([{ level: 'warning', code: 'PRC_CYCLE', about: { processor: 'price' } }]);
    expect(found[0]?.error.message).toContain('price → (priced) → pack → (orders) → price');
  });

  test('are said once for each circle', () => {
    const found = remarks([
      from('a', ['x'], ['y']),
      from('b', ['y'], ['x']),
      from('c', ['y'], ['z']),
      from('d', ['z'], ['w']),
      from('e', ['w'], ['z']),
    ]);
    expect(found.map(({ about }) => about)).toEqual([{ processor: 'a' }, { processor: 'd' }]);
  });

  test('are none where a line only comes together again', () => {
    expect(remarks([from('a', ['x'], ['y', 'z']), from('b', ['y'], ['w']), from('c', ['z', 'y'], ['w'])])).toEqual([]);
  });

  test('are none where one feeds itself, which it has said', () => {
    expect(remarks([from('a', ['x'], ['x'])])).toEqual([]);
  });
});

describe('dead letters', () => {
  test('beside the records of an output are a warning', () => {
    const found = remarks([from('price', ['orders'], [], 'packed'), from('pack', ['priced'], ['packed'])]);
    expect(found).toMatchObject([{ level: 'warning', code: 'PRC_DEAD_LETTERS_MIXED', about: { processor: 'price' } }]);
  });

  test('that another processor mends are none', () => {
    expect(remarks([from('price', ['orders'], ['priced'], 'lost'), from('mend', ['lost'], [])])).toEqual([]);
  });

  test('whose topic gets too long a name under the namespace are an error', () => {
    const topology = processor({
      name: 'p'.repeat(240),
      input: plain('x'),
      onError: { decode: deadLetter() },
      handle() {},
    }).topology;
    expect(remarks([topology])).toEqual([]);
    expect(remarks([topology], 'staging-')).toMatchObject([{ level: 'error', code: 'PRC_NAME_INVALID' }]);
  });

  test('that would come back as an input under the namespace are an error', () => {
    const topology = processor({
      name: 'p',
      input: plain('blue-p.dlq'),
      onError: { decode: deadLetter() },
      handle() {},
    }).topology;
    expect(remarks([topology], 'blue-')).toMatchObject([{ level: 'error', code: 'PRC_DEAD_LETTER_LOOP' }]);
  });
});

test('a topic that is defined otherwise elsewhere is an error, for each of the others', () => {
  const one = (partitions: number) => topic('orders', { key: text(), value: text(), partitions });
  const shared = one(3);
  const reads = (name: string, input: ReturnType<typeof one>) => processor({ name, input, handle() {} }).topology;
  const other = processor({
    name: 'd',
    input: topic('orders', { key: text(), value: jsonOf<1>() }),
    handle() {},
  }).topology;
  const found = remarks([reads('a', shared), reads('b', one(4)), reads('c', shared), other]);
  expect(found.map(({ error }) => error.message)).toEqual([
    "the topic 'orders' is defined twice, with different partition counts",
    "the topic 'orders' is defined twice, with different value codecs and partition counts",
  ]);
  expect(found[0]).toMatchObject({ level: 'error', about: { topic: 'orders' } });
});
