// To whom a login may be sent, and to whom not.

import { describe, expect, test } from 'vitest';
import { brokersOf, isLoopback } from '../../../src/adapters/confluent/broker-list.js';
import { checkLogin, uncheckedBy } from '../../../src/adapters/confluent/login.js';

const clear = { 'security.protocol': 'SASL_PLAINTEXT', 'sasl.username': 'alice', 'sasl.password': 'secret' };

describe('in the clear', () => {
  test.for(['localhost', 'LOCALHOST:9092', '127.0.0.1:9092', '127.1.2.3:1', '[::1]:9092', ' 127.0.0.1:1 , localhost '])(
    'it may be sent to %s',
    (brokers) => expect(() => checkLogin(brokers, { ...clear, 'sasl.mechanism': 'PLAIN' })).not.toThrow(),
  );

  test.for([
    'kafka:9092',
    'localhost.example:9092',
    '127.0.0.1.example:9092',
    '10.0.0.1:9092',
    '0.0.0.0:9092',
    '[fd00::1]:9092',
    'localhost:9092,kafka:9092',
    'SASL_PLAINTEXT://kafka:9092',
  ])('it may not be sent to %s', (brokers) => {
    for (const mechanism of ['PLAIN', 'scram-sha-256', 'SCRAM-SHA-512', 'OAUTHBEARER'])
      expect(() => checkLogin(brokers, { ...clear, 'sasl.mechanisms': mechanism })).toThrow(
        expect.objectContaining({ code: 'PRC_LOGIN_IN_THE_CLEAR' }),
      );
  });

  test('Kerberos may go anywhere: it shows nothing', () => {
    expect(() => checkLogin('kafka:9092', { ...clear, 'sasl.mechanisms': 'GSSAPI' })).not.toThrow();
  });
});

test('of two names of one setting the last one counts, as for the client', () => {
  const check = (mechanisms: Readonly<Record<string, string>>) => () =>
    checkLogin('kafka:9092', { ...clear, ...mechanisms });
  expect(check({ 'sasl.mechanism': 'PLAIN', 'sasl.mechanisms': 'GSSAPI' })).not.toThrow();
  expect(check({ 'sasl.mechanisms': 'GSSAPI', 'sasl.mechanism': 'PLAIN' })).toThrow(
    expect.objectContaining({ code: 'PRC_LOGIN_IN_THE_CLEAR' }),
  );
});

test('brokers are not checked by whatever the client takes for a no', () => {
  const [verification, identification] = [
    'enable.ssl.certificate.verification',
    'ssl.endpoint.identification.algorithm',
  ];
  for (const no of [false, 'false', 'FALSE', 'f', '0', 0])
    expect(uncheckedBy({ [verification]: no })).toBe(verification);
  for (const none of ['none', 'NONE', ' none ']) expect(uncheckedBy({ [identification]: none })).toBe(identification);
  expect(uncheckedBy({ [verification]: 'true', [identification]: 'https' })).toBeUndefined();
  expect(uncheckedBy({})).toBeUndefined();
});

test('over TLS it may be sent to anybody, but for a broker that is listed with a protocol of its own', () => {
  const settings = { ...clear, 'security.protocol': 'sasl_ssl', 'sasl.mechanisms': 'PLAIN' };
  expect(() => checkLogin('kafka:9092', settings)).not.toThrow();
  expect(() => checkLogin('kafka:9092,sasl_plaintext://kafka:9093', settings)).toThrow(
    expect.objectContaining({ code: 'PRC_LOGIN_IN_THE_CLEAR' }),
  );
});

test('a token is asked for over TLS, or on this machine', () => {
  const check = (url: string) => () =>
    checkLogin('kafka:9092', {
      'security.protocol': 'SASL_SSL',
      'sasl.mechanisms': 'OAUTHBEARER',
      'sasl.oauthbearer.token.endpoint.url': url,
    });
  for (const url of ['https://login.example/token', 'http://127.0.0.1:8080/token', 'http://[::1]/token', 'nonsense'])
    expect(check(url)).not.toThrow();
  expect(check('http://login.example/token')).toThrow(
    expect.objectContaining({ code: 'PRC_LOGIN_IN_THE_CLEAR', message: expect.stringContaining('login.example') }),
  );
});

test.for([{}, { 'security.protocol': 'SSL' }])('a login that nobody would use is no setting: %o', (settings) => {
  for (const given of ['sasl.mechanisms', 'sasl.mechanism', 'sasl.username', 'sasl.password'])
    expect(() => checkLogin('localhost', { ...settings, [given]: 'x' })).toThrow(
      expect.objectContaining({ code: 'PRC_SETTING_INVALID', message: expect.stringContaining(given) }),
    );
  expect(() => checkLogin('localhost', settings)).not.toThrow();
});

test('certificates that nothing would be encrypted by are no setting, nor is a login without a way', () => {
  const refused = expect.objectContaining({ code: 'PRC_SETTING_INVALID' });
  expect(() => checkLogin('kafka:9092', { 'ssl.ca.location': '/ca.pem' })).toThrow(refused);
  expect(() => checkLogin('kafka:9092', { 'ssl.ca.location': '/ca.pem', 'security.protocol': 'SSL' })).not.toThrow();
  expect(() => checkLogin('ssl://kafka:9092', { 'ssl.ca.location': '/ca.pem' })).not.toThrow();
  expect(() => checkLogin('kafka:9092', { 'security.protocol': 'SASL_SSL', 'sasl.username': 'alice' })).toThrow(
    refused,
  );
});

test('a list of brokers is read as the client reads it', () => {
  expect(brokersOf('a, b:1 ,[::1]:2,,SSL://c:3')).toEqual([
    { protocol: undefined, host: 'a', port: 9092 },
    { protocol: undefined, host: 'b', port: 1 },
    { protocol: undefined, host: '::1', port: 2 },
    { protocol: 'SSL', host: 'c', port: 3 },
  ]);
  expect(isLoopback('128.0.0.1')).toBe(false);
});
