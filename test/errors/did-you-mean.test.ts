// "Did you mean …?"

import { expect, test } from 'vitest';
import { didYouMean, nearest } from '../../src/errors/did-you-mean.js';

const known = ['orders', 'order-audit', 'enriched-orders'];

test.for([
  ['order', 'orders'],
  ['oredrs', 'orders'],
  ['Orders', 'orders'],
  ['orders-audit', 'order-audit'],
  ['enrich-orders', 'enriched-orders'],
] as const)('%s is taken for %s', ([typed, meant]) => {
  expect(nearest(typed, known)).toBe(meant);
});

test.for(['payments', 'x', ''])("'%s' is taken for nothing", (typed) => {
  expect(nearest(typed, known)).toBeUndefined();
  expect(didYouMean(typed, known)).toBe('');
});

test('nothing is suggested where nothing is known', () => {
  expect(nearest('orders', [])).toBeUndefined();
});
