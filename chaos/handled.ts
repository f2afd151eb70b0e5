// What both processors of a chaos run do with a record: they ask the step what becomes of it, and fail where that says so.

import { outputValue, parseRecord } from './record-text.js';
import { type Step } from './step.js';
import { stumbles } from './steps.js';

interface InputText {
  readonly key: string;
  readonly value: string;
  readonly partition: number;
  readonly offset: number;
}

export interface Handled {
  readonly key: string;
  readonly payloads: readonly number[];
  /** The text of an output with this payload. */
  readonly value: (payload: number | undefined) => string;
}

/** Records whose handler has failed once in this process; as long as they are not through, one per partition. */
const stumbled = new Map<string, number>();

/** Throws for records that are to be dead letters, and once for those that stumble. */
export function handled(step: Step, { key, value, partition, offset }: InputText): Handled {
  const { seq, payload } = parseRecord(Buffer.from(key), Buffer.from(value));
  const fate = step.fateOf(payload);
  if (fate.fate !== 'processed') throw new Error(`record ${seq} of ${key} is ${fate.fate}`);
  const place = `${step.processor} ${partition}`;
  if (stumbles(payload) && stumbled.get(place) !== offset) {
    stumbled.set(place, offset);
    throw new Error(`record ${seq} of ${key} fails once`);
  }
  return {
    key,
    payloads: fate.payloads,
    value: (made = -1) => outputValue({ seq, payload: made, fromPartition: partition, fromOffset: offset }),
  };
}
