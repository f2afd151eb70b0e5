// What the sides in JavaScript do with an order.

import type { Order } from '../../processors/enrich-orders.js';

export type { Order };
export type Enriched = Order & { readonly unitCents: number };

export function enrich(order: Order): Enriched {
  return {
    orderId: order.orderId,
    customerId: order.customerId,
    date: order.date,
    quantity: order.quantity,
    cents: order.cents,
    unitCents: order.cents / order.quantity,
  };
}

/** Whether the id of an order, which is the first number of its JSON, ends in 00; the order itself is not looked at. */
export function isHundredth(json: Uint8Array, start: number): boolean {
  const comma = json.indexOf(commaByte, start);
  return json[comma - 1] === zeroByte && json[comma - 2] === zeroByte;
}

const commaByte = 0x2c;
const zeroByte = 0x30;
