// A process that ends while the fast lane's threads are at work: one that reads, and one in a call of a transaction. For
// lane.test.ts: `node scripts/run.cjs test/support/lane-exit-child.ts <brokers> <topic> <id>`.

import { attached, lane, laneConfig, markOfLatest } from '../../src/adapters/confluent/native/lane.js';
import { type Callback, rawModule } from '../../src/adapters/confluent/raw-client.js';

const [brokers = '', topic = '', id = ''] = process.argv.slice(2);
const fast = lane();
if (fast.kind === 'slow') throw new Error(fast.reason);
const { native } = fast;
const common = { 'bootstrap.servers': brokers, ...laneConfig(fast) };

const consumer = new (rawModule().KafkaConsumer)({ ...common, 'group.id': id }, {});
const ofConsumer = markOfLatest(fast);
await called((callback) => consumer.connect({ allTopics: false, timeout: 10_000 }, callback));
consumer.assign([{ topic, partition: 0, offset: 0 }]);
const producer = new (rawModule().Producer)({ ...common, 'transactional.id': id });
const ofProducer = markOfLatest(fast);
await called((callback) => producer.connect({ allTopics: false, timeout: 10_000 }, callback));
await called((callback) => producer.initTransactions(10_000, callback));
await called((callback) => producer.beginTransaction(callback));

const reader = attached(native, ofConsumer, true);
const owner = attached(native, ofProducer, false);
void native.consume(reader, 10, 1000);
void native.sendOffsets(owner, reader, [{ topic, partition: 0, offset: 0, metadata: '' }], 1000);
// What was handed over is alive until the very end, whoever collects it.
process.on('exit', () => native.close(reader));
setImmediate(() => process.exit(7));

function called(start: (callback: Callback<unknown>) => void): Promise<unknown> {
  return new Promise((resolve, reject) => start((error, value) => (error ? reject(error) : resolve(value))));
}
