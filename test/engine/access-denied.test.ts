// What a processor is told to be given where the brokers deny it something.

import { expect, test } from 'vitest';
import { accessDenied } from '../../src/engine/access-denied.js';
import { KafkaError } from '../../src/ports/kafka.js';
import { topology } from '../support/engine-story.js';

const processor = {
  topology: topology({
    name: 'enrich',
    input: ['orders', 'customers'],
    outputs: ['enriched'],
    onError: { decode: { policy: 'dead-letter' } },
  }),
  namespace: 'test.',
};

test.each([
  ['GROUP_AUTHORIZATION_FAILED', 'READ on the group test.enrich'],
  [
    'TOPIC_AUTHORIZATION_FAILED',
    'READ on the topic orders, READ on the topic customers, WRITE on the topic enriched, WRITE on the topic test.enrich.dlq,',
  ],
  ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'WRITE on the transactional ids that begin with test.enrich/'],
  ['CLUSTER_AUTHORIZATION_FAILED', 'IDEMPOTENT_WRITE on the cluster'],
])('%s: the hint names what is missing', (code, missing) => {
  const denial = new KafkaError(code, 'commit: no');
  const error = accessDenied(denial, processor);
  expect(error).toMatchObject({ code: 'PRC_ACCESS_DENIED', cause: denial, details: { processor: 'enrich' } });
  expect(error?.message).toContain('commit: no');
  expect(error?.hint).toContain(missing);
});

test.each([
  ['describe test.enrich.dlq: no', 'processor WRITE on the topic test.enrich.dlq, and start'],
  ['list offsets of orders/3: no', 'processor READ on the topic orders, and start'],
  ['describe orders-2: no', 'READ on the topic orders, READ on the topic customers'],
])('of a denial that names its topic (%s) only that is missing', (message, missing) => {
  expect(accessDenied(new KafkaError('TOPIC_AUTHORIZATION_FAILED', message), processor)?.hint).toContain(missing);
});

test('what is no denial is not called one', () => {
  expect(accessDenied(new KafkaError('_TIMED_OUT', 'commit: late'), processor)).toBeUndefined();
  expect(accessDenied(new Error('GROUP_AUTHORIZATION_FAILED'), processor)).toBeUndefined();
});

test('a group that shares in another way is an error of its own', () => {
  const denial = new KafkaError('INCONSISTENT_GROUP_PROTOCOL', 'consume: no');
  const error = accessDenied(denial, processor);
  expect(error).toMatchObject({ code: 'PRC_GROUP_MIXED', cause: denial, details: { group: 'test.enrich' } });
  expect(error?.hint).toContain('partition.assignment.strategy');
});
