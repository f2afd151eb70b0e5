// What the benchmark's command line picks from a suite.

import { expect, test } from 'vitest';
import { benchOptions } from '../../bench/options.js';

test('it runs all of a suite, or the cells, sides and paces that are named', () => {
  expect(benchOptions([])).toMatchObject({ records: 5_000_000, rounds: 3, command: 'npm run bench' });
  const some = benchOptions([
    '--cells',
    'bytes',
    '--sides',
    'engine-fast,franz-go',
    '--rates',
    '1000',
    '--rounds',
    '1',
  ]);
  expect(some.cells.map(({ name }) => name)).toEqual(['bytes']);
  expect(some.cells[0]?.contestants.map(({ side }) => side)).toEqual(['engine-fast', 'franz-go']);
  expect(some.paces).toEqual([{ perSecond: 1000, sides: ['engine-fast'] }]);
  expect(some.rounds).toBe(1);
});

test('what is misspelt is refused, not left out', () => {
  expect(() => benchOptions(['--cells', 'json,byte'])).toThrow('there is no cell byte, only json, avro');
  expect(() => benchOptions(['--sides', 'engine'])).toThrow('there is no side engine, only engine-fast');
  expect(() => benchOptions(['--rates', '999'])).toThrow('there is no rate 999, only 100, 1000, 20000');
  expect(() => benchOptions(['--records', 'many'])).toThrow('--records many is no number of anything');
});
