// Topics that the stories about processors share.

import { z } from 'zod';
import { json, nullable, text, topic } from '../../src/index.js';

const Order = z.object({ customerId: z.string(), cents: z.int() });
const Payment = z.object({ orderId: z.string(), cents: z.int() });

export const orders = topic('orders', { key: text(), value: json(Order) });
export const payments = topic('payments', { key: text(), value: json(Payment) });
export const audit = topic('order-audit', { key: text(), value: nullable(json(z.object({ at: z.number() }))) });

/** Hides a mistake from the compiler, as plain JavaScript, a spread or a cast would. */
export function unchecked(value: unknown): never {
  return value as never;
}

/** The error that a call throws, to look at all of it. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
