// The plain data that the DSL makes, the engine runs and tools print. Frozen; holds the author's functions and codecs,
// no connection. The engine sees this and never the DSL.

import type { AnyCodec } from './codec.js';

export type Guarantee = 'exactly-once' | 'at-least-once' | 'at-most-once';
/** Where a partition starts for which the group has no offset yet. `refuse` is a named error. */
export type Start = 'earliest' | 'latest' | 'refuse';

export interface TopologyTopic {
  readonly name: string;
  readonly key: AnyCodec;
  readonly value: AnyCodec;
  /** How many partitions `topics create` and `dev` give it. Undefined: the default of the tool. */
  readonly partitions?: number;
  /** Topic settings by Kafka's names, for `topics create` and `dev`. */
  readonly config?: Readonly<Record<string, string>>;
}

export interface Topology {
  /** The processor's name, without the namespace. */
  readonly name: string;
  readonly guarantee: Guarantee;
  readonly start: Start;
  readonly onError: ErrorPolicies;
  /** How long one attempt of a handler may take before the processor ends (E11, E18), in milliseconds. */
  readonly handlerTimeoutMs: number;
  readonly subtopologies: readonly Subtopology[];
  /** Outputs by the name that handlers call them by. */
  readonly sinks: readonly Sink[];
}

/** A part that shares records without passing through a topic. Its name is its first source topic's (E1). */
export interface Subtopology {
  readonly name: string;
  readonly source: Source;
}

export interface Source {
  readonly topic: TopologyTopic;
  readonly handler: SourceHandler;
}

/** What runs for a source: once per record, or once per batch of records of one partition. */
export type SourceHandler =
  | { readonly per: 'record'; readonly handle: (record: never, context: never) => unknown }
  | { readonly per: 'batch'; readonly handle: (batch: never, context: never) => unknown };

export interface Sink {
  readonly name: string;
  readonly topic: TopologyTopic;
}

/** What ends the treatment of a failed record. */
export type FinalPolicy =
  | { readonly policy: 'fail' }
  | { readonly policy: 'skip' }
  | { readonly policy: 'dead-letter'; readonly topic?: string };

/** Tries the handler again up to `times` more times; waits grow from `backoffMs` (doubling, at most `backoffMaxMs`). */
export interface RetryPolicy {
  readonly policy: 'retry';
  readonly times: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly otherwise: FinalPolicy;
}

export interface ErrorPolicies {
  readonly decode: FinalPolicy;
  readonly handle: FinalPolicy | RetryPolicy;
  readonly encode: FinalPolicy;
}

/** The topic that dead letters of a processor go to, unless the policy names one: `<namespace><processor>.dlq`. */
export function deadLetterTopic(namespace: string, processor: string): string {
  return `${namespace}${processor}.dlq`;
}

/** Every topic that dead letters may go to under these policies, each once. */
export function deadLetterTopics(namespace: string, topology: Topology): string[] {
  const policies = [
    topology.onError.decode,
    topology.onError.encode,
    topology.onError.handle.policy === 'retry' ? topology.onError.handle.otherwise : topology.onError.handle,
  ];
  const names = policies.flatMap((final) =>
    final.policy === 'dead-letter' ? [final.topic ?? deadLetterTopic(namespace, topology.name)] : [],
  );
  return [...new Set(names)];
}
