// The body of a broker's answer, read from its start to its end in Kafka's primitive types.

export class BodyReader {
  readonly #body: Buffer;
  #at = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  /** An error by Kafka's name. */
  error(): string {
    const code = this.#body.readInt16BE(this.#at);
    this.#at += 2;
    return errorNames[code] ?? `error ${code}`;
  }

  text(): void {
    this.skip(2 + Math.max(0, this.#body.readInt16BE(this.#at)));
  }

  compactText(): string {
    const length = Math.max(0, this.#varint() - 1);
    this.skip(length);
    return this.#body.toString('utf8', this.#at - length, this.#at);
  }

  /** Tagged fields: none that matters. */
  tags(): void {
    for (let left = this.#varint(); left > 0; left--) {
      this.#varint();
      this.skip(this.#varint());
    }
  }

  array<T>(item: () => T): T[] {
    const length = this.#body.readInt32BE(this.#at);
    this.#at += 4;
    return Array.from({ length }, item);
  }

  compactArray<T>(item: () => T): T[] {
    return Array.from({ length: Math.max(0, this.#varint() - 1) }, item);
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#body.readUInt8(this.#at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
}

const errorNames: Readonly<Record<number, string>> = {
  0: 'NONE',
  3: 'UNKNOWN_TOPIC_OR_PARTITION',
  16: 'NOT_COORDINATOR',
  22: 'ILLEGAL_GENERATION',
  25: 'UNKNOWN_MEMBER_ID',
  45: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
  46: 'DUPLICATE_SEQUENCE_NUMBER',
  47: 'INVALID_PRODUCER_EPOCH',
  48: 'INVALID_TXN_STATE',
  49: 'INVALID_PRODUCER_ID_MAPPING',
  51: 'CONCURRENT_TRANSACTIONS',
  59: 'UNKNOWN_PRODUCER_ID',
  67: 'INVALID_TRANSACTION_TIMEOUT',
  90: 'PRODUCER_FENCED',
  105: 'TRANSACTIONAL_ID_NOT_FOUND',
  120: 'TRANSACTION_ABORTABLE',
};
