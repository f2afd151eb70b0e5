// E15: what the promise stands on cannot be configured away, and the rest can be configured.

import { expect, test } from 'vitest';
import { call } from '../../../src/adapters/confluent/kafka-error.js';
import { rawModule } from '../../../src/adapters/confluent/raw-client.js';
import {
  adminConfig,
  checkSettings,
  consumerConfig,
  heartbeatMs,
  producerConfig,
} from '../../../src/adapters/confluent/settings.js';

const refused = [
  // Offsets are committed with the outputs, or not at all.
  'enable.auto.commit',
  'enable.auto.offset.store',
  'offset_commit_cb',
  // Positions move only by the engine's hand.
  'auto.offset.reset',
  'enable.partition.eof',
  // Only what is committed is read, and it is written once, in order, to all replicas.
  'isolation.level',
  'transactional.id',
  'transaction.timeout.ms',
  'enable.idempotence',
  'enable.gapless.guarantee',
  'acks',
  'request.required.acks',
  'retries',
  'message.send.max.retries',
  'max.in.flight',
  'max.in.flight.requests.per.connection',
  'message.timeout.ms',
  'delivery.timeout.ms',
  'partitioner',
  // Who the instances of a processor are, and how they share the partitions.
  'group.id',
  'client.id',
  'max.poll.interval.ms',
  'rebalance_cb',
  // What the client says is the engine's to hear.
  'log_level',
  'log.connection.close',
  'log.queue',
  'log.thread.name',
  'debug',
  'event_cb',
  'log_cb',
  'dr_cb',
  'dr_msg_cb',
  'delivery.report.only.error',
  // Nobody stands between engine and broker, and the broker is a real one, named in one place.
  'plugin.library.paths',
  'test.mock.num.brokers',
  'bootstrap.servers',
  'metadata.broker.list',
  'js.consumer.max.batch.size',
];

test.each(refused)('E15: %s is refused by its name', (name) => {
  expect(() => checkSettings({ 'linger.ms': 1, [name]: 1 })).toThrow(
    expect.objectContaining({ code: 'PRC_SETTING_REFUSED', message: expect.stringContaining(`'${name}'`) }),
  );
});

test('E15: everything else is taken', () => {
  expect(() =>
    checkSettings({
      'linger.ms': 20,
      'compression.type': 'zstd',
      'fetch.wait.max.ms': 50,
      'security.protocol': 'sasl_ssl',
      'sasl.username': 'orders',
      'client.rack': 'a',
      'group.protocol': 'consumer',
      constructor: 1,
    }),
  ).not.toThrow();
});

/** By the client's own answer, when it connects: it opens nothing before it has looked at them. */
async function refusedByClient(property: string, value: string): Promise<boolean> {
  const { KafkaConsumer } = rawModule();
  const consumer = new KafkaConsumer(
    {
      'bootstrap.servers': '127.0.0.1:1',
      'group.id': 'g',
      log_level: 0,
      'group.protocol': 'consumer',
      [property]: value,
    },
    {},
  );
  consumer.on('event.error', () => {});
  const answer = await call('connect', (callback) =>
    consumer.connect({ allTopics: false, timeout: 100 }, callback),
  ).catch((error: Error) => error.message);
  await new Promise<void>((resolve) => consumer.disconnect(() => resolve()));
  return String(answer).includes('is not supported');
}

const byTheBrokers = {
  'session.timeout.ms': '6000',
  'heartbeat.interval.ms': '500',
  'partition.assignment.strategy': 'range',
  'group.protocol.type': 'consumer',
};

test.each(['consumer', 'CONSUMER'])(
  'E15: what group.protocol=%s leaves to the brokers is refused before it ends a processor',
  (protocol) => {
    for (const [name, value] of Object.entries(byTheBrokers))
      expect(() => checkSettings({ 'group.protocol': protocol, [name]: value })).toThrow(
        expect.objectContaining({
          code: 'PRC_SETTING_INVALID',
          message: expect.stringContaining(`${name} does not go with`),
        }),
      );
    expect(consumerConfig({ 'group.protocol': protocol }, 'group', 'id')).not.toHaveProperty('session.timeout.ms');
    expect(() => checkSettings({ 'group.protocol': 'classic', 'session.timeout.ms': 6000 })).not.toThrow();
  },
);

test('E15: it is what the client itself refuses, and nothing else of a group is', async () => {
  for (const [name, value] of Object.entries(byTheBrokers)) expect(await refusedByClient(name, value), name).toBe(true);
  for (const [name, value] of [
    ['group.instance.id', 'a'],
    ['group.remote.assignor', 'uniform'],
    ['coordinator.query.interval.ms', '600000'],
  ] as const)
    expect(await refusedByClient(name, value), name).toBe(false);
});

test.each(['cooperative-sticky', 'range'])('E15: partitions may be shared by %s', (strategy) => {
  const settings = { 'partition.assignment.strategy': strategy };
  expect(() => checkSettings(settings)).not.toThrow();
  expect(consumerConfig(settings, 'group', 'id')).toMatchObject({ 'partition.assignment.strategy': strategy });
  expect(producerConfig(settings, 'id')).not.toHaveProperty('partition.assignment.strategy');
  const { KafkaConsumer } = rawModule();
  expect(() => new KafkaConsumer(consumerConfig(settings, 'group', 'id'), {})).not.toThrow();
});

test.each(['roundrobin', 'range,roundrobin', 'cooperative-sticky,range', '', 1])(
  'E15: they are not shared by %j, which nobody has tried',
  (strategy) => {
    expect(() => checkSettings({ 'partition.assignment.strategy': strategy })).toThrow(
      expect.objectContaining({
        code: 'PRC_SETTING_REFUSED',
        message: expect.stringContaining('cooperative-sticky or range'),
      }),
    );
  },
);

test('E15: our own settings are ones that the client has, for each kind of client', () => {
  const { KafkaConsumer, Producer, AdminClient } = rawModule();
  const settings = { 'bootstrap.servers': '127.0.0.1:1', 'linger.ms': 1, 'session.timeout.ms': 6000 };
  // The constructors look at every property and open nothing.
  expect(() => new KafkaConsumer(consumerConfig(settings, 'group', 'id'), {})).not.toThrow();
  expect(() => new Producer(producerConfig(settings, 'id'))).not.toThrow();
  expect(() => AdminClient.create(adminConfig(settings, 'id')).disconnect()).not.toThrow();
  expect(producerConfig(settings, 'id')).not.toHaveProperty('session.timeout.ms');
  expect(consumerConfig(settings, 'group', 'id')).not.toHaveProperty('linger.ms');
});

test.each([
  ['the classic one', {}, 500],
  ['the classic one, as the user has it', { 'heartbeat.interval.ms': 3000 }, 3000],
  ['KIP-848, where the brokers say it', { 'group.protocol': 'CONSUMER' }, 5000],
])('E9: by the protocol of its group a member that is out hears of it within a heartbeat: %s', (_, settings, ms) => {
  expect(heartbeatMs(settings)).toBe(ms);
});
