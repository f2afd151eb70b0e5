// What a processor is told to be given where the brokers deny it something.

import { expect, test } from 'vitest';
import { groupId } from '../../src/core/ids.js';
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
  group: groupId('test.', 'enrich'),
};

test.each([
  ['GROUP_AUTHORIZATION_FAILED', 'READ on the group test.enrich'],
  ['TOPIC_AUTHORIZATION_FAILED', 'READ on orders, customers, WRITE on enriched, test.enrich.dlq'],
  ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'WRITE and DESCRIBE on the transactional ids that begin with test.enrich/'],
  ['CLUSTER_AUTHORIZATION_FAILED', 'IDEMPOTENT_WRITE on the cluster'],
])('%s: the hint names what is missing', (code, missing) => {
  const denial = new KafkaError(code, 'commit: no');
  const error = accessDenied(denial, processor);
  expect(error).toMatchObject({ code: 'PRC_ACCESS_DENIED', cause: denial, details: { processor: 'enrich' } });
  expect(error?.message).toContain('commit: no');
  expect(error?.hint).toContain(missing);
});

test('what is no denial is not called one', () => {
  expect(accessDenied(new KafkaError('_TIMED_OUT', 'commit: late'), processor)).toBeUndefined();
  expect(accessDenied(new Error('GROUP_AUTHORIZATION_FAILED'), processor)).toBeUndefined();
});
