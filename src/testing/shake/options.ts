// What `shake()` takes, and what it refuses before anything is run: a shake of nothing, or with an option that is misspelt, would find
// nothing.

import { durationMs } from '../../dsl/duration.js';
import type { AnyTopic, Topics } from '../../dsl/topic.js';
import { isTopic } from '../../dsl/topic.js';
import { invalidOption, refuseUnknownOptions, requireObject, requireOptions } from '../../errors/options.js';
import { isProcessor } from '../driver-options.js';
import type { GivenRecord } from './inputs.js';
import type { ShakeOptions, ShakeSettings } from './shake.js';

/** The records by their topics. @throws PRC_OPTION_INVALID, PRC_OPTION_UNKNOWN, PRC_OPTIONS_MISSING, PRC_DURATION_INVALID */
export function checkedRecords(given: unknown, options: unknown): ReadonlyMap<string, readonly GivenRecord[]> {
  if (!isProcessor(given)) throw invalidOption(owner, 'processor', given, 'It takes what processor() makes.');
  requireObject(owner, options);
  refuseUnknownOptions(owner, options, known);
  checkSettings(options);
  return byTopic(given.input, options['records']);
}

function checkSettings({ runsMax, environment, handlerWait }: ShakeSettings): void {
  if (runsMax !== undefined && (!Number.isSafeInteger(runsMax) || runsMax < 1))
    throw invalidOption(owner, 'runsMax', runsMax, 'It is a whole number, 1 or more.');
  if (handlerWait !== undefined) durationMs(handlerWait);
  if (environment === undefined) return;
  requireObject(`the environment of ${owner}`, environment);
  for (const [name, value] of Object.entries(environment))
    if (value !== undefined && typeof value !== 'string')
      throw invalidOption(owner, `environment.${name}`, value, 'It is a text, or undefined to take the variable away.');
}

function byTopic(input: AnyTopic | Topics, records: unknown): ReadonlyMap<string, readonly GivenRecord[]> {
  if (isTopic(input)) return new Map([[input.name, recordsIn('records', records)]]);
  requireOptions(`the records of ${owner}`, records as object, Object.keys(input));
  const byName = records as Readonly<Record<string, unknown>>;
  return new Map(
    Object.entries(input).map(([name, topic]) => [
      topic.name,
      byName[name] === undefined ? [] : recordsIn(`records.${name}`, byName[name]),
    ]),
  );
}

function recordsIn(option: string, records: unknown): readonly GivenRecord[] {
  if (!Array.isArray(records)) throw invalidOption(owner, option, records, "It is a list: [{ key: '4', value: … }].");
  for (const [i, record] of records.entries()) {
    const place = `${option}[${i}] of ${owner}`;
    requireOptions(place, record as object, recordParts);
    const { partition } = record as GivenRecord;
    if (partition !== undefined && !(Number.isSafeInteger(partition) && partition >= 0 && partition < partitionsMax))
      throw invalidOption(place, 'partition', partition, `It is a whole number from 0 to ${partitionsMax - 1}.`);
  }
  return records as readonly GivenRecord[];
}

const owner = 'shake()';
/** Every option, so that one that is added is let through. */
const known = Object.keys({
  records: true,
  runsMax: true,
  environment: true,
  handlerWait: true,
} satisfies Readonly<Record<keyof Required<ShakeOptions<AnyTopic>>, true>>);
const recordParts = ['key', 'value', 'partition', 'timestamp', 'headers'];

/** Runs are many, and each partition up to the highest that is named is there in each of them. */
export const partitionsMax = 100;
