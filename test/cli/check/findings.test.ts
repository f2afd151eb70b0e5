// How findings are read from other tools, put in order, and what the command ends with.

import { describe, expect, test } from 'vitest';
import { exitCodeFor, type Finding, inOrder } from '../../../src/cli/check/finding.js';
import { placeIn } from '../../../src/cli/check/place.js';
import { findingsIn } from '../../../src/cli/check/types.js';
import { ProcessorError } from '../../../src/errors/processor-error.js';

const cycle = (path: string, place?: Finding['place'], level: Finding['level'] = 'warning'): Finding => ({
  level,
  error: new ProcessorError('PRC_CYCLE', { path }),
  place,
});
const unreachable: Finding = {
  level: 'error',
  error: new ProcessorError('PRC_BROKER_UNREACHABLE', { brokers: 'b:1', seconds: 1, reason: 'none' }),
  place: undefined,
};

test('findings come by file, line and column, what has no place last, the same thing once', () => {
  const at = (file: string, line: number, column = 1) => cycle('x', { file, line, column });
  expect(
    inOrder([cycle('x'), at('b.ts', 1), at('a.ts', 10), at('a.ts', 9, 5), at('a.ts', 9, 4), at('b.ts', 1)]),
  ).toEqual([at('a.ts', 9, 4), at('a.ts', 9, 5), at('a.ts', 10), at('b.ts', 1), cycle('x')]);
});

describe('the exit code is', () => {
  test.for([
    ['0 without findings', [], false, 0],
    ['0 with warnings', [cycle('x')], false, 0],
    ['3 with warnings, where they count', [cycle('x')], true, 3],
    ['3 with an error', [cycle('x', undefined, 'error')], false, 3],
    ['4 if all that is wrong is that nobody answers', [unreachable, cycle('x')], false, 4],
    ['3 if something else is wrong, too', [unreachable, cycle('x', undefined, 'error')], false, 3],
  ] as const)('%s', ([, findings, isStrict, code]) => {
    expect(exitCodeFor(findings, isStrict)).toBe(code);
  });
});

test('what tsc prints is a finding for each error, with the lines that say more', () => {
  const output = `processors/a.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.
processors/b (1).ts(12,1): error TS2345: Argument of type 'A' is not assignable.
  Types of property 'x' are incompatible.
    Type 'string' is not assignable.
error TS5023: Unknown compiler option 'strictt'.
`;
  expect(findingsIn(output).map(({ place, error }) => [place, error.message])).toEqual([
    [{ file: 'processors/a.ts', line: 3, column: 7 }, "TS2322: Type 'string' is not assignable to type 'number'."],
    [
      { file: 'processors/b (1).ts', line: 12, column: 1 },
      "TS2345: Argument of type 'A' is not assignable.\n  Types of property 'x' are incompatible.\n    Type 'string' is not assignable.",
    ],
    [{ file: 'tsconfig.json', line: 1, column: 1 }, "TS5023: Unknown compiler option 'strictt'."],
  ]);
});

test('a frame of a stack names a place, with or without a function', () => {
  expect(placeIn('processors/a.ts:3:7')).toEqual({ file: 'processors/a.ts', line: 3, column: 7 });
  expect(placeIn('makeTopic (lib/topics.ts:12:10)')).toEqual({ file: 'lib/topics.ts', line: 12, column: 10 });
  expect(placeIn('native')).toBeUndefined();
});
