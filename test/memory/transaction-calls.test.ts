// What the client answers to calls at the wrong time; a random sequence on Kafka found each of these.

import { expect, test } from 'vitest';
import { TransactionCalls } from '../../src/memory/transaction-calls.js';
import { KafkaError } from '../../src/ports/kafka.js';

function failureOf(call: () => void): KafkaError {
  try {
    call();
  } catch (error) {
    return error as KafkaError;
  }
  throw new Error('it succeeds');
}

test('a call in the wrong order is refused, and the producer stays good', () => {
  const calls = new TransactionCalls();
  expect(failureOf(() => calls.require('open'))).toMatchObject({ code: '_STATE', fatal: false, abortable: false });
  expect(failureOf(() => calls.requireForSend())).toMatchObject({ code: '_STATE' });
  calls.enter('ready');
  calls.requireForBegin();
});

test('of a transaction that is to be aborted each call says why, until it has been', () => {
  const calls = new TransactionCalls();
  calls.enter('open');
  calls.fail(new KafkaError('UNKNOWN_MEMBER_ID', 'offsets', { abortable: true }));
  calls.fail(new KafkaError('ILLEGAL_GENERATION', 'offsets', { abortable: true }));
  expect(failureOf(() => calls.require('open'))).toMatchObject({ code: 'UNKNOWN_MEMBER_ID', abortable: true });
  expect(failureOf(() => calls.requireForSend())).toMatchObject({ code: '_STATE', abortable: false });
  expect(failureOf(() => calls.requireForBegin())).toMatchObject({ code: 'UNKNOWN_MEMBER_ID', abortable: false });
  calls.enter('aborting');
  calls.enter('ready');
  calls.requireForBegin();
});

test('what is fatal stays, and a begin alone does not say that it is', () => {
  const calls = new TransactionCalls();
  calls.enter('open');
  calls.fail(new KafkaError('_FENCED', 'fenced', { fatal: true, fenced: true }));
  calls.fail(new KafkaError('UNKNOWN_MEMBER_ID', 'offsets', { abortable: true }));
  expect(failureOf(() => calls.require('open', 'to-be-aborted'))).toMatchObject({ code: '_FENCED', fatal: true });
  expect(failureOf(() => calls.requireForBegin())).toMatchObject({ code: '_FENCED', fenced: true, fatal: false });
});
