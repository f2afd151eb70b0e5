// What a login must be allowed for a processor. That it is enough, and nothing of it too much, is tried on a broker
// (test/kafka/security/acls.test.ts).

import { expect, test } from 'vitest';
import { aclText, neededAcls } from '../../src/core/acls.js';
import { topology } from '../support/engine-story.js';

const enrich = {
  name: 'enrich',
  input: ['orders', 'customers'],
  outputs: ['enriched', 'audit'],
  onError: { decode: { policy: 'dead-letter' }, encode: { policy: 'dead-letter', topic: 'broken' } },
} as const;

test('it reads its inputs and its group, and writes its outputs, its dead letters and in the name of its tasks (E1)', () => {
  expect(neededAcls(topology(enrich), '').map(aclText)).toEqual([
    'READ on the topic orders',
    'READ on the topic customers',
    'WRITE on the topic enriched',
    'WRITE on the topic audit',
    'WRITE on the topic enrich.dlq',
    'WRITE on the topic broken',
    'READ on the group enrich',
    'WRITE on the transactional ids that begin with enrich/',
  ]);
});

test('a namespace is before what the engine names, and before no topic that the author names', () => {
  const names = neededAcls(topology(enrich), 'blue-').map(({ name }) => name);
  expect(names.slice(4)).toEqual(['blue-enrich.dlq', 'broken', 'blue-enrich', 'blue-enrich/']);
  expect(names.slice(0, 4)).toEqual(['orders', 'customers', 'enriched', 'audit']);
});

test.each(['at-least-once', 'at-most-once'] as const)('%s needs no transactional ids', (guarantee) => {
  expect(neededAcls(topology({ guarantee, name: 'p', input: 'i', outputs: ['o'] }), '').map(aclText)).toEqual([
    'READ on the topic i',
    'WRITE on the topic o',
    'READ on the group p',
  ]);
});

test('a topic that is an output and takes dead letters stands there once', () => {
  const acls = neededAcls(
    topology({ input: 'i', outputs: ['o'], onError: { decode: { policy: 'dead-letter', topic: 'o' } } }),
    '',
  );
  expect(acls.filter(({ name }) => name === 'o')).toHaveLength(1);
});
