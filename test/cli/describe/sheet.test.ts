// What the production sheet of a processor holds, and that it is what the engine does.

import { describe, expect, test } from 'vitest';
import { producerConfig } from '../../../src/adapters/confluent/settings.js';
import { limits } from '../../../src/core/defaults.js';
import { Outputs } from '../../../src/engine/outputs.js';
import { readHeaders } from '../../../src/ports/headers.js';
import { recordColumns } from '../../../src/ports/record-batch.js';
import { book, count, push, sheetOf } from './sheets.js';

describe('E1: the names that Kafka knows a processor by', () => {
  test('are its group and one transactional id for each partition of each input, with the namespace before them', () => {
    const { group, transactionalIds } = sheetOf(book, { namespace: 'blue-' });
    expect(group.id).toBe('blue-book');
    expect(transactionalIds).toEqual({
      prefix: 'blue-book/',
      ofInputs: [
        { input: 'orders', pattern: 'blue-book/orders/<partition>', count: 4 },
        { input: 'shop.payments', pattern: 'blue-book/shop.payments/<partition>', count: undefined },
      ],
    });
  });

  test('of a processor without transactions have no ids', () => {
    expect(sheetOf(count).transactionalIds).toBeUndefined();
  });
});

test('topics come with what their definitions say, and with the subjects and schemas of their codecs', () => {
  const { inputs, outputs } = sheetOf(book);
  expect(inputs.map(({ topic, partitions, handledPer }) => [topic, partitions, handledPer])).toEqual([
    ['orders', 4, 'record'],
    ['shop.payments', undefined, 'record'],
  ]);
  expect(inputs[1]?.value).toEqual({ format: 'text', nullable: true, subject: undefined, schema: undefined });
  expect(outputs[0]).toMatchObject({
    name: 'entries',
    topic: 'ledger',
    partitions: 1,
    config: { 'cleanup.policy': 'compact' },
    value: { format: 'avro', nullable: true, subject: 'ledger-value', schema: { type: 'record', name: 'Entry' } },
  });
});

test('what outputs promise depends on what their readers set, and effects of handlers are never exactly once', () => {
  const promised = [book, count, push].map((one) => {
    const { outputs, handlerEffects } = sheetOf(one);
    return [outputs.map(({ guarantee, readersSet }) => [guarantee, readersSet]), handlerEffects];
  });
  const once = ['exactly-once', { 'isolation.level': 'read_committed' }];
  expect(promised).toEqual([
    [[once, once], 'at-least-once'],
    [[], 'at-least-once'],
    [[['at-most-once', {}]], 'at-most-once'],
  ]);
});

test('policies name the topics that they mean, and dead letters are counted once', () => {
  const { onError, deadLetters } = sheetOf(book, { namespace: 'blue-' });
  expect(onError).toEqual({
    decode: { policy: 'dead-letter', topic: 'to-look-at' },
    handle: {
      policy: 'retry',
      times: 3,
      backoffMs: 200,
      backoffMaxMs: expect.any(Number),
      otherwise: { policy: 'dead-letter', topic: 'blue-book.dlq' },
    },
    encode: { policy: 'skip' },
  });
  expect(deadLetters).toEqual(['to-look-at', 'blue-book.dlq']);
});

test('the headers of dead letters are those that the engine writes', () => {
  const outputs = new Outputs({
    topics: [],
    deadLetterTopics: ['dlq'],
    partitionCounts: new Map([['dlq', 1]]),
    callBytesMax: 1000,
  });
  const batch = {
    topic: 'orders',
    partition: 0,
    length: 1,
    endPosition: 1,
    bytes: new Uint8Array(),
    columns: recordColumns(1),
  };
  outputs.deadLetter(
    { batch, index: 0 },
    { topic: 'dlq', processor: 'book', failed: 'decode', error: new Error('broken'), at: 0, extent: 'cut' },
  );
  const { headersStart, headersEnd } = outputs.batch.columns;
  const written = readHeaders(outputs.batch.sink.bytes, headersStart[0] as number, headersEnd[0] as number);
  expect(sheetOf(book).deadLetterHeaders).toEqual(written.map(([name]) => name));
});

describe('limits', () => {
  test('are those of the engine and of the clients', () => {
    expect(sheetOf(book).limits).toMatchObject({
      handlerTimeoutMs: 120_000,
      batchRecordsMax: limits.batchRecordsMax,
      transactionTimeoutMs: limits.transactionTimeoutMs,
      sessionTimeoutMs: 10_000,
      heartbeatIntervalMs: 500,
      pollIntervalMsMax: 300_000,
      compression: producerConfig({}, '')['compression.type'],
    });
    expect(sheetOf(count).limits.transactionTimeoutMs).toBeUndefined();
  });

  test('follow the settings that the client is given', () => {
    const settings = {
      'session.timeout.ms': '6000',
      'compression.type': 'zstd',
      'partition.assignment.strategy': 'range',
    };
    const { group, limits: set } = sheetOf(book, { settings });
    expect(group).toMatchObject({ protocol: 'classic', assignor: 'range' });
    expect(set).toMatchObject({ sessionTimeoutMs: 6000, compression: 'zstd' });
  });

  test('of a member are the broker’s own by KIP-848', () => {
    const { group, limits: set } = sheetOf(book, { settings: { 'group.protocol': 'consumer' } });
    expect(group).toMatchObject({ protocol: 'consumer', assignor: undefined });
    expect(set).toMatchObject({ sessionTimeoutMs: undefined, heartbeatIntervalMs: undefined });
  });
});
