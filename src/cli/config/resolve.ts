// Which of several places a value is taken from, and which it was: a flag goes before the environment, that before the config
// file (there a profile before what stands outside of it), and that before the default.

import type { ConfigProfile } from '../../dsl/define-config.js';
import { invalidOption } from '../../errors/options.js';
import type { ConfigFlags, ConfigValue, Scalar } from './config-values.js';
import { type Environment, readVariable } from './variables.js';

export type Origin =
  | { readonly from: 'flag'; readonly flag: string }
  | { readonly from: 'environment'; readonly variable: string }
  | FileOrigin
  | { readonly from: 'default' };

export interface FileOrigin {
  readonly from: 'file';
  readonly file: string;
  readonly profile?: string;
}

export interface Resolved<T extends Scalar = Scalar> {
  /** What it is called in the config file. */
  readonly key: string;
  /** Undefined: nobody says it, and it has no default. */
  readonly value: T | undefined;
  readonly origin: Origin;
  readonly isSecret: boolean;
  /** The value for people, where that differs. */
  readonly shown?: string;
}

/** A part of the config file: a profile, or what stands outside of all of them. */
export interface FileLayer {
  readonly origin: FileOrigin;
  readonly values: ConfigProfile;
}

export interface Sources {
  readonly flags: ConfigFlags;
  readonly environment: Environment;
  /** Those that hold, the first one goes before the others. */
  readonly file: readonly FileLayer[];
}

/** @throws PRC_OPTION_INVALID, PRC_VARIABLE_SET_TWICE, PRC_SECRET_UNREADABLE */
export function resolveValue<T extends Scalar>(definition: ConfigValue<T>, sources: Sources): Resolved<T> {
  const { key, isSecret = false } = definition;
  const found = given(definition, sources);
  if (found === undefined) return { key, value: definition.default, origin: { from: 'default' }, isSecret };
  const value = definition.parse(found.raw);
  if (value !== undefined)
    return {
      key,
      value,
      origin: found.origin,
      isSecret,
      ...(definition.show ? { shown: definition.show(value) } : {}),
    };
  const [owner, option] = placeOf(found.origin, key);
  throw invalidOption(owner, option, isSecret ? '***' : found.raw, definition.expected);
}

/** For people: `--brokers`, `KAFKA_BROKERS`, `processor.config.ts, profile production`, `default`. */
export function originText(origin: Origin): string {
  switch (origin.from) {
    case 'flag':
      return origin.flag;
    case 'environment':
      return origin.variable;
    case 'file':
      return origin.profile === undefined ? origin.file : `${origin.file}, profile ${origin.profile}`;
    case 'default':
      return 'default';
  }
}

function placeOf(origin: Given['origin'], key: string): readonly [owner: string, option: string] {
  switch (origin.from) {
    case 'flag':
      return ['the command line', origin.flag];
    case 'environment':
      return ['the environment', origin.variable];
    case 'file':
      return [originText(origin), key];
  }
}

interface Given {
  readonly raw: unknown;
  readonly origin: Exclude<Origin, { readonly from: 'default' }>;
}

function given<T extends Scalar>(
  { flag, variable, inFile }: ConfigValue<T>,
  { flags, environment, file }: Sources,
): Given | undefined {
  const typed = flag && flags[flag.name];
  if (flag !== undefined && typed !== undefined) return { raw: typed, origin: { from: 'flag', flag: flag.as } };
  const set = readVariable(environment, variable);
  if (set !== undefined) return { raw: set.value, origin: { from: 'environment', variable: set.variable } };
  for (const { origin, values } of file) {
    const raw = inFile?.(values);
    if (raw !== undefined) return { raw, origin };
  }
  return undefined;
}
