// Writes a run's input at a steady rate, in a process of its own, and tells which records are acknowledged and where they stand.
// It is never killed: what it leaves behind is what the checker starts from.

import { setTimeout as wait } from 'node:timers/promises';
import { call } from '../src/adapters/confluent/kafka-error.js';
import { type RawProducer, rawModule } from '../src/adapters/confluent/raw-client.js';
import { seededRandom } from '../src/memory/seeded-random.js';
import type { Task } from './harness/process.js';
import { HistoryFile } from './history.js';
import { inputValue } from './record-text.js';
import { firstStep, keyText, partitionCount } from './steps.js';

export interface WriterPlan extends Task {
  readonly brokers: string;
  readonly records: number;
  readonly perSecond: number;
  readonly keys: number;
  /** Where its keys begin, so that another writer's records are told from its own. Default 0. */
  readonly firstKey?: number;
  readonly seed: number;
}

interface Sent {
  readonly key: number;
  readonly seq: number;
  readonly payload: number;
}

interface Report {
  readonly partition: number;
  readonly offset: number;
  readonly opaque: Sent;
}

/** Which share of the input no codec takes for a text. */
const noTextShare = 1 / 400;
const sendMax = 2000;
const inFlightMax = 50_000;

const plan = JSON.parse(process.argv[2] ?? '{}') as WriterPlan;
const history = new HistoryFile(plan.history);
const producer = new (rawModule().Producer)({
  'bootstrap.servers': plan.brokers,
  'enable.idempotence': true,
  'linger.ms': 5,
  // A broker that is away is waited for; an unknown outcome would end the run.
  'message.timeout.ms': 300_000,
  dr_cb: true,
}) as RawProducer & { on(event: 'delivery-report', listener: (error: Error | null, report: Report) => void): void };
let acknowledged = 0;
const reports = Array.from({ length: partitionCount }, (): Report[] => []);
producer.on('event.error', () => {});
producer.on('delivery-report', (error, report) => {
  if (error) throw error;
  acknowledged++;
  reports[report.partition]?.push(report);
});
await call<unknown>('connect', (callback) => producer.connect({ allTopics: false, timeout: 30_000 }, callback));
producer.setPollInterval(10);
await write();
producer.setPollInterval(0);
await new Promise<void>((resolve) => producer.disconnect(10_000, () => resolve()));
history.close();

async function write(): Promise<void> {
  const random = seededRandom(plan.seed);
  const { firstKey = 0 } = plan;
  const seqs = new Int32Array(firstKey + plan.keys);
  const startMs = performance.now();
  for (let sent = 0; acknowledged < plan.records; ) {
    const due = Math.min(
      plan.records,
      Math.ceil(((performance.now() - startMs) / 1000) * plan.perSecond),
      sent + sendMax,
    );
    for (; sent < due && sent - acknowledged < inFlightMax; sent++)
      send(firstKey + Math.floor(random.next() * plan.keys), random, seqs);
    tell();
    await wait(10);
  }
  tell();
}

function send(key: number, random: { next(): number }, seqs: Int32Array): void {
  const seq = seqs[key] as number;
  seqs[key] = seq + 1;
  const payload = random.next() < noTextShare ? -1 : Math.floor(random.next() * 0x7fffffff);
  const partition = firstStep.partitionOf(key);
  const opaque: Sent = { key, seq, payload };
  producer.produce(
    firstStep.input,
    partition,
    inputValue(seq, payload),
    Buffer.from(keyText(key)),
    Date.now(),
    opaque,
    undefined,
  );
}

function tell(): void {
  reports.forEach((told, partition) => {
    const some = told.splice(0);
    if (some.length === 0) return;
    history.append({
      event: 'written',
      topic: firstStep.input,
      partition,
      offsets: some.map(({ offset }) => offset),
      keys: some.map(({ opaque }) => opaque.key),
      seqs: some.map(({ opaque }) => opaque.seq),
      payloads: some.map(({ opaque }) => opaque.payload),
    });
  });
}
