// What `processor dev` and the process that runs the processors say to each other, over the pipe between them.

import type { Guarantee } from '../../core/topology.js';
import type { Status } from './status.js';

/** To the child. First `connect`, as soon as Kafka is there, and `run` when nobody else runs the processors any more. */
export type Order = ({ readonly order: 'connect' } & Surroundings) | { readonly order: 'run' };

/** Where a child works, and what it may change there. */
export interface Surroundings {
  readonly brokers: string;
  /** Dev's own broker: then no login is used, whatever is configured for other brokers. */
  readonly isEmbedded: boolean;
  /** There are no brokers: the child works on a model of Kafka in its own process. */
  readonly isInMemory: boolean;
  /** The address of the embedded registry; undefined: what is configured holds. */
  readonly registry: string | undefined;
  readonly mayCreateTopics: boolean;
  readonly mayRegisterSchemas: boolean;
}

/** From the child. */
export type Report =
  /** What it has read so far, whether that could be used or not: each file with its stamp. */
  | { readonly report: 'read'; readonly stamps: Stamps }
  /** All is there that the processors need. It waits for `run`. */
  | { readonly report: 'loaded'; readonly processors: readonly ProcessorRow[]; readonly created: readonly string[] }
  /** It works on its partitions. */
  | { readonly report: 'ready'; readonly partitions: number }
  | { readonly report: 'status'; readonly status: Status }
  /** Why it ends. */
  | ({ readonly report: 'failed' } & Failure);

/** Files, absolute, and what tells that one was changed (source-stamps.ts). */
export type Stamps = Readonly<Record<string, string>>;

export interface ProcessorRow {
  readonly processor: string;
  readonly module: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Of each input. */
  readonly partitions: readonly number[];
  readonly guarantee: Guarantee;
}

/** An error for people and for programs, as commands report it. */
export interface Failure {
  readonly text: string;
  readonly json: {
    readonly error: {
      readonly code?: string;
      readonly message: string;
      readonly details?: Readonly<Record<string, unknown>>;
    };
  };
}
