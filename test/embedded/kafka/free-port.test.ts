import { expect, test } from 'vitest';
import { freePort } from '../../../src/embedded/kafka/free-port.js';

test('a broker and its controller never get one port for both', async () => {
  const ofBroker = await freePort();
  // The broker has not bound it yet, so the system holds it for free.
  expect(await freePort(ofBroker)).toBe(ofBroker);
  expect(await freePort(ofBroker, ofBroker)).not.toBe(ofBroker);
});
