// The export `processor/testing`: how to test processors without a broker. Loads no client.

export type { Fact } from '../engine/facts.js';
export { type TestDriver, type TestDriverOptions, testDriver } from './test-driver.js';
export type { TestTopic } from './test-topic.js';
