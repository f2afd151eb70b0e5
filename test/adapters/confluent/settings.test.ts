// E15: what the promise stands on cannot be configured away, and the rest can be configured.

import { expect, test } from 'vitest';
import { rawModule } from '../../../src/adapters/confluent/raw-client.js';
import {
  adminConfig,
  checkSettings,
  consumerConfig,
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
      'session.timeout.ms': 6000,
      'fetch.wait.max.ms': 50,
      'security.protocol': 'sasl_ssl',
      'sasl.username': 'orders',
      'client.rack': 'a',
      'group.protocol': 'consumer',
      constructor: 1,
    }),
  ).not.toThrow();
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
