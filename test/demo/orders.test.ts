// The orders that everything is proved with: their sums are known from the literature, so a slip in the parser shows.

import { describe, expect, test } from 'vitest';
import { known, parseOrders, readOrders, timestampOf } from '../../demo/orders.js';

describe('the real orders', () => {
  const orders = readOrders();

  test('are all there, with the sums that are known of them', () => {
    expect({
      orders: orders.length,
      customers: new Set(orders.map(({ customerId }) => customerId)).size,
      quantity: orders.reduce((sum, { quantity }) => sum + quantity, 0),
      cents: orders.reduce((sum, { cents }) => sum + cents, 0),
    }).toEqual(known);
  });

  test('are identified by their row, and come in the order of their dates', () => {
    expect(orders[0]).toEqual({ orderId: 1, customerId: '00001', date: '1997-01-01', quantity: 1, cents: 1177 });
    expect(orders.at(-1)?.orderId).toBe(69_659);
    expect(orders.every(({ date }, row) => row === 0 || date >= (orders[row - 1]?.date ?? ''))).toBe(true);
  });

  test('are stamped with midnight of their date, UTC', () => {
    expect(new Date(timestampOf({ date: '1997-01-01' })).toISOString()).toBe('1997-01-01T00:00:00.000Z');
  });
});

describe('parsing', () => {
  const heading = 'customer_id,order_date,quantity,amount_usd';

  test('takes cents from the digits, without rounding', () => {
    const amounts = ['11.77', '0.29', '1286.01', '0.00', '1.10'];
    const orders = parseOrders([heading, ...amounts.map((amount) => `00001,1997-01-01,1,${amount}`)].join('\n'));
    expect(orders.map(({ cents }) => cents)).toEqual([1177, 29, 128_601, 0, 110]);
  });

  test.each([
    '00001,1997-01-01,1,11.7',
    '00001,1997-13-01,1,11.77',
    '00001,1997-01-01,,11.77',
    ',1997-01-01,1,11.77',
    '00001,1997-01-01,1,11.77,extra',
  ])('names a row that is no order: %s', (row) => {
    expect(() => parseOrders(`${heading}\n${row}\n`)).toThrow(`row 1 is no order: ${row}`);
  });

  test('refuses a file with other columns', () => {
    expect(() => parseOrders('id,amount\n1,2\n')).toThrow('these are not the columns: id,amount');
  });
});
