// What the client is told: our settings with their reasons, the user's own on top, and the ones that nobody may change
// because the promise stands on them (E15).

import { ProcessorError } from '../../errors/processor-error.js';
import type { RawConfig } from './raw-client.js';

/** librdkafka properties by their own names. */
export type ClientSettings = Readonly<Record<string, string | number | boolean>>;

const strategyName = 'partition.assignment.strategy';

/** E15: each of these would break a rule; the value is the reason a user gets to read. */
const refused: Readonly<Record<string, string>> = {
  'bootstrap.servers': 'the brokers are an option of their own',
  'metadata.broker.list': 'the brokers are an option of their own',
  'enable.auto.commit': 'offsets are committed with the outputs, or not at all',
  'enable.auto.offset.store': 'offsets are committed with the outputs, or not at all',
  'auto.offset.reset': 'a jump of the position would lose or repeat records; use the option start of the processor',
  'isolation.level': 'records of aborted transactions would be processed',
  'transactional.id': 'it names a task and fences its zombies',
  'enable.idempotence': 'a retry could write a record twice',
  'enable.gapless.guarantee': 'it turns a lost record into a fatal error of the client',
  acks: 'a record that one broker alone has can be lost',
  'request.required.acks': 'a record that one broker alone has can be lost',
  'message.send.max.retries': 'transactions need retries',
  retries: 'transactions need retries',
  'max.in.flight': 'the order of records is kept with at most five',
  'max.in.flight.requests.per.connection': 'the order of records is kept with at most five',
  'group.id': 'it is the name of the processor',
  'client.id': 'instances find each other by it',
  'transaction.timeout.ms': 'the deadlines of the engine are counted from it',
  'message.timeout.ms': 'it is bound to the transaction timeout',
  'delivery.timeout.ms': 'it is bound to the transaction timeout',
  partitioner: 'records share partitions with those of Java producers only by murmur2',
  log_level: 'lost connections, which decide about a producer, are read from the log',
  'log.connection.close': 'lost connections, which decide about a producer, are read from the log',
  'log.queue': 'lost connections, which decide about a producer, are read from the log',
  'log.thread.name': 'the log is read by the engine',
  debug: 'the log is read by the engine',
  event_cb: 'the log is read by the engine',
  log_cb: 'the log is read by the engine',
  dr_cb: 'a report for each record makes a commit several times slower',
  dr_msg_cb: 'a report for each record makes a commit several times slower',
  'delivery.report.only.error': 'it makes each commit wait 10 ms',
  rebalance_cb: 'partitions are handed over between two batches by the engine',
  offset_commit_cb: 'offsets are committed with the outputs, or not at all',
  'plugin.library.paths': 'foreign code would sit between engine and broker',
  'enable.partition.eof': 'the engine reads the ends of partitions itself',
  'max.poll.interval.ms': 'the engine polls all the time; the time of a handler is the option handlerTimeout',
  'test.mock.num.brokers': 'a mock broker has no transactions',
};

/**
 * E15: the ways of sharing partitions that were tried. Both are there for a reason: one moves as few partitions as it can, the
 * other gives equal numbers of several topics to the same member. The client takes one name, never a list of both.
 */
const strategies: readonly unknown[] = ['cooperative-sticky', 'range'];

/** What KIP-848 leaves to the brokers. The client refuses it only where it connects, and ends the processor by that. */
const leftToBrokers: Readonly<Record<string, string>> = {
  [strategyName]: 'the brokers share the partitions, and group.remote.assignor names how',
  'session.timeout.ms': 'the brokers say it (group.consumer.session.timeout.ms)',
  'heartbeat.interval.ms': 'the brokers say it (group.consumer.heartbeat.interval.ms)',
  'group.protocol.type': 'it belongs to the classic protocol',
};

/**
 * Throws `PRC_SETTING_REFUSED` for the first setting that would break the promise, or `PRC_SETTING_INVALID` for one that the
 * group's protocol does not have.
 */
export function checkSettings(settings: ClientSettings): void {
  const strategy = settings[strategyName];
  if (strategy !== undefined && !strategies.includes(strategy))
    throw new ProcessorError('PRC_SETTING_REFUSED', {
      setting: strategyName,
      reason: `it takes only ${strategies.join(' or ')}`,
    });
  if (isSharedByBrokers(settings))
    for (const [name, reason] of Object.entries(leftToBrokers))
      if (name in settings)
        throw new ProcessorError('PRC_SETTING_INVALID', {
          reason: `${name} does not go with group.protocol=consumer: ${reason}`,
        });
  for (const name of Object.keys(settings)) {
    const reason = Object.hasOwn(refused, name) ? refused[name] : undefined;
    if (reason !== undefined) throw new ProcessorError('PRC_SETTING_REFUSED', { setting: name, reason });
    if (name.startsWith('js.'))
      throw new ProcessorError('PRC_SETTING_REFUSED', {
        setting: name,
        reason: 'it belongs to a layer of the client that is not used',
      });
  }
}

export function consumerConfig(settings: ClientSettings, groupId: string, clientId: string): RawConfig {
  return {
    ...(isSharedByBrokers(settings) ? {} : classicGroup),
    // A full queue makes gaps of up to 1 s at the default.
    'fetch.queue.backoff.ms': 50,
    // What the client holds beyond our own queues, in KiB (E22).
    'queued.max.messages.kbytes': 32_768,
    'queued.min.messages': 20_000,
    'topic.metadata.refresh.interval.ms': 60_000,
    ...only('consumer', settings),
    ...common,
    'client.id': clientId,
    'group.id': groupId,
    'enable.auto.commit': false,
    'enable.auto.offset.store': false,
    'isolation.level': 'read_committed',
    // The engine polls as long as it lives; a handler that blocks the thread for five minutes is a dead member.
    'max.poll.interval.ms': 300_000,
  };
}

/** What the newer group protocol (KIP-848) leaves to the broker. */
const classicGroup: RawConfig = {
  [strategyName]: 'cooperative-sticky',
  // The member is found dead after 10 s. The broker may demand more or less within its bounds.
  'session.timeout.ms': 10_000,
  // Leaving a group takes up to one heartbeat of the others.
  'heartbeat.interval.ms': 500,
};

/** Whether the group gives and takes all partitions of a member at once. */
export function isEager(settings: ClientSettings): boolean {
  return !isSharedByBrokers(settings) && settings[strategyName] === 'range';
}

/** Whether members have names under which they come back: by the classic protocol they do not leave when they are closed. */
export function staysWhenClosed(settings: ClientSettings): boolean {
  return !isSharedByBrokers(settings) && settings['group.instance.id'] !== undefined;
}

/** KIP-848. The client reads the word in small letters and in large ones. */
function isSharedByBrokers(settings: ClientSettings): boolean {
  return String(settings['group.protocol']).toLowerCase() === 'consumer';
}

/**
 * How often a member of a group asks whether it still is one. By KIP-848 that is the brokers' to say, and the client keeps it to
 * itself: it is taken for Kafka's own.
 */
export function heartbeatMs(settings: ClientSettings): number {
  if (isSharedByBrokers(settings)) return brokersHeartbeatMs;
  return Number(settings['heartbeat.interval.ms'] ?? classicGroup['heartbeat.interval.ms']);
}

/** `group.consumer.heartbeat.interval.ms` where nobody has set it. */
const brokersHeartbeatMs = 5000;

export function producerConfig(settings: ClientSettings, clientId: string): RawConfig {
  return {
    'linger.ms': 5,
    'compression.type': 'lz4',
    // Room for the largest batch of one task (E23: 8 MiB) with its fan-out; more waits in `send`.
    'queue.buffering.max.kbytes': 65_536,
    'queue.buffering.max.messages': 200_000,
    // The brokers judge what is too large. The client's own limit is below theirs, and would refuse what they take.
    'message.max.bytes': 67_108_864,
    // AddOffsetsToTxn is repeated after this long while the markers of the last transaction are being written.
    'retry.backoff.ms': 10,
    ...only('producer', settings),
    ...common,
    'client.id': clientId,
    'enable.idempotence': true,
  };
}

export function adminConfig(settings: ClientSettings, clientId: string): RawConfig {
  return { ...only('admin', settings), ...common, 'client.id': clientId };
}

/** E7 and E15: every lost connection must show in the log. */
const common: RawConfig = { log_level: 6, 'log.connection.close': true };

/**
 * The user's settings for one kind of client. librdkafka logs a warning for each that belongs to the other kind, so those
 * that it names as such are left out.
 */
function only(kind: 'consumer' | 'producer' | 'admin', settings: ClientSettings): RawConfig {
  const foreign =
    kind === 'consumer'
      ? producerOnly
      : kind === 'producer'
        ? consumerOnly
        : new Set([...producerOnly, ...consumerOnly]);
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !foreign.has(name)));
}

const producerOnly: ReadonlySet<string> = new Set([
  'batch.num.messages',
  'batch.size',
  'compression.codec',
  'compression.level',
  'compression.type',
  'linger.ms',
  'queue.buffering.backpressure.threshold',
  'queue.buffering.max.kbytes',
  'queue.buffering.max.messages',
  'queue.buffering.max.ms',
  'retry.backoff.max.ms',
  'retry.backoff.ms',
  'sticky.partitioning.linger.ms',
  'request.timeout.ms',
]);

const consumerOnly: ReadonlySet<string> = new Set([
  'check.crcs',
  'coordinator.query.interval.ms',
  'fetch.error.backoff.ms',
  'fetch.max.bytes',
  'fetch.message.max.bytes',
  'fetch.min.bytes',
  'fetch.queue.backoff.ms',
  'fetch.wait.max.ms',
  'group.instance.id',
  'group.protocol',
  'group.remote.assignor',
  'heartbeat.interval.ms',
  'max.partition.fetch.bytes',
  strategyName,
  'queued.max.messages.kbytes',
  'queued.min.messages',
  'session.timeout.ms',
]);
