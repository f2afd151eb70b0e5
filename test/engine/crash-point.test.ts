// What CRASH_AT and STOP_AT may say. What happens then is tried on real processes: test/kafka/chaos/crash-points.test.ts and
// zombies.test.ts beside it.

import { expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/system-clock.js';
import { crashAt, crashPointNames, parseCrashPoint } from '../../src/engine/crash-point.js';

test('a point alone is its first time, with a number its nth', () => {
  expect(parseCrashPoint('offsets-sent')).toEqual({ name: 'offsets-sent', nth: 1 });
  expect(parseCrashPoint('offsets-sent:3')).toEqual({ name: 'offsets-sent', nth: 3 });
});

test('no two moments have one name', () => {
  expect(new Set(crashPointNames).size).toBe(crashPointNames.length);
  for (const name of crashPointNames) expect(parseCrashPoint(name).name).toBe(name);
});

test.for(['offset-sent', 'offsets-sent:', 'offsets-sent:0', 'offsets-sent:-1', 'offsets-sent:x', ':1', 'begun begun'])(
  '%s is none: the error names those that there are',
  (text) => {
    for (const variable of ['CRASH_AT', 'STOP_AT'])
      expect(() => crashAt({ [variable]: text }, systemClock)).toThrow(
        expect.objectContaining({
          code: 'PRC_CRASH_POINT_UNKNOWN',
          message: `the variable ${variable} is '${text}', which is no crash point`,
          hint: expect.stringContaining('offsets-sent, commit-sent'),
        }),
      );
  },
);

test('where nothing is said there is nothing to ask', () => {
  expect(crashAt({}, systemClock)).toBeUndefined();
  expect(crashAt({ CRASH_AT: '', STOP_AT: undefined }, systemClock)).toBeUndefined();
  expect(crashAt({ STOP_AT: 'begun' }, systemClock)).toBeDefined();
});
