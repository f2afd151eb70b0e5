import { expect, test } from 'vitest';
import { Order, split } from '../processors/split-orders.js';

const order = { sku: 'cd-17', quantity: 3, unitCents: 1290, address: '1 Main Street' };

test('an order becomes an invoice of its total and a shipment of its pieces', () => {
  expect(split(order)).toEqual({
    invoice: { totalCents: 3870 },
    shipment: { sku: 'cd-17', quantity: 3, address: '1 Main Street' },
  });
});

test.each([
  ['has no pieces', { ...order, quantity: 0 }],
  ['costs half a cent', { ...order, unitCents: 0.5 }],
  ['goes nowhere', { ...order, address: undefined }],
])('what %s is no order', (_, value) => {
  expect(Order.safeParse(value).success).toBe(false);
});
