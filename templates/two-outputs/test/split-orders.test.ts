import { testDriver } from 'processor/testing';
import { expect, test } from 'vitest';
import splitOrders, { Order, split } from '../processors/split-orders.js';

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

test('an order has both, and what is no order is a dead letter', async () => {
  // The real engine on a model of Kafka: no broker is needed.
  const driver = await testDriver(splitOrders);
  driver.topic(splitOrders.input).send('17', order);
  driver.topic(splitOrders.input).sendBytes(Buffer.from('18'), Buffer.from('{}'));
  await driver.settle();
  const { invoices, shipments } = splitOrders.outputs;
  expect(driver.topic(invoices).records()).toMatchObject([{ key: '17', value: { totalCents: 3870 } }]);
  expect(driver.topic(shipments).records()).toHaveLength(1);
  expect(driver.deadLetters()).toHaveLength(1);
});
