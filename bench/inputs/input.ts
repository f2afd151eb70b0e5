// What the topics are filled with that sides read: keys are customers, values by kind. The same call gives the same records.

import type { Serde } from 'processor';
import type { ByteSlab } from '../../src/core/byte-slab.js';
import type { Order } from '../workloads/enrichment.js';
import { ordersForBench } from './orders.js';
import type { SchemaSource } from './schema-source.js';
import { avroOrder } from './schemas.js';

export type InputName = 'orders' | 'avro-orders' | 'bytes-100' | 'bytes-10k';

/** Appends the value of the next record. */
type WriteValue = (order: Order, sink: ByteSlab) => void;

export async function valueWriter(input: InputName, topic: string, schemas: SchemaSource): Promise<WriteValue> {
  switch (input) {
    case 'orders':
      return (order, sink) => appendText(JSON.stringify(order), sink);
    case 'avro-orders': {
      const serde: Serde<Order> = await avroOrder.open({ topic, part: 'value', use: 'write', ...schemas });
      return (order, sink) => serde.encode(order, sink);
    }
    case 'bytes-100':
      return bytesOf(100);
    case 'bytes-10k':
      return bytesOf(10_240);
  }
}

export { ordersForBench };

export function appendText(text: string, sink: ByteSlab): void {
  sink.reserve(3 * text.length);
  sink.position += encoder.encodeInto(text, sink.bytes.subarray(sink.position)).written;
}

const encoder = new TextEncoder();

/** Text by chance, of 64 letters: about as well compressible as such data is. Another part of it for each record. */
function bytesOf(size: number): WriteValue {
  const pool = new Uint8Array(2 ** 20);
  let state = 1;
  for (let i = 0; i < pool.length; i++) {
    // A linear congruential generator with the constants of Numerical Recipes; its high bits are the good ones.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    pool[i] = 0x30 + (state >>> 26);
  }
  return ({ orderId }, sink) => {
    const from = (orderId * 7919) % (pool.length - size);
    sink.reserve(size);
    sink.bytes.set(pool.subarray(from, from + size), sink.position);
    sink.position += size;
  };
}
