// What a handler gets and may do, as types computed from the topics. Nothing here exists at run time: the engine makes the
// records and the context.

import type { EmitOptions, Headers } from '../core/record.js';
import type { SentenceError } from './sentence-error.js';
import type { AnyTopic, Reads, Topics, Writes } from './topic.js';

/**
 * One record of a topic. `key` and `value` are decoded when they are first touched; if that fails the record is a decode
 * failure even where the handler catches the error. Bytes that are never touched are never checked.
 */
export interface InputRecord<T extends AnyTopic> {
  readonly topic: T['name'];
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since 1970; -1 where the record has none. */
  readonly timestamp: number;
  readonly key: Reads<T['key']>;
  readonly value: Reads<T['value']>;
  readonly headers: Headers;
}

/** The records of one partition that are handled together, in offset order. Never empty. */
export interface Batch<T extends AnyTopic> extends Iterable<InputRecord<T>> {
  readonly length: number;
  /** Negative indices count from the end, as in arrays. Throws a RangeError where there is no record. */
  at(index: number): InputRecord<T>;
}

/**
 * Adds a record to what the batch will write, all of it in one transaction. The value is encoded at once, so it may be
 * changed afterwards; one that does not fit its codec throws and is an encode failure even where the handler catches it.
 */
export type Emit<T extends AnyTopic> = (
  key: Writes<T['key']>,
  value: Writes<T['value']>,
  options?: EmitOptions,
) => void;

export type Out<Outputs extends Topics> = { readonly [Name in keyof Outputs]: Emit<Outputs[Name]> };

export interface Context<Outputs extends Topics> {
  /** The outputs by their names. Calls after the handler has ended throw PRC_OUTPUT_AFTER_END. */
  readonly out: Out<Outputs>;
  /** Aborts when the batch does: its partition was lost, or it is replayed. Pass it on to whatever is awaited. */
  readonly signal: AbortSignal;
}

/** Handlers may be asynchronous. What they emit goes through `out`; a returned value would be lost, so it is a type error. */
export type Handler<T extends AnyTopic, Outputs extends Topics> = (
  record: InputRecord<T>,
  context: Context<Outputs>,
) => void | Promise<void> | SentenceError<'a handler returns nothing: it emits through context.out'>;

export type BatchHandler<T extends AnyTopic, Outputs extends Topics> = (
  batch: Batch<T>,
  context: Context<Outputs>,
) => void | Promise<void> | SentenceError<'a handler returns nothing: it emits through context.out'>;

/** One handler for one topic, a handler each for several. */
export type HandlerOf<Input, Outputs extends Topics> = Input extends AnyTopic
  ? Handler<Input, Outputs>
  : { readonly [Name in keyof Input]: Input[Name] extends AnyTopic ? Handler<Input[Name], Outputs> : never };

export type BatchHandlerOf<Input, Outputs extends Topics> = Input extends AnyTopic
  ? BatchHandler<Input, Outputs>
  : { readonly [Name in keyof Input]: Input[Name] extends AnyTopic ? BatchHandler<Input[Name], Outputs> : never };
