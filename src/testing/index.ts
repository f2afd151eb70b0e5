// The export `processor/testing`: how to test processors without a broker. Loads no client.

export type { Fact } from '../engine/facts.js';
export type { AtPoint } from './driver-instances.js';
export type { TestDriverOptions } from './driver-options.js';
export type { Faulted, FaultKind, FaultRates, NextFault } from './fault-plan.js';
export type { Finding } from './shake/finding.js';
export { type Shaken, type ShakeOptions, type ShakeRecord, type ShakeRecords, shake } from './shake/shake.js';
export { type TestDriver, testDriver } from './test-driver.js';
export type { TestTopic } from './test-topic.js';
