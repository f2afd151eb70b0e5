// What `start()` refuses before it connects: without a compiler a misspelt `onFact` or `namespace` would be passed over, and
// the processor would run under another group than the one that was meant.

import { limits } from '../core/defaults.js';
import { invalidOption, refuseUnknownOptions, requireObject } from '../errors/options.js';
import type { StartOptions } from './start.js';

/** @throws PRC_OPTIONS_MISSING, PRC_OPTION_UNKNOWN, PRC_OPTION_INVALID */
export function checkStart(processors: unknown, options: unknown): void {
  for (const one of Array.isArray(processors) ? (processors as readonly unknown[]) : [processors])
    if (!isStartable(one))
      throw invalidOption(owner, 'processors', one, 'It takes what processor() makes, or an array.');
  requireObject(owner, options);
  refuseUnknownOptions(owner, options, Object.keys(expected));
  for (const [name, { isIt, says }] of Object.entries(expected)) {
    const given = options[name];
    if (!isIt(given) && (given !== undefined || name === 'brokers')) throw invalidOption(owner, name, given, says);
  }
  if (options['limits'] !== undefined)
    refuseUnknownOptions(`${owner} limits`, options['limits'] as object, Object.keys(limits));
}

const owner = 'start()';

const isText = (given: unknown): boolean => typeof given === 'string';
const isObject = (given: unknown): boolean => typeof given === 'object' && given !== null && !Array.isArray(given);

/** Every option, so that one that is added has its line here. */
const expected: {
  readonly [_ in keyof Required<StartOptions>]: { readonly isIt: (given: unknown) => boolean; readonly says: string };
} = {
  brokers: {
    isIt: (given) => typeof given === 'string' && given.trim() !== '',
    says: "It is a text of host:port pairs, separated by commas: 'localhost:9092'.",
  },
  settings: { isIt: isObject, says: "It is an object of librdkafka's properties: { 'session.timeout.ms': 6000 }." },
  namespace: { isIt: isText, says: 'It is a text.' },
  registry: {
    isIt: (given) => isText(given) || isObject(given),
    says: "It is the registry's address, or a client of one.",
  },
  registerSchemas: { isIt: (given) => typeof given === 'boolean', says: 'It is true or false.' },
  limits: { isIt: isObject, says: 'It is an object with some of the limits.' },
  instance: { isIt: isText, says: 'It is a text.' },
  onFact: { isIt: (given) => typeof given === 'function', says: 'It is a function (fact) => void.' },
};

function isStartable(given: unknown): boolean {
  return typeof given === 'object' && given !== null && 'topology' in given && isObject(given.topology);
}
