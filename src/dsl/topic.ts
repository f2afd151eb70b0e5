// A topic as an author declares it: the one value that types everything that is read from it and written to it.

import type { AnyCodec, Codec } from '../core/codec.js';
import type { TopologyTopic } from '../core/topology.js';
import { invalidOption, refuseUnknownOptions, requireObject } from '../errors/options.js';
import { requireName, wholeNumber } from './options.js';

/** What a handler gets from a codec, and what it may hand to it. */
export type Reads<C extends AnyCodec> = C extends Codec<infer Read, never> ? Read : never;
export type Writes<C extends AnyCodec> = C extends Codec<unknown, infer Write> ? Write : never;

export interface Topic<Name extends string, Key extends AnyCodec, Value extends AnyCodec> extends TopologyTopic {
  readonly kind: 'topic';
  readonly name: Name;
  readonly key: Key;
  readonly value: Value;
}

export type AnyTopic = Topic<string, AnyCodec, AnyCodec>;

/** Topics by the name that handlers call them by. */
export interface Topics {
  readonly [name: string]: AnyTopic;
}

export interface TopicSpec<Key extends AnyCodec, Value extends AnyCodec> {
  readonly key: Key;
  readonly value: Value;
  /** How many partitions `topics create` and `dev` give it. Default: the tool's. An existing topic is left alone. */
  readonly partitions?: number;
  /** Settings by Kafka's names, for `topics create` and `dev`: `{ 'retention.ms': '-1' }`. */
  readonly config?: Readonly<Record<string, string>>;
}

/**
 * Declares a topic. Define it once and import it wherever it is read or written: two different definitions of one name
 * are refused (PRC_TOPIC_DEFINED_TWICE). Nothing is created or looked up here.
 *
 * ```ts
 * export const orders = topic('orders', { key: text(), value: json(Order), partitions: 4 });
 * ```
 *
 * @param name 1 to 249 of `a-z A-Z 0-9 . _ -`, else PRC_NAME_INVALID.
 */
export function topic<const Name extends string, Key extends AnyCodec, Value extends AnyCodec>(
  name: Name,
  spec: TopicSpec<Key, Value>,
): Topic<Name, Key, Value> {
  requireName('topic', name);
  const owner = `topic '${name}'`;
  requireObject(owner, spec);
  refuseUnknownOptions(owner, spec, ['key', 'value', 'partitions', 'config']);
  const { key, value, partitions, config } = spec;
  requireCodec(owner, 'key', key);
  requireCodec(owner, 'value', value);
  return Object.freeze({
    kind: 'topic',
    name,
    key,
    value,
    ...(partitions !== undefined && { partitions: wholeNumber(owner, 'partitions', partitions) }),
    ...(config !== undefined && { config: copyOfConfig(owner, config) }),
  });
}

/** Whether a value is what `topic()` gave back, also by another copy of this package. */
export function isTopic(value: unknown): value is AnyTopic {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    value.kind === 'topic' &&
    'key' in value &&
    'value' in value
  );
}

function requireCodec(owner: string, part: 'key' | 'value', codec: unknown): void {
  if (typeof codec === 'object' && codec !== null && 'open' in codec && typeof codec.open === 'function') return;
  // The call was forgotten: `value: text`.
  throw invalidOption(owner, part, codec, 'It is a codec: json(schema), avro(schema), text(), bytes(), …');
}

function copyOfConfig(owner: string, config: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  requireObject(`config of ${owner}`, config);
  for (const [setting, value] of Object.entries(config)) {
    if (typeof value !== 'string')
      throw invalidOption(owner, `config['${setting}']`, value, 'Settings of a topic are texts.');
  }
  return Object.freeze({ ...config });
}
