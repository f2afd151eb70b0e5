// What is a list of brokers, and which of its entries are none.

import { expect, test } from 'vitest';
import { checkBrokers } from '../../../src/adapters/confluent/broker-list.js';
import { confluentKafka } from '../../../src/adapters/confluent/kafka.js';

test.for([
  'localhost',
  'localhost:9092',
  'kafka-1.example:9092,kafka-2.example:9092',
  ' 127.0.0.1:1 , 127.0.0.1:65535,',
  '[::1]:9092',
  '[fe80::1%eth0]:9092',
  '::1',
  'ssl://kafka:9093,SASL_PLAINTEXT://localhost:9092',
  'kafka_broker:9092',
])('%s is one', (list) => expect(() => checkBrokers(list)).not.toThrow());

test.for([
  ['http://localhost:9092', 'begins with http://'],
  ['kafka://localhost', 'begins with kafka://'],
  ['localhost:99999', 'has the port 99999'],
  ['localhost:0', 'has the port 0'],
  ['localhost:9092x', "has the port '9092x'"],
  ['localhost:', "has the port ''"],
  ['localhost:9092/path', "has the port '9092/path'"],
  [':9092', 'has no name of a host'],
  ['local host:9092', 'has no name of a host'],
  ['me@kafka:9092', 'has no name of a host'],
  ['[::1:9092', 'has no name of a host'],
])("%s is none: '%s'", ([entry = '', problem = '']) => {
  const { message } = caught(() => checkBrokers(`good:9092, ${entry}`));
  expect(message).toContain(`'${entry}' ${problem}`);
  expect(message).not.toContain('good:9092');
});

function caught(act: () => void): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

test('each entry that is none is named', () => {
  const { message } = caught(() => checkBrokers('http://a:9092,b:9092,c:x'));
  expect(message).toContain("'http://a:9092' begins");
  expect(message).toContain("'c:x' has the port");
  expect(message).not.toContain("'b:9092'");
});

test.for(['', ' , '])("'%s' names nobody", (list) => {
  expect(() => checkBrokers(list)).toThrow(expect.objectContaining({ code: 'PRC_BROKERS_INVALID' }));
});

test('nothing is looked for in the network', async () => {
  const began = performance.now();
  await expect(confluentKafka({ brokers: 'http://127.0.0.1:1', transactionTimeoutMs: 10_000 })).rejects.toMatchObject({
    code: 'PRC_BROKERS_INVALID',
  });
  // A search for brokers takes 15 s.
  expect(performance.now() - began).toBeLessThan(10_000);
});
