// Null as a value: tombstones, records without a key.

import type { AnyCodec, Codec, CodecScope } from '../core/codec.js';

/**
 * Lets a key or value be null beside what the codec takes. Without it a null is a decode failure on an input and an
 * encode failure on an output. A null value is Kafka's tombstone: on a compacted topic it deletes the key.
 *
 * ```ts
 * const customers = topic('customers', { key: text(), value: nullable(json(Customer)) });
 * ```
 */
export function nullable<Read, Write>(codec: Codec<Read, Write>): Codec<Read | null, Write | null> {
  const known = made.get(codec) as Codec<Read | null, Write | null> | undefined;
  if (known) return known;
  // Null never reaches a serde (see Codec.nullable), so the one for the others will do.
  const wrapped: Codec<Read | null, Write | null> = Object.freeze({
    format: codec.format,
    nullable: true,
    ...(codec.schema !== undefined && { schema: codec.schema }),
    open: (scope: CodecScope) => codec.open(scope),
  });
  made.set(codec, wrapped);
  made.set(wrapped, wrapped);
  return wrapped;
}

/** The same for the same codec: two topics of one name are told apart by their codecs. */
const made = new WeakMap<AnyCodec, AnyCodec>();
