// Reads an online shop's orders and writes each of them twice, in one transaction: enriched, for whoever computes with them
// (Avro), and as a line of an audit trail (JSON). `npm run demo` runs this very module on 69,659 real orders.
//
//   npx processor run enrich-orders -b localhost:9092 --register-schemas

import { avro, deadLetter, json, processor, retry, text, topic } from 'processor';
import { z } from 'zod';

/** One purchase. Money is whole cents: no sum of them is ever rounded. */
export type Order = z.infer<typeof Order>;
const Order = z.object({
  orderId: z.int().positive(),
  customerId: z.string(),
  date: z.iso.date(),
  quantity: z.int().positive(),
  cents: z.int().nonnegative(),
});

const OrderAudit = z.object({ orderId: z.int(), at: z.int(), source: z.string() });

// The oldest order is of 1997: with Kafka's default retention its record would be deleted as soon as the broker looks.
const keptForever = { partitions: 4, config: { 'retention.ms': '-1' } };

export const orders = topic('orders', { key: text(), value: json(Order), ...keptForever });

export const enriched = topic('enriched-orders', {
  key: text(),
  value: avro({
    type: 'record',
    name: 'EnrichedOrder',
    fields: [
      { name: 'orderId', type: 'int' },
      { name: 'customerId', type: 'string' },
      { name: 'date', type: { type: 'int', logicalType: 'date' } },
      { name: 'quantity', type: 'int' },
      { name: 'cents', type: 'long' },
      { name: 'unitCents', type: 'double' },
    ],
  }),
  ...keptForever,
});

export const audit = topic('order-audit', { key: text(), value: json(OrderAudit), ...keptForever });

export default processor({
  name: 'enrich-orders',
  input: orders,
  outputs: { enriched, audit },
  onError: {
    decode: deadLetter(),
    handle: retry({ times: 3, backoff: '200ms', otherwise: deadLetter() }),
  },
  handle(order, { out }) {
    const { orderId, cents, quantity } = order.value;
    out.enriched(order.key, { ...order.value, unitCents: cents / quantity });
    out.audit(order.key, { orderId, at: order.timestamp, source: `${order.topic}/${order.partition}@${order.offset}` });
  },
});
