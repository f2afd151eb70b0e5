// Measures from outside: writes orders at a steady pace into one topic, reads what comes out of another, read_committed,
// and gives the times between. A process of its own, so that the side under test shares nothing with it.

import { type RawProducer, rawModule } from '../../src/adapters/confluent/raw-client.js';
import { called } from '../called.js';
import { childOptions, giveResult, untilEndIsWanted } from '../child.js';
import { openReader } from '../columns-reader.js';
import { ordersForBench } from '../inputs/orders.js';

export interface ProbeOptions {
  readonly brokers: string;
  readonly input: string;
  readonly output: string;
  readonly partitions: number;
  /** Records that are measured, after those of `warmUp`. */
  readonly records: number;
  readonly warmUp: number;
  readonly perSecond: number;
}

/** Milliseconds from the call of produce to the record in hand. */
export interface Latencies {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

const options = childOptions() as ProbeOptions;
void untilEndIsWanted().then(() => process.exit(1));
const { brokers, input, records, warmUp, perSecond } = options;
const orders = Array.from(ordersForBench(warmUp + records), (order) => ({
  key: Buffer.from(order.customerId),
  value: Buffer.from(JSON.stringify(order)),
}));
const sentMs = new Float64Array(orders.length + 1);
const latenciesMs = new Float64Array(records);

// The client's own default of 5 ms: without it a thousand records are a thousand requests a second, and the broker is what is
// measured.
const producer: RawProducer = new (rawModule().Producer)({
  'bootstrap.servers': brokers,
  'linger.ms': 5,
  partitioner: 'murmur2_random',
  'queue.buffering.max.messages': 200_000,
});
await called((callback) => producer.connect({ allTopics: false, timeout: 10_000 }, callback));
// A record counts in the client's queue until its report is taken.
producer.setPollInterval(100);
const reader = await openReader({ ...options, topic: options.output });
const sending = send();
await receive();
await sending;
latenciesMs.sort();
const quantile = (share: number): number => latenciesMs[Math.min(records - 1, Math.floor(share * records))] as number;
await reader.close();
producer.setPollInterval(0);
await new Promise((resolve) => producer.disconnect(0, resolve));
giveResult({ p50: quantile(0.5), p99: quantile(0.99), p999: quantile(0.999), max: quantile(1) } satisfies Latencies);
process.stdin.destroy();

async function send(): Promise<void> {
  const startMs = performance.now();
  for (let sent = 0; sent < orders.length; ) {
    const due = Math.min(orders.length, Math.ceil(((performance.now() - startMs) * perSecond) / 1000));
    for (; sent < due; sent++) {
      const order = orders[sent] as (typeof orders)[number];
      // Ids count from 1.
      sentMs[sent + 1] = performance.now();
      producer.produce(input, -1, order.value, order.key, Date.now(), undefined, undefined);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function receive(): Promise<void> {
  for (let received = 0; received < orders.length; ) {
    const batches = await reader.take();
    const nowMs = performance.now();
    for (const { length, bytes, columns } of batches) {
      received += length;
      for (let i = 0; i < length; i++) {
        const id = orderIdAt(bytes, columns.valueStart[i] as number);
        if (id > warmUp) latenciesMs[id - warmUp - 1] = nowMs - (sentMs[id] as number);
      }
    }
  }
}

/** Every side writes the id first. To parse the whole of it would take the time of the side that is measured. */
function orderIdAt(json: Uint8Array, start: number): number {
  let id = 0;
  for (let at = start + '{"orderId":'.length; json[at] !== 0x2c; at++) id = id * 10 + (json[at] as number) - 0x30;
  return id;
}
