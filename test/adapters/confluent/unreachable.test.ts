// What the client's log says about brokers that cannot be reached, and what that means.

import { expect, test } from 'vitest';
import { Complaints } from '../../../src/adapters/confluent/unreachable.js';

const bootstrap = '[thrd:sasl_ssl://kafka:9093/bootstrap]: sasl_ssl://kafka:9093/bootstrap:';

test('a login that is refused is hopeless: the next attempt would be, too', () => {
  const complaints = new Complaints();
  complaints.hear(
    'FAIL',
    `${bootstrap} SASL authentication error: Authentication failed during authentication (after 9ms in state AUTH_REQ)`,
  );
  expect(complaints.isHopeless('kafka:9093')).toBe(true);
});

test.for([
  "SASL SCRAM-SHA-256 mechanism handshake failed: Local: Broker transport failure: broker's supported mechanisms: ",
  'SASL authentication error: SaslAuthenticateRequest failed: Local: Broker transport failure',
  'SASL authentication error: SaslAuthenticateRequest failed: Local: Timed out',
])('a broker that goes away in the middle of a login has refused nobody: %s', (text) => {
  const complaints = new Complaints();
  complaints.hear('FAIL', `${bootstrap} ${text} (after 9ms in state AUTH_HANDSHAKE)`);
  expect(complaints.isHopeless('kafka:9093')).toBe(false);
});
