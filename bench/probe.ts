// Measures from outside: writes orders at a steady pace into one topic, reads what comes out of another, read_committed,
// and gives the times between. A process of its own, so that the side under test shares nothing with it.

import { type RawConsumer, type RawMessage, rawModule } from '../src/adapters/confluent/raw-client.js';
import { called } from './called.js';
import { childOptions, giveResult } from './child.js';
import { ordersForBench } from './orders.js';

export interface ProbeOptions {
  readonly brokers: string;
  readonly input: string;
  readonly output: string;
  /** Records that are measured, after those of `warmUp`. */
  readonly records: number;
  readonly warmUp: number;
  readonly perSecond: number;
}

export interface ProbeResult {
  /** Milliseconds from the call of produce to the record in hand. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

const { brokers, input, output, records, warmUp, perSecond } = childOptions() as ProbeOptions;
const { KafkaConsumer, Producer } = rawModule();
const orders = ordersForBench(warmUp + records).map((order) => ({
  ...order,
  bytes: Buffer.from(JSON.stringify(order)),
}));
const sentMs = new Float64Array(orders.length + 1);
const latenciesMs = new Float64Array(records);

// The client's own default of 5 ms: without it a thousand records are a thousand requests a second, and the broker is what is
// measured.
const producer = new Producer({ 'bootstrap.servers': brokers, 'linger.ms': 5, partitioner: 'murmur2_random' });
await called((callback) => producer.connect({ allTopics: false, timeout: 10_000 }, callback));
const consumer = new KafkaConsumer(
  {
    'bootstrap.servers': brokers,
    'group.id': `probe-${output}`,
    'enable.auto.commit': false,
    'isolation.level': 'read_committed',
  },
  { 'auto.offset.reset': 'earliest' },
);
await called((callback) => consumer.connect({ allTopics: false, timeout: 10_000 }, callback));
consumer.subscribe([output]);

const sending = send();
await receive();
await sending;
latenciesMs.sort();
const at = (share: number): number => latenciesMs[Math.min(records - 1, Math.floor(share * records))] as number;
await new Promise((resolve) => consumer.disconnect(resolve));
await new Promise((resolve) => producer.disconnect(0, resolve));
giveResult({ p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) } satisfies ProbeResult);

async function send(): Promise<void> {
  const startMs = performance.now();
  for (let sent = 0; sent < orders.length; ) {
    const due = Math.min(orders.length, Math.ceil(((performance.now() - startMs) * perSecond) / 1000));
    for (; sent < due; sent++) {
      const order = orders[sent];
      if (order === undefined) break;
      sentMs[order.orderId] = performance.now();
      producer.produce(input, -1, order.bytes, Buffer.from(order.customerId), Date.now(), undefined, undefined);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function receive(): Promise<void> {
  for (let received = 0; received < orders.length; ) {
    let messages = await consume(consumer, 1000, 0);
    if (messages.length === 0) messages = await consume(consumer, 1, 100);
    const nowMs = performance.now();
    for (const { value } of messages) {
      const { orderId } = JSON.parse((value as Buffer).toString()) as { readonly orderId: number };
      received++;
      if (orderId > warmUp) latenciesMs[orderId - warmUp - 1] = nowMs - (sentMs[orderId] as number);
    }
  }
}

function consume(from: RawConsumer, count: number, timeoutMs: number): Promise<readonly RawMessage[]> {
  from.setDefaultConsumeTimeout(timeoutMs);
  return called((callback) => from.consume(count, callback));
}
