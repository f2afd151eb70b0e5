// What authors see of a record beside its key and value: its headers, and what they may say about an output. Types only.

/**
 * The headers of an input record, in their order. Kafka allows a name to repeat. A header whose value is null is not
 * found by name; iteration shows it as empty bytes.
 */
export interface Headers extends Iterable<readonly [name: string, value: Uint8Array]> {
  /** The last header of this name, as Kafka's own `lastHeader` finds it. */
  get(name: string): Uint8Array | undefined;
  /** Every header of this name, in their order. */
  getAll(name: string): Uint8Array[];
  /** The last header of this name, read as UTF-8. */
  text(name: string): string | undefined;
}

/** Headers of an output: by name, or as pairs where a name repeats. A text is written as UTF-8. */
export type EmitHeaders =
  | Readonly<Record<string, string | Uint8Array>>
  | readonly (readonly [name: string, value: string | Uint8Array])[];

export interface EmitOptions {
  /** Milliseconds since 1970. Default: the timestamp of the input record. */
  readonly timestamp?: number;
  /** Default: murmur2 over the key's bytes, as Java's producers do; for a null key the input's partition modulo the count. */
  readonly partition?: number;
  /** Default: none, apart from those of the input's trace (`traceparent`, `tracestate`). */
  readonly headers?: EmitHeaders;
}
