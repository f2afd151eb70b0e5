// What a handler sees of a record beside its key and value. Pure.

/** The headers of a record, in their order. Kafka lets a name repeat. */
export interface Headers extends Iterable<readonly [name: string, value: Uint8Array]> {
  /** The last value of this name. */
  get(name: string): Uint8Array | undefined;
  /** Every value of this name, in order. */
  getAll(name: string): Uint8Array[];
  /** The last value of this name, read as UTF-8. */
  text(name: string): string | undefined;
}
