import { describe, expect, test } from 'vitest';
import { isProcessor } from '../../src/dsl/processor.js';
import { batchProcessor, deadLetter, fail, processor, retry, skip, text, topic } from '../../src/index.js';
import { audit, orders, payments, thrownBy, unchecked } from './topics.js';

const handle = () => {};

describe('a processor', () => {
  test('is frozen data all through, with the safest defaults', () => {
    const enrich = processor({ name: 'enrich-orders', input: orders, outputs: { audit }, handle });
    expect(enrich).toEqual({
      kind: 'processor',
      name: 'enrich-orders',
      input: orders,
      outputs: { audit },
      topology: {
        name: 'enrich-orders',
        guarantee: 'exactly-once',
        start: 'earliest',
        onError: { decode: fail(), handle: fail(), encode: fail() },
        handlerTimeoutMs: 10_000,
        subtopologies: [{ name: 'orders', source: { topic: orders, handler: { per: 'record', handle } } }],
        sinks: [{ name: 'audit', topic: audit }],
      },
    });
    expect(thawed(enrich)).toEqual([]);
  });

  test('carries every choice into its topology', () => {
    const again = retry({ times: 1, backoff: '1s', otherwise: skip() });
    const { topology } = processor({
      name: 'settle',
      input: orders,
      guarantee: 'at-least-once',
      start: 'refuse',
      handlerTimeout: '1m',
      onError: { decode: deadLetter({ topic: 'lost' }), handle: again, encode: skip() },
      handle,
    });
    expect(topology).toMatchObject({
      guarantee: 'at-least-once',
      start: 'refuse',
      handlerTimeoutMs: 60_000,
      onError: { decode: { policy: 'dead-letter', topic: 'lost' }, handle: again, encode: { policy: 'skip' } },
      sinks: [],
    });
  });

  test('makes each of several inputs a subtopology of its own, named by its topic (E1)', () => {
    const onOrder = () => {};
    const onPayment = async () => {};
    const { topology } = processor({
      name: 'settle',
      input: { placed: orders, paid: payments },
      handle: { placed: onOrder, paid: onPayment },
    });
    expect(topology.subtopologies).toEqual([
      { name: 'orders', source: { topic: orders, handler: { per: 'record', handle: onOrder } } },
      { name: 'payments', source: { topic: payments, handler: { per: 'record', handle: onPayment } } },
    ]);
  });

  test('may read one topic by name', () => {
    const { topology } = processor({ name: 'p', input: { orders }, handle: { orders: handle } });
    expect(topology.subtopologies.map(({ name }) => name)).toEqual(['orders']);
  });

  test('handles whole batches if it is declared so, of one input or of several', () => {
    const one = batchProcessor({ name: 'p', input: orders, handle });
    const several = batchProcessor({
      name: 'p',
      input: { orders, payments },
      handle: { orders: handle, payments: handle },
    });
    expect(one.topology.subtopologies.map(({ source }) => source.handler)).toEqual([{ per: 'batch', handle }]);
    expect(several.topology.subtopologies.map(({ source }) => source.handler.per)).toEqual(['batch', 'batch']);
  });

  test('writes the topic that it reads only where it is meant: it would go on for ever', () => {
    const looped = { name: 'p', input: { payments, orders }, outputs: { audit, later: orders } };
    const handlers = { orders: handle, payments: handle };
    expect(thrownBy(() => processor({ ...looped, handle: handlers }))).toMatchObject({
      code: 'PRC_OUTPUT_LOOP',
      message: "processor 'p' has the output 'later' for the topic 'orders', which it reads",
      hint: expect.stringContaining('feedsItself: true'),
    });
    const { topology } = processor({ ...looped, feedsItself: true, handle: handlers });
    expect(topology.sinks).toContainEqual({ name: 'later', topic: orders });
  });

  test('does not change with the objects that it was made from', () => {
    const input = { orders };
    const outputs = { audit };
    const made = processor({ name: 'p', input, outputs, handle: { orders: handle } });
    Object.assign(input, { more: payments });
    Object.assign(outputs, { more: payments });
    expect([Object.keys(made.input), Object.keys(made.outputs)]).toEqual([['orders'], ['audit']]);
    expect(thawed(made)).toEqual([]);
  });

  test('is told apart from everything else', () => {
    expect(isProcessor(processor({ name: 'p', input: orders, handle }))).toBe(true);
    for (const other of [undefined, null, orders, handle, { kind: 'processor' }])
      expect(isProcessor(other)).toBe(false);
  });
});

describe('a mistake in a processor is refused before anything starts', () => {
  const valid = { name: 'p', input: orders, outputs: { audit }, handle };
  const refusal = (spec: unknown) => thrownBy(() => processor(unchecked(spec)));

  test.each([[''], ['a/b'], ['..'], ['my processor'], ['x'.repeat(250)]])('the name %j', (name) => {
    expect(refusal({ ...valid, name })).toMatchObject({
      code: 'PRC_NAME_INVALID',
      message: `'${name}' is not a valid processor name`,
    });
  });

  test('no name at all', () => {
    expect(refusal({ input: orders, handle })).toMatchObject({ code: 'PRC_NAME_INVALID' });
    expect(refusal(undefined)).toMatchObject({ code: 'PRC_OPTIONS_MISSING' });
  });

  test('an option that does not exist', () => {
    expect(refusal({ ...valid, guarantees: 'exactly-once' })).toMatchObject({
      code: 'PRC_OPTION_UNKNOWN',
      message: "processor 'p' has the unknown option 'guarantees'",
      hint: "Did you mean 'guarantee'? It takes: name, input, outputs, feedsItself, guarantee, start, onError, handlerTimeout, handle.",
    });
    expect(refusal({ ...valid, ouptuts: {} })).toMatchObject({
      hint: expect.stringMatching(/^Did you mean 'outputs'\?/) as string,
    });
    expect(refusal({ ...valid, zookeeper: '' })).toMatchObject({
      hint: expect.stringMatching(/^It takes: name/) as string,
    });
    expect(refusal({ ...valid, onError: { decodes: skip() } })).toMatchObject({
      message: "onError of processor 'p' has the unknown option 'decodes'",
      hint: "Did you mean 'decode'? It takes: decode, handle, encode.",
    });
  });

  test('a value that an option does not take', () => {
    expect(refusal({ ...valid, guarantee: 'exactly_once' })).toMatchObject({
      code: 'PRC_OPTION_INVALID',
      message: "processor 'p': 'guarantee' cannot be 'exactly_once'",
      hint: "Did you mean 'exactly-once'? It is one of 'exactly-once', 'at-least-once', 'at-most-once'.",
    });
    expect(refusal({ ...valid, start: 0 })).toMatchObject({ hint: "It is one of 'earliest', 'latest', 'refuse'." });
  });

  test.each([
    ['0s', 'PRC_OPTION_INVALID'],
    ['25d', 'PRC_OPTION_INVALID'],
    ['ten seconds', 'PRC_DURATION_INVALID'],
    [null, 'PRC_DURATION_INVALID'],
  ])('a handler timeout of %j', (handlerTimeout, code) => {
    expect(refusal({ ...valid, handlerTimeout })).toMatchObject({ code });
  });

  test('a policy that does not go with what failed', () => {
    const again = retry({ times: 1, backoff: 1, otherwise: skip() });
    expect(refusal({ ...valid, onError: { decode: again } })).toMatchObject({
      code: 'PRC_OPTION_INVALID',
      hint: expect.stringContaining('Only a handler is run again') as string,
    });
    expect(refusal({ ...valid, onError: { handle: 'skip' } })).toMatchObject({
      message: "onError of processor 'p': 'handle' cannot be 'skip'",
    });
    expect(refusal({ ...valid, onError: null })).toMatchObject({ code: 'PRC_OPTIONS_MISSING' });
  });

  test.each([
    ['nothing', undefined],
    ['a name', 'orders'],
    ['a codec', text()],
    ['a list', [orders]],
    ['no topic', {}],
    ['names', { orders: 'orders' }],
  ])('an input that is %s', (_, input) => {
    expect(refusal({ ...valid, input })).toMatchObject({ code: 'PRC_OPTION_INVALID' });
  });

  test('an output that is no topic', () => {
    expect(refusal({ ...valid, outputs: { audit: 'order-audit' } })).toMatchObject({
      code: 'PRC_OPTION_INVALID',
      message: "processor 'p': 'outputs.audit' cannot be 'order-audit'",
    });
    expect(refusal({ ...valid, outputs: audit })).toMatchObject({ code: 'PRC_OPTION_INVALID' });
  });

  test('an output that no handler could call', () => {
    for (const name of ['order-audit', '1st', '', 'a b', '__proto__']) {
      expect(refusal({ ...valid, outputs: Object.fromEntries([[name, audit]]) })).toMatchObject({
        code: 'PRC_OUTPUT_NAME_INVALID',
        message: `processor 'p' has an output '${name}', which handlers cannot call as out.${name}(…)`,
      });
    }
    expect(processor({ ...valid, outputs: { $größe_1: audit } }).topology.sinks).toHaveLength(1);
  });

  test('two inputs of one topic', () => {
    expect(
      refusal({ ...valid, input: { orders, again: orders }, handle: { orders: handle, again: handle } }),
    ).toMatchObject({
      code: 'PRC_INPUT_TWICE',
      message: "processor 'p' reads the topic 'orders' twice, as 'orders' and as 'again'",
    });
  });

  test('two outputs for one topic', () => {
    expect(refusal({ ...valid, outputs: { audit, enriched: audit } })).toMatchObject({
      code: 'PRC_OUTPUT_TWICE',
      message: "processor 'p' has two outputs for the topic 'order-audit', 'audit' and 'enriched'",
    });
  });

  test('a missing handler', () => {
    expect(refusal({ ...valid, handle: undefined })).toMatchObject({
      code: 'PRC_HANDLER_MISSING',
      message: "processor 'p' has no handler for the records of the topic 'orders'",
      hint: 'Add a function (record, context) as handle.',
    });
    expect(refusal({ ...valid, input: { orders, payments }, handle: { orders: handle } })).toMatchObject({
      code: 'PRC_HANDLER_MISSING',
      hint: 'Add a function (record, context) as handle.payments.',
    });
    // What every object inherits is no handler.
    expect(refusal({ ...valid, input: { toString: orders }, handle: {} })).toMatchObject({
      code: 'PRC_HANDLER_MISSING',
    });
  });

  test('a handler without an input', () => {
    expect(
      refusal({ ...valid, input: { orders, payments }, handle: { orders: handle, payment: handle } }),
    ).toMatchObject({
      code: 'PRC_HANDLER_WITHOUT_INPUT',
      message: "processor 'p' has a handler 'payment' without an input of that name",
      hint: "Did you mean 'payments'? Name the handlers as the inputs, or add the topic to input.",
    });
  });

  test('a handler that is none', () => {
    for (const wrong of ['handle', { orders: handle }, function* () {}, async function* () {}])
      expect(refusal({ ...valid, handle: wrong })).toMatchObject({ code: 'PRC_OPTION_INVALID' });
    expect(refusal({ ...valid, input: { orders, payments } })).toMatchObject({
      hint: 'With several inputs it has a handler for each: { orders(record, context) { … } }.',
    });
  });

  test('dead letters into a topic that the processor reads', () => {
    const own = topic('p.dlq', { key: text(), value: text() });
    for (const onError of [
      { encode: deadLetter() },
      { handle: retry({ times: 1, backoff: 1, otherwise: deadLetter() }) },
    ])
      expect(refusal({ ...valid, input: own, onError })).toMatchObject({
        code: 'PRC_DEAD_LETTER_LOOP',
        message: "processor 'p' would send dead letters to the topic 'p.dlq', which it reads",
      });
    expect(refusal({ ...valid, onError: { decode: deadLetter({ topic: 'orders' }) } })).toMatchObject({
      code: 'PRC_DEAD_LETTER_LOOP',
    });
    expect(processor({ ...valid, input: own, onError: { decode: skip() } }).name).toBe('p');
  });

  test('a name that leaves no room for its dead letters', () => {
    const name = 'x'.repeat(246);
    expect(processor({ ...valid, name }).name).toBe(name);
    expect(refusal({ ...valid, name, onError: { decode: deadLetter() } })).toMatchObject({ code: 'PRC_NAME_INVALID' });
  });
});

/** The paths of everything in a value that can still be changed; what functions close over is their own. */
function thawed(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const inside = Object.entries(value).flatMap(([name, part]) => thawed(part, `${path}.${name}`));
  return Object.isFrozen(value) ? inside : [path, ...inside];
}
