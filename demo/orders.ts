// The real orders that demo, benchmarks and tests run on: CDNOW's purchases of 1997 and 1998 (data/README.md). A row has no
// id and some rows are equal, so an order is identified by the number of its row.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Order } from '../processors/enrich-orders.js';
import { repositoryRoot } from './repository.js';

/** What is known about the data from its literature, and what every proof has to arrive at. */
export const known = { orders: 69_659, customers: 23_570, quantity: 167_881, cents: 250_031_563 } as const;

/** All orders, in the order of their dates. */
export function readOrders(): Order[] {
  return parseOrders(readFileSync(join(repositoryRoot, 'data/cdnow-orders.csv'), 'utf8'));
}

/** Parses `customer_id,order_date,quantity,amount_usd` with a heading line. Throws an Error that names the first bad row. */
export function parseOrders(csv: string): Order[] {
  const [heading, ...rows] = csv.trimEnd().split(/\r?\n/);
  if (heading !== 'customer_id,order_date,quantity,amount_usd')
    throw new Error(`these are not the columns: ${heading}`);
  return rows.map((row, index) => {
    const [, customerId, date, quantity, dollars, cents] = rowPattern.exec(row) ?? [];
    if (!customerId || !date || Number.isNaN(Date.parse(date))) throw new Error(`row ${index + 1} is no order: ${row}`);
    // From the digits, not from a number of dollars: 11.77 is 1176.9999999999998 cents in binary.
    return { orderId: index + 1, customerId, date, quantity: Number(quantity), cents: Number(`${dollars}${cents}`) };
  });
}

/** The record's timestamp: midnight of the order's date, UTC. */
export function timestampOf({ date }: Pick<Order, 'date'>): number {
  return Date.parse(`${date}T00:00:00Z`);
}

const rowPattern = /^(\d+),(\d{4}-\d\d-\d\d),(\d+),(\d+)\.(\d\d)$/;
