// As many orders as a benchmark wants, all of the demo's shape: the real ones, again and again, each with an id of its own.

import { readOrders } from '../../demo/orders.js';
import type { Order } from '../../processors/enrich-orders.js';

export function* ordersForBench(count: number): Generator<Order> {
  const real = readOrders();
  for (let index = 0; index < count; index++) yield { ...(real[index % real.length] as Order), orderId: index + 1 };
}
