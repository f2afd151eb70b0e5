// The Kafka that tests run against. One embedded broker serves the whole run (global-kafka.ts starts it), so every test
// makes its own names; a test that kills or stops a broker starts one of its own with the same properties.

import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';

export { testBrokerProperties } from './broker-properties.js';

declare module 'vitest' {
  interface ProvidedContext {
    kafkaBrokers: string;
  }
}

/** The address of the run's broker. */
export function testBrokers(): string {
  return inject('kafkaBrokers');
}

/** A name for a topic, group or processor that no other test of this run or of the same broker uses. */
export function uniqueName(what: string): string {
  return `${what}-${randomBytes(4).toString('hex')}`;
}
