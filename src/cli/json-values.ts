// Values on their way to JSON lines and back, without loss. JSON has no bytes, dates and large integers: they travel in
// objects with one key that begins with `$`, which no Avro name can.
//   Uint8Array   {"$base64": "AAE="}
//   Date         {"$date": "2026-11-21T09:00:00.000Z"}
//   bigint       {"$bigint": "123"}
//   NaN, ±∞      {"$number": "NaN"}

export function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') return { $bigint: String(value) };
  if (typeof value === 'number' && !Number.isFinite(value)) return { $number: String(value) };
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return { $base64: Buffer.from(value).toString('base64') };
  if (value instanceof Date) return { $date: value.toISOString() };
  if (Array.isArray(value)) return value.map(toJson);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, toJson(one)]));
}

/** Throws a sentence if a tagged object holds what it cannot. */
export function fromJson(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return json.map(fromJson);
  const entries = Object.entries(json);
  const [first] = entries;
  const untag = first && entries.length === 1 ? tags[first[0]] : undefined;
  if (first && untag) return untag(first[1]);
  return Object.fromEntries(entries.map(([name, one]) => [name, fromJson(one)]));
}

const tags: Readonly<Record<string, (text: unknown) => unknown>> = {
  $base64: (text) => bytesOf(text),
  $date(text) {
    const date = new Date(typeof text === 'string' || typeof text === 'number' ? text : Number.NaN);
    if (Number.isNaN(date.getTime()))
      throw new Error(`$date takes a time such as "2026-11-21T09:00:00Z", not ${JSON.stringify(text)}`);
    return date;
  },
  $bigint(text) {
    if (typeof text !== 'string' || !/^-?\d+$/.test(text))
      throw new Error(`$bigint takes a whole number as a text, not ${JSON.stringify(text)}`);
    return BigInt(text);
  },
  $number(text) {
    if (text === 'NaN' || text === 'Infinity' || text === '-Infinity') return Number(text);
    throw new Error(`$number takes "NaN", "Infinity" or "-Infinity", not ${JSON.stringify(text)}`);
  },
};

/** The bytes of `{"$base64": …}`; undefined for anything else. */
export function taggedBytes(json: unknown): Uint8Array | undefined {
  if (typeof json !== 'object' || json === null || !('$base64' in json) || Object.keys(json).length > 1)
    return undefined;
  return bytesOf(json.$base64);
}

function bytesOf(text: unknown): Uint8Array {
  if (typeof text !== 'string' || !base64.test(text))
    throw new Error(`$base64 takes a text in base64, not ${JSON.stringify(text)}`);
  return new Uint8Array(Buffer.from(text, 'base64'));
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
