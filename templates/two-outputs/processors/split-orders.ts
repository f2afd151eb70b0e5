// Splits each order into an invoice and a shipment. One transaction holds both: whoever reads committed records never sees one
// without the other.

import { deadLetter, json, processor, text, topic } from 'processor';
import { z } from 'zod';

export const Order = z.object({
  sku: z.string(),
  quantity: z.int().positive(),
  unitCents: z.int().nonnegative(),
  address: z.string(),
});
export const Invoice = z.object({ totalCents: z.int() });
export const Shipment = z.object({ sku: z.string(), quantity: z.int(), address: z.string() });

const orders = topic('orders', { key: text(), value: json(Order), partitions: 4 });
const invoices = topic('invoices', { key: text(), value: json(Invoice), partitions: 4 });
const shipments = topic('shipments', { key: text(), value: json(Shipment), partitions: 4 });

export interface Split {
  readonly invoice: z.infer<typeof Invoice>;
  readonly shipment: z.infer<typeof Shipment>;
}

/** What an order becomes. It knows nothing of Kafka, and is tested as what it is: a function. */
export function split({ sku, quantity, unitCents, address }: z.infer<typeof Order>): Split {
  return { invoice: { totalCents: quantity * unitCents }, shipment: { sku, quantity, address } };
}

export default processor({
  name: 'split-orders',
  input: orders,
  outputs: { invoices, shipments },
  // What is no order, or cannot be split, goes to the topic split-orders.dlq; the others go on.
  onError: { decode: deadLetter(), handle: deadLetter() },
  handle(order, { out }) {
    const { invoice, shipment } = split(order.value);
    out.invoices(order.key, invoice);
    out.shipments(order.key, shipment);
  },
});
