// Batches made by hand and written with Kafka's own request: what no client would write.

import { ask, byte, int16, int32, noText, text } from './kafka-request.js';

/** What the attributes of a batch say of its compression. */
export const codecs = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;

/** Writes a batch of one record to partition 0. `packed` is the record as `recordOf` makes it, by the codec. */
export async function writeBatch(
  brokers: string,
  topic: string,
  codec: keyof typeof codecs,
  packed: Buffer,
): Promise<void> {
  const batch = recordBatch(codecs[codec], packed);
  const partition = [int32(0), int32(batch.length), batch];
  const body = [noText, int16(-1), int32(10_000), int32(1), text(topic), int32(1), ...partition];
  const answer = await ask(brokers, { apiKey: 0, version: 7, isFlexible: false, body: Buffer.concat(body) });
  // Behind the count of topics, the name, the count of partitions and the partition's number.
  const error = answer.readInt16BE(4 + 2 + Buffer.byteLength(topic) + 4 + 4);
  if (error !== 0) throw new Error(`the broker answers with error ${error}`);
}

/** A record without a key and with a value of so many zeros: what stands before them, and behind. */
export function recordOf(zeros: number): { readonly before: Buffer; readonly behind: Buffer } {
  const fields = Buffer.concat([byte(0), varint(0), varint(0), varint(-1), varint(zeros)]);
  const behind = varint(0);
  return { before: Buffer.concat([varint(fields.length + zeros + behind.length), fields]), behind };
}

/** A frame of zstd that unpacks to `before`, so many zeros, `behind`: four bytes for each 128 KiB of them. */
export function zstdOf(zeros: number, { before, behind }: ReturnType<typeof recordOf>): Buffer {
  const blocks = [zstdBlock(rawBlock, before.length, before)];
  for (let left = zeros; left > 0; left -= zstdBlockMax)
    blocks.push(zstdBlock(repeatedBlock, Math.min(left, zstdBlockMax), byte(0)));
  // Magic number, no content size and no checksum, a window of 128 KiB.
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]);
  return Buffer.concat([header, ...blocks, zstdBlock(rawBlock + lastBlock, behind.length, behind)]);
}

const [rawBlock, repeatedBlock, lastBlock] = [0 << 1, 1 << 1, 1];
const zstdBlockMax = 128 * 1024;

function zstdBlock(kind: number, size: number, content: Buffer): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((size << 3) | kind, 0, 3);
  return Buffer.concat([header, content]);
}

function recordBatch(attributes: number, packed: Buffer): Buffer {
  const now = Buffer.alloc(8);
  now.writeBigInt64BE(BigInt(Date.now()));
  const none = Buffer.alloc(8, 0xff);
  const times = Buffer.concat([now, now]);
  const noProducer = Buffer.concat([none, int16(-1), int32(-1)]);
  const recordCount = int32(1);
  const checked = Buffer.concat([int16(attributes), int32(0), times, noProducer, recordCount, packed]);
  const rest = Buffer.concat([int32(-1), byte(2), int32(crc32c(checked) | 0), checked]);
  return Buffer.concat([Buffer.alloc(8), int32(rest.length), rest]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = BigInt(value) < 0n ? -2n * BigInt(value) - 1n : 2n * BigInt(value);
  for (; left > 0x7fn; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(left)]);
}

function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const one of bytes) {
    crc ^= one;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}
