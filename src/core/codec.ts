// What turns bytes into values and back. A `Codec` is what an author writes down: plain data without a connection.
// At start it is opened for one topic and one part of its records; that gives a `Serde`, which is synchronous.

/** A codec as an author declares it. `Read` is what a handler gets, `Write` what it may emit. */
export interface Codec<Read, Write = Read> {
  /** For people and tools: `json`, `avro`, `text`, … */
  readonly format: string;
  /** Whether null bytes (a tombstone, a record without a key) are a value here. Otherwise they are a decode failure. */
  readonly nullable: boolean;
  /** What a schema registry holds for it, as JSON text; absent where none is asked. Tools check and register it. */
  readonly schema?: string;
  /**
   * Makes the codec ready for one part of one topic. Looks up what it needs (a schema's id), so it may fail, and it is
   * awaited before the processor joins its group, never inside a transaction.
   */
  open(scope: CodecScope): Serde<Read, Write> | Promise<Serde<Read, Write>>;
}

/** A codec whose types do not matter to the reader of the code. */
export type AnyCodec = Codec<unknown, never>;

/** An opened codec. Both methods are synchronous and never see null: `nullable` is settled by the caller. */
export interface Serde<Read, Write = Read> {
  /** Reads one value from `bytes[start, end)`. Throws whatever it likes: the caller makes a decode failure of it. */
  decode(bytes: Uint8Array, start: number, end: number): Read;
  /** Appends the bytes of one value. Throws if the value does not fit the codec; the sink is then rewound by the caller. */
  encode(value: Write, sink: ByteSink): void;
  /**
   * The schema that `bytes[start, end)` was written with, if it is not loaded yet; undefined if `decode` can go ahead.
   * The engine awaits the loading of all that a batch names before its first handler runs. The promise rejects only
   * where the registry cannot be reached or refuses the login; an id that the registry does not know, or whose schema
   * cannot be used, is remembered, and `decode` throws for it.
   */
  missing?(bytes: Uint8Array, start: number, end: number): Promise<void> | undefined;
}

export interface CodecScope {
  readonly topic: string;
  readonly part: 'key' | 'value';
  /** An input is read, an output is written; a topic can be both. */
  readonly use: 'read' | 'write';
  /** Absent where no registry is configured: a codec that needs one throws a named error. */
  readonly registry?: SchemaRegistry;
  /** Whether a schema that the registry does not have may be registered (`dev`, `--register-schemas`). */
  readonly registerSchemas: boolean;
}

/** What codecs need of a schema registry. Implementations are in adapters; every method may reject when it is unreachable. */
export interface SchemaRegistry {
  /**
   * The schema (as its JSON text) of an id; undefined if the registry does not know the id. Rejects with
   * `PRC_SCHEMA_UNREADABLE` if it knows the id and has no schema that stands by itself. Single-flight and cached.
   */
  schemaById(id: number): Promise<string | undefined>;
  /** The id under which this very schema stands in the subject; undefined if it does not. */
  idOf(subject: string, schema: string): Promise<number | undefined>;
  /** Registers the schema, or finds it. Rejects with a named error if the registry finds it incompatible. */
  register(subject: string, schema: string): Promise<number>;
}

/** A growing buffer that codecs append to. `bytes` may be replaced by `reserve`: read it again afterwards. */
export interface ByteSink {
  /** The bytes so far are `bytes[0, position)`. */
  readonly bytes: Uint8Array;
  position: number;
  /** Makes room for at least `size` more bytes behind `position`. */
  reserve(size: number): void;
}
