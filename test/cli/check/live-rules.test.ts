// What is said of what the brokers and the registry answered; that they answer so is tested with real ones (check-live.test.ts).

import { describe, expect, test } from 'vitest';
import type { PartitionState, TopicState } from '../../../src/adapters/confluent/topic-state.js';
import { askInputs, type InputFacts, type LiveFacts } from '../../../src/cli/check/live-facts.js';
import { liveRemarks, notCheckedLive } from '../../../src/cli/check/live-rules.js';
import { remarkOf } from '../../../src/cli/check/registry-rules.js';
import { neededTopics } from '../../../src/cli/needed-topics.js';
import { offsetMetadata, topologyHash } from '../../../src/core/offset-origin.js';
import type { Subtopology } from '../../../src/core/topology.js';
import { deadLetter, processor, text, topic } from '../../../src/index.js';
import { KafkaError } from '../../../src/ports/kafka.js';

const plain = (name: string, partitions?: number) =>
  topic(name, { key: text(), value: text(), ...(partitions === undefined ? {} : { partitions }) });
const enrich = processor({
  name: 'enrich',
  input: plain('orders', 2),
  outputs: { enriched: plain('enriched') },
  onError: { decode: deadLetter() },
  handle() {},
}).topology;
const [subtopology] = enrich.subtopologies as readonly [Subtopology];

const three = (partition: number): PartitionState => ({ partition, hasLeader: true, replicas: 3, inSync: 3 });
const good: TopicState = { id: 'id-1', partitions: [three(0), three(1)], mayRead: true, mayWrite: true };
const input = (partition: number, more: Partial<InputFacts> = {}): InputFacts => ({
  topic: 'orders',
  partition,
  range: { low: 10, stable: 100 },
  committed: { offset: 50, metadata: offsetMetadata({ topologyHash: topologyHash(subtopology), topicId: 'id-1' }) },
  ...more,
});

function facts(more: Partial<LiveFacts> = {}): LiveFacts {
  return {
    verifiesTransactions: true,
    isThisMachine: false,
    needed: neededTopics('', [enrich]),
    topics: new Map(
      ['orders', 'enriched', 'enrich.dlq', '__consumer_offsets', '__transaction_state'].map((name) => [name, good]),
    ),
    processors: [{ topology: enrich, inputs: [input(0), input(1)] }],
    ...more,
  };
}

const withTopic = (name: string, state: TopicState | KafkaError | undefined): Partial<LiveFacts> => {
  const topics = new Map(facts().topics);
  if (state === undefined) topics.delete(name);
  else topics.set(name, state);
  return { topics };
};
const withInput = (...inputs: readonly InputFacts[]): Partial<LiveFacts> => ({
  processors: [{ topology: enrich, inputs }],
});
const denied = (code: string): KafkaError => new KafkaError(code, `${code} of the group enrich`);

test('of a processor that goes on while it is looked at nothing is said', async () => {
  let end = 100;
  const asked = await askInputs([{ topic: 'orders', partition: 0 }], {
    committed: async () => [{ offset: (end += 50), metadata: '' }],
    ranges: async () => [{ low: 10, stable: end }],
  });
  expect(liveRemarks(facts(withInput(...asked)), '')).toEqual([]);
});

test('where all is well nothing is said', () => {
  expect(liveRemarks(facts(), '')).toEqual([]);
});

const noted = (offset: number, origin: Parameters<typeof offsetMetadata>[0]): Partial<InputFacts> => ({
  committed: { offset, metadata: offsetMetadata(origin) },
});

describe('is said', () => {
  test.for<[string, Partial<LiveFacts>, string, string]>([
    ['old brokers', { verifiesTransactions: false }, 'error PRC_BROKER_TOO_OLD', 'older than Kafka 3.6'],
    ['a topic that is not there', withTopic('enrich.dlq', undefined), 'error PRC_TOPICS_MISSING', 'enrich.dlq'],
    [
      'an input that may not be read',
      withTopic('orders', { ...good, mayRead: false }),
      'error PRC_ACCESS_DENIED',
      'READ on the topic orders',
    ],
    [
      'an output that may not be written',
      withTopic('enriched', { ...good, mayWrite: false }),
      'error PRC_ACCESS_DENIED',
      'WRITE on the topic enriched',
    ],
    [
      'a topic that may not even be looked at',
      withTopic('enriched', denied('TOPIC_AUTHORIZATION_FAILED')),
      'error PRC_ACCESS_DENIED',
      'WRITE on the topic enriched',
    ],
    [
      'a group that may not be asked',
      { processors: [{ topology: enrich, inputs: denied('GROUP_AUTHORIZATION_FAILED') }] },
      'error PRC_ACCESS_DENIED',
      'GROUP_AUTHORIZATION_FAILED',
    ],
    [
      'brokers that do not answer about a group',
      { processors: [{ topology: enrich, inputs: denied('_TIMED_OUT') }] },
      'error PRC_KAFKA_CALL_FAILED',
      '_TIMED_OUT',
    ],
    [
      'records that are gone before they were handled',
      withInput(input(0), input(1, { range: { low: 51, stable: 100 } })),
      'error PRC_OFFSET_OUT_OF_RANGE',
      'orders/1: the committed offset 50',
    ],
    [
      'an offset beyond the end',
      withInput(input(0, { range: { low: 0, stable: 49 } })),
      'error PRC_OFFSET_OUT_OF_RANGE',
      'orders/0: the committed offset 50',
    ],
    [
      'offsets of another topic of the same name (E16)',
      withInput(input(0, noted(50, { topologyHash: topologyHash(subtopology), topicId: 'id-0' })), input(1)),
      'error PRC_TOPICS_REPLACED',
      'orders',
    ],
    [
      'offsets of another topology (E16), once for all partitions',
      withInput(...[0, 1].map((one) => input(one, noted(50, { topologyHash: '00000000', topicId: 'id-1' })))),
      'error PRC_TOPOLOGY_CHANGED',
      '00000000',
    ],
    [
      'another number of partitions',
      withTopic('orders', { ...good, partitions: [0, 1, 2].map(three) }),
      'warning PRC_PARTITIONS_DIFFER',
      'has 3 partitions, and its definition says 2',
    ],
    [
      'a single copy',
      withTopic('enriched', { ...good, partitions: [{ ...three(0), replicas: 1, inSync: 1 }] }),
      'warning PRC_REPLICATION_LOW',
      'enriched',
    ],
    [
      'a single copy of Kafka’s own',
      withTopic('__transaction_state', { ...good, partitions: [{ ...three(0), replicas: 1, inSync: 1 }] }),
      'warning PRC_REPLICATION_LOW',
      '__transaction_state',
    ],
    [
      'copies that are behind',
      withTopic('enriched', { ...good, partitions: [three(0), { ...three(1), inSync: 2 }] }),
      'warning PRC_REPLICAS_BEHIND',
      'partitions: 1',
    ],
    [
      'partitions without a leader',
      withTopic('enriched', { ...good, partitions: [three(0), { ...three(1), hasLeader: false, inSync: 0 }] }),
      'error PRC_PARTITIONS_LEADERLESS',
      'no leader: 1',
    ],
  ])('%s', ([, more, what, message]) => {
    const remarks = liveRemarks(facts(more), '');
    expect(remarks.map(({ level, error }) => `${level} ${error.code}`)).toEqual([what]);
    expect(remarks[0]?.error.message).toContain(message);
  });

  test('a group without an offset, where start refuses that', () => {
    const careful = processor({ name: 'careful', input: plain('orders', 2), start: 'refuse', handle() {} }).topology;
    const remarks = liveRemarks(
      facts({
        needed: neededTopics('', [careful]),
        processors: [{ topology: careful, inputs: [input(0, { committed: undefined })] }],
      }),
      'blue-',
    );
    expect(remarks.map(({ error }) => error.message)).toEqual([
      "orders/0: the group 'blue-careful' has no committed offset, and start is 'refuse'",
    ]);
  });
});

describe('nothing is said', () => {
  test('of a single copy on this machine', () => {
    const single = withTopic('orders', {
      ...good,
      partitions: [0, 1].map((one) => ({ ...three(one), replicas: 1, inSync: 1 })),
    });
    expect(liveRemarks(facts({ ...single, isThisMachine: true }), '')).toEqual([]);
  });

  test('of an offset that a tool has set, or that is none yet, or stands at an end', () => {
    const end = { offset: 100, metadata: '' };
    expect(liveRemarks(facts(withInput(input(0, { committed: end }), input(1, { committed: undefined }))), '')).toEqual(
      [],
    );
  });

  test('of old brokers to a processor without transactions', () => {
    const atLeastOnce = processor({
      name: 'enrich',
      guarantee: 'at-least-once',
      input: plain('orders', 2),
      handle() {},
    }).topology;
    const processors = [{ topology: atLeastOnce, inputs: [] }];
    expect(liveRemarks(facts({ verifiesTransactions: false, processors }), '')).toEqual([]);
  });
});

test('what is not looked at is said: settings, ids, and what may not be seen', () => {
  const hidden = facts(withTopic('__transaction_state', denied('TOPIC_AUTHORIZATION_FAILED')));
  const lines = notCheckedLive(hidden, 'blue-');
  expect(lines).toHaveLength(3);
  expect(lines[0]).toContain('min.insync.replicas');
  expect(lines[1]).toContain('begin with blue-enrich/');
  expect(lines[2]).toContain('__transaction_state');
});

describe('of the registry is said', () => {
  const declared = { subject: 'orders-value', topic: 'orders', part: 'value', schema: '"string"' } as const;
  test.for([
    ['read', { state: 'new' }, false, []],
    ['read', { state: 'readable', version: 1, id: 1 }, false, []],
    ['read', { state: 'unreadable', version: 1, id: 7, reasons: ['no'] }, false, ['PRC_SCHEMA_UNREADABLE']],
    ['write', { state: 'registered', version: 1, id: 1 }, false, []],
    ['write', { state: 'new' }, false, ['PRC_SCHEMA_NOT_REGISTERED']],
    ['write', { state: 'compatible' }, false, ['PRC_SCHEMA_NOT_REGISTERED']],
    ['write', { state: 'compatible' }, true, []],
    ['write', { state: 'incompatible', reasons: ['no'] }, true, ['PRC_SCHEMA_INCOMPATIBLE']],
  ] as const)('%s, %o, registering %s: %s', ([use, verdict, registers, codes]) => {
    expect(remarkOf({ ...declared, use }, verdict, registers).map(({ error }) => error.code)).toEqual(codes);
  });
});
