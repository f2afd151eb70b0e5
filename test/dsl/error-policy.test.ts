import { describe, expect, test } from 'vitest';
import { deadLetter, fail, retry, skip } from '../../src/index.js';
import { thrownBy, unchecked } from './topics.js';

const valid = { times: 3, backoff: '200ms', otherwise: deadLetter() } as const;

describe('a policy is frozen data', () => {
  test('fail, skip and dead letter end the treatment of a record', () => {
    expect([fail(), skip(), deadLetter(), deadLetter({ topic: 'lost' })]).toEqual([
      { policy: 'fail' },
      { policy: 'skip' },
      { policy: 'dead-letter' },
      { policy: 'dead-letter', topic: 'lost' },
    ]);
    for (const policy of [fail(), skip(), deadLetter(), retry(valid)]) expect(Object.isFrozen(policy)).toBe(true);
  });

  test('retry doubles its waits up to half a minute, unless told otherwise', () => {
    expect(retry(valid)).toEqual({
      policy: 'retry',
      times: 3,
      backoffMs: 200,
      backoffMaxMs: 30_000,
      otherwise: { policy: 'dead-letter' },
    });
    expect(retry({ ...valid, backoffMax: '1s' })).toMatchObject({ backoffMaxMs: 1000 });
    expect(retry({ ...valid, backoff: '5m' })).toMatchObject({ backoffMs: 300_000, backoffMaxMs: 300_000 });
    expect(retry({ ...valid, backoff: 0 })).toMatchObject({ backoffMs: 0 });
  });
});

describe('what a policy cannot be made of', () => {
  test.each([
    [{ ...valid, times: 0 }, "retry(): 'times' cannot be 0"],
    [{ ...valid, times: 2.5 }, "retry(): 'times' cannot be 2.5"],
    [{ ...valid, times: Number.POSITIVE_INFINITY }, "retry(): 'times' cannot be Infinity"],
    [{ ...valid, backoff: undefined }, "'undefined' is not a duration"],
    [{ ...valid, backoff: '1 second' }, "'1 second' is not a duration"],
    [{ ...valid, backoff: '25d' }, "retry(): 'backoff' cannot be '25d'"],
    [{ ...valid, backoffMax: '100ms' }, "retry(): 'backoffMax' cannot be '100ms'"],
    [{ ...valid, otherwise: undefined }, "retry(): 'otherwise' cannot be undefined"],
    [{ ...valid, otherwise: skip }, "retry(): 'otherwise' cannot be [Function: skip]"],
    [{ ...valid, backOff: 1 }, "retry() has the unknown option 'backOff'"],
    [3, 'retry() was given 3 instead of an object with options'],
  ])('retry(%o)', (options, message) => {
    expect(thrownBy(() => retry(unchecked(options)))).toMatchObject({ name: 'ProcessorError', message });
  });

  test('a retry of a retry', () => {
    expect(thrownBy(() => retry({ ...valid, otherwise: unchecked(retry(valid)) }))).toMatchObject({
      code: 'PRC_OPTION_INVALID',
      hint: 'It is fail(), skip() or deadLetter(). Only a handler is run again: the same bytes decode and encode the same way.',
    });
  });

  test.each([
    [{ topic: 'a/b' }, "'a/b' is not a valid topic name"],
    [{ topics: 'lost' }, "deadLetter() has the unknown option 'topics'"],
    ['lost', "deadLetter() was given 'lost' instead of an object with options"],
  ])('deadLetter(%o)', (options, message) => {
    expect(thrownBy(() => deadLetter(unchecked(options)))).toMatchObject({ name: 'ProcessorError', message });
  });
});
