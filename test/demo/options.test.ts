// What `npm run demo` takes, and what it says to anything else.

import { expect, test } from 'vitest';
import { optionsOf, usage } from '../../demo/options.js';

test('it runs quietly, or while it is being killed, with choices that can be repeated', () => {
  expect(optionsOf([])).toEqual({ isCrash: false, inMemory: false });
  expect(optionsOf(['--crash'])).toEqual({ isCrash: true, inMemory: false });
  expect(optionsOf(['--crash', '--seed', '7'])).toEqual({ isCrash: true, inMemory: false, seed: 7 });
  expect(optionsOf(['--memory'])).toEqual({ isCrash: false, inMemory: true });
});

test.for([['--help'], ['-h']])('%s asks for the usage, which names every option', (args) => {
  expect(optionsOf(args)).toBe('');
  for (const option of ['--crash', '--seed', '--memory']) expect(usage).toContain(option);
});

test.for([
  [['--crush'], "Unknown option '--crush'"],
  [['now'], "Unexpected argument 'now'"],
  [['--crash', '--seed', 'x'], "--seed takes a whole number, not 'x'"],
  [['--seed', '7'], '--seed belongs to --crash'],
] as const)('%j is refused in a sentence', ([args, says]) => {
  expect(optionsOf(args)).toContain(says);
});
