// Kafka's default partitioner for records with a key: murmur2 as in org.apache.kafka.common.utils.Utils, so that our
// records share partitions with those of Java producers (E17). Pure.

/** The partition of a key among `partitions`: `toPositive(murmur2(key)) % partitions`. */
export function partitionOf(bytes: Uint8Array, start: number, end: number, partitions: number): number {
  return (murmur2(bytes, start, end) & 0x7fffffff) % partitions;
}

/** The 32-bit murmur2 hash of `bytes[start, end)` with Kafka's seed, as a signed integer. */
export function murmur2(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  const m = 0x5bd1e995;
  let hash = 0x9747b28c ^ length;
  let at = start;
  for (const wordsEnd = end - 3; at < wordsEnd; at += 4) {
    // The bounds of the loop hold the four indexes inside the array.
    let word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    word = Math.imul(word, m);
    word ^= word >>> 24;
    hash = Math.imul(hash, m) ^ Math.imul(word, m);
  }
  const rest = end - at;
  if (rest >= 3) hash ^= (bytes[at + 2] as number) << 16;
  if (rest >= 2) hash ^= (bytes[at + 1] as number) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ (bytes[at] as number), m);
  hash = Math.imul(hash ^ (hash >>> 13), m);
  return hash ^ (hash >>> 15);
}
