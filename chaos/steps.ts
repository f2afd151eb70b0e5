// The two processors of a chaos run, as pure steps: chaos-first reads `chaos-in` and writes `chaos-mid` and `chaos-audit`,
// chaos-second reads `chaos-mid` and writes `chaos-out`. A share of the records goes to the dead letters, is skipped, or
// makes its handler fail at first.

import { partitionOf } from '../src/core/murmur2.js';
import { deadLetterTopic } from '../src/core/topology.js';
import type { Fate, Step } from './step.js';

export const partitionCount = 6;

export const firstStep: Step = step('chaos-first', 'chaos-in', ['chaos-mid', 'chaos-audit'], (payload) => {
  // Bytes that are no text.
  if (payload < 0) return { fate: 'skipped' };
  if (payload % 101 === 0) return { fate: 'dead-lettered' };
  return { fate: 'processed', payloads: [mixed(payload, 1), mixed(payload, 2)] };
});

export const secondStep: Step = step('chaos-second', 'chaos-mid', ['chaos-out'], (payload) =>
  payload % 89 === 0 ? { fate: 'dead-lettered' } : { fate: 'processed', payloads: [mixed(payload, 3)] },
);

export const steps: readonly Step[] = [firstStep, secondStep];

/** Every topic of a run. */
export const topics: readonly string[] = [
  firstStep.input,
  ...steps.flatMap(({ sinks, deadLetters }) => [...sinks, deadLetters]),
];

/** Whether a handler fails at a record's first attempt, and how long its policy waits before the second. */
export function stumbles(payload: number): boolean {
  return payload % 61 === 1;
}

export function keyText(key: number): string {
  return `k${key}`;
}

function step(processor: string, input: string, sinks: readonly string[], fateOf: (payload: number) => Fate): Step {
  return {
    processor,
    input,
    sinks,
    deadLetters: deadLetterTopic('', processor),
    fateOf,
    partitionOf(key) {
      const bytes = Buffer.from(keyText(key));
      return partitionOf(bytes, 0, bytes.length, partitionCount);
    },
  };
}

/** Another number for each payload and salt, from 0 to 2^31 - 1. */
function mixed(payload: number, salt: number): number {
  let bits = Math.imul(payload ^ Math.imul(salt, 0x9e3779b1), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) & 0x7fffffff;
}
