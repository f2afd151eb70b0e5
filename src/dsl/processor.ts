// A processor as an author declares it: one object, everything else inferred from it.

import type { FinalPolicy, Guarantee, RetryPolicy, Start, Topology } from '../core/topology.js';
import { buildTopology } from './build-topology.js';
import type { Duration } from './duration.js';
import type { BatchHandlerOf, HandlerOf } from './handler.js';
import type { SentenceError } from './sentence-error.js';
import { type AnyTopic, isTopic, type Topics } from './topic.js';

/** What `processor()` and `batchProcessor()` give back, frozen: what a module exports and `processor run` runs. */
export interface Processor<Name extends string, Input extends AnyTopic | Topics, Outputs extends Topics> {
  readonly kind: 'processor';
  readonly name: Name;
  readonly input: Input;
  readonly outputs: Outputs;
  /** The same as plain data: what the engine runs and tools print. */
  readonly topology: Topology;
}

export type AnyProcessor = Processor<string, AnyTopic | Topics, Topics>;

interface Spec<Name extends string, Input extends AnyTopic | Topics, Outputs extends Topics> {
  /** Also the consumer group and the prefix of the transactional ids: a new name starts from scratch. */
  readonly name: Name;
  /** One topic, or several by name. */
  readonly input: Input;
  /** By the names that handlers call them by. Default: none. */
  readonly outputs?: Outputs;
  /**
   * Whether it may write to a topic that it reads, where its handler sees to it that this ends. Default: false, such an output is
   * refused (PRC_OUTPUT_LOOP).
   */
  readonly feedsItself?: boolean;
  /** Default: `'exactly-once'`. */
  readonly guarantee?: Guarantee;
  /**
   * Where a partition starts for which the group has no offset yet. Default: `'earliest'`. One that is added to the topic while
   * an instance runs starts at its beginning there, whatever stands here; an instance that is started later goes by this.
   */
  readonly start?: Start;
  /** What becomes of a record that fails, by what failed. Default: `fail()` for each. */
  readonly onError?: OnError;
  /** How long one call of a handler may take before the processor ends (PRC_HANDLER_TIMEOUT). Default: `'10s'`. */
  readonly handlerTimeout?: Duration;
}

export interface OnError {
  /** The key or value of an input is not what its codec reads. */
  readonly decode?:
    | FinalPolicy
    | SentenceError<'only a handler is run again: the same bytes decode and encode the same way'>;
  /** The handler threw. */
  readonly handle?: FinalPolicy | RetryPolicy;
  /** An output is not what its codec takes. */
  readonly encode?:
    | FinalPolicy
    | SentenceError<'only a handler is run again: the same bytes decode and encode the same way'>;
}

export interface ProcessorSpec<Name extends string, Input extends AnyTopic | Topics, Outputs extends Topics>
  extends Spec<Name, Input, Outputs> {
  readonly handle: HandlerOf<Input, Outputs>;
}

export interface BatchProcessorSpec<Name extends string, Input extends AnyTopic | Topics, Outputs extends Topics>
  extends Spec<Name, Input, Outputs> {
  readonly handle: BatchHandlerOf<Input, Outputs>;
}

/**
 * Declares a processor that handles one record after another. Its handler may be asynchronous and returns nothing: what it
 * emits through `out` is written in one transaction together with the offsets of what it read. Several inputs have a
 * handler each: `input: { orders, payments }`, `handle: { orders(…) {}, payments(…) {} }`. Mistakes are refused here, before
 * anything starts, each as a ProcessorError with a hint.
 *
 * ```ts
 * export default processor({
 *   name: 'enrich-orders',
 *   input: orders,
 *   outputs: { enriched },
 *   onError: { decode: deadLetter() },
 *   handle(order, { out }) {
 *     out.enriched(order.key, { ...order.value, unitCents: order.value.cents / order.value.quantity });
 *   },
 * });
 * ```
 */
export function processor<
  const Name extends string,
  Input extends AnyTopic | Topics,
  Outputs extends Topics = Record<never, never>,
>(spec: ProcessorSpec<Name, Input, Outputs>): Processor<Name, Input, Outputs> {
  return define('record', spec);
}

/**
 * Like `processor()`, for handlers that want all records of a batch at once, for one bulk look-up instead of many. An
 * output takes its timestamp and its trace from the batch's first record unless they are given (where an OpenTelemetry SDK is
 * registered, the trace is the batch's). The size of a batch is the engine's choice: what comes out must not depend on it.
 *
 * ```ts
 * export default batchProcessor({
 *   name: 'price-orders',
 *   input: orders,
 *   outputs: { priced },
 *   async handle(batch, { out, signal }) {
 *     const prices = await fetchPrices(Array.from(batch, (order) => order.value.sku), { signal });
 *     for (const order of batch) out.priced(order.key, { ...order.value, cents: prices[order.value.sku] ?? 0 });
 *   },
 * });
 * ```
 */
export function batchProcessor<
  const Name extends string,
  Input extends AnyTopic | Topics,
  Outputs extends Topics = Record<never, never>,
>(spec: BatchProcessorSpec<Name, Input, Outputs>): Processor<Name, Input, Outputs> {
  return define('batch', spec);
}

/** Whether a value is what `processor()` or `batchProcessor()` gave back, also by another copy of this package. */
export function isProcessor(value: unknown): value is AnyProcessor {
  return (
    typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'processor' && 'topology' in value
  );
}

function define<Name extends string, Input extends AnyTopic | Topics, Outputs extends Topics>(
  per: 'record' | 'batch',
  spec: Spec<Name, Input, Outputs>,
): Processor<Name, Input, Outputs> {
  const topology = buildTopology(per, spec);
  // Copies, so that nothing changes with the objects that were given. Without outputs the type `Outputs` is the empty one.
  const input = isTopic(spec.input) ? spec.input : (Object.freeze({ ...spec.input }) as Input);
  const outputs = Object.freeze({ ...spec.outputs }) as Outputs;
  return Object.freeze({ kind: 'processor', name: spec.name, input, outputs, topology });
}
