// Reads Avro's binary form from a range of a batch's buffer, in place of avsc's own reader, which trusts its input: with
// that one, a length of 200 bytes spoils a buffer that all later values share, five bytes ask for millions of items, and
// a value that runs past its end reads its neighbour. Here whatever does not fit the range throws at once. A tap is opened
// anew for each value. Its methods are named as avsc calls them.

/** Containers within containers: deeper ones would end in an overflow of the stack, here or in a handler. */
export const depthMax = 1000;
/** Items that take no bytes (nulls, empty records) which a value may hold on top of one item per byte. */
export const emptyItemsMax = 10_000;

const none = Buffer.alloc(0) as SliceableBuffer;

/** Node's decoder without the wrapping of `toString`, which is a third of the time of a short text. */
interface SliceableBuffer extends Buffer {
  utf8Slice(start: number, end: number): string;
}

export class AvroTap {
  /** Where the next byte is read. */
  pos = 0;
  private buffer: SliceableBuffer = none;
  private end = 0;
  private depth = 0;
  private itemsLeft = 0;

  /** From now on reads `buffer[start, end)`. */
  open(buffer: Buffer, start: number, end: number): void {
    this.buffer = buffer as SliceableBuffer;
    this.pos = start;
    this.end = end;
    this.depth = 0;
    this.itemsLeft = end - start + emptyItemsMax;
  }

  /** Called at the start of everything that can hold values of its own kind; `leave` at its end. */
  enter(): void {
    if (++this.depth > depthMax) throw new Error(`values are nested more than ${depthMax} deep`);
  }

  leave(): void {
    this.depth--;
  }

  /** The number of items in the next block of an array or map; 0 ends it. Refuses more items than the value can hold. */
  readCount(): number {
    let count = this.readLong();
    if (count < 0) {
      count = -count;
      this.skipLong();
    }
    this.itemsLeft -= count;
    if (this.itemsLeft < 0) throw new Error(`a block claims ${count} items, more than its bytes can hold`);
    return count;
  }

  /** Like `readCount`, for items that are passed over: jumps over the block where it says how long it is. */
  skipBlock(skipItem: () => void): boolean {
    const count = this.readLong();
    if (count < 0) {
      this.skipFixed(this.readLength());
      return true;
    }
    this.itemsLeft -= count;
    if (this.itemsLeft < 0) throw new Error(`a block claims ${count} items, more than its bytes can hold`);
    for (let i = 0; i < count; i++) skipItem();
    return count > 0;
  }

  readBoolean(): boolean {
    return this.next() !== 0;
  }

  skipBoolean(): void {
    this.next();
  }

  readInt(): number {
    const value = this.readLong();
    if (value !== (value | 0)) throw new Error('an int has more than 32 bits');
    return value;
  }

  skipInt(): void {
    this.skipLong();
  }

  /** A long as a number; throws where a number cannot hold it exactly. */
  readLong(): number {
    let byte = this.next();
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    const negative = byte & 1;
    // The magnitude without the sign bit: 27 bits come from the first four bytes, the rest is added in floating point,
    // where it stays exact up to 2^53.
    let low = (byte & 0x7f) >>> 1;
    for (let shift = 6; shift < 27; shift += 7) {
      byte = this.next();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return negative ? ~low : low;
    }
    let magnitude = low;
    let factor = 2 ** 27;
    for (let index = 4; index < 10; index++, factor *= 128) {
      byte = this.next();
      magnitude += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        const value = negative ? -magnitude - 1 : magnitude;
        if (!Number.isSafeInteger(value)) throw new Error("a long is beyond 2^53 (read it with { long: 'bigint' })");
        return value;
      }
    }
    throw new Error('a number takes more than ten bytes');
  }

  readBigLong(): bigint {
    let raw = 0n;
    for (let index = 0; index < 10; index++) {
      const byte = this.next();
      raw |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return BigInt.asIntN(64, (raw >> 1n) ^ -(raw & 1n));
    }
    throw new Error('a number takes more than ten bytes');
  }

  skipLong(): void {
    for (let index = 0; index < 10; index++) if (this.next() < 0x80) return;
    throw new Error('a number takes more than ten bytes');
  }

  readFloat(): number {
    return this.buffer.readFloatLE(this.take(4));
  }

  skipFloat(): void {
    this.take(4);
  }

  readDouble(): number {
    return this.buffer.readDoubleLE(this.take(8));
  }

  skipDouble(): void {
    this.take(8);
  }

  readString(): string {
    const length = this.readLength();
    const start = this.take(length);
    return this.buffer.utf8Slice(start, start + length);
  }

  skipString(): void {
    this.take(this.readLength());
  }

  /** A copy: the batch's buffer must stay out of a handler's reach (E11). */
  readBytes(): Uint8Array {
    return this.readFixed(this.readLength());
  }

  skipBytes(): void {
    this.take(this.readLength());
  }

  readFixed(length: number): Uint8Array {
    const start = this.take(length);
    return new Uint8Array(this.buffer.subarray(start, start + length));
  }

  skipFixed(length: number): void {
    this.take(length);
  }

  private readLength(): number {
    const length = this.readLong();
    if (length < 0) throw new Error(`a length is negative (${length})`);
    return length;
  }

  private next(): number {
    if (this.pos >= this.end) throw new Error('the value is cut off');
    return this.buffer[this.pos++] as number;
  }

  /** Moves over `length` bytes and says where they begin. */
  private take(length: number): number {
    const start = this.pos;
    if (length > this.end - start) throw new Error('the value is cut off');
    this.pos = start + length;
    return start;
  }
}
