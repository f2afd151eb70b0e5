// Takes a stream of bytes apart: so many bytes exactly, or what is there already. Every byte is copied at most once, however
// large the frame and however small the pieces that it comes in.

import type { Readable } from 'node:stream';

export class ByteReader {
  readonly #source: Readable;
  #rest: Buffer = empty;

  constructor(source: Readable) {
    this.#source = source;
  }

  /** The next `count` bytes; undefined if the stream ends before. */
  async exactly(count: number): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    for (let missing = count; missing > 0; ) {
      const piece = await this.upTo(missing);
      if (piece === undefined) return undefined;
      pieces.push(piece);
      missing -= piece.length;
    }
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces, count);
  }

  /** At least one and at most `count` bytes, as soon as there are any; undefined at the end of the stream. */
  async upTo(count: number): Promise<Buffer | undefined> {
    while (this.#rest.length === 0) {
      const chunk: Buffer | null = this.#source.read();
      if (chunk !== null) this.#rest = chunk;
      else if (this.#source.readableEnded || this.#source.destroyed) return undefined;
      else await firstOf(this.#source, ['readable', 'end', 'close']);
    }
    const piece = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }
}

/** Resolves with the first of these events, and leaves no listener behind. */
export function firstOf(source: NodeJS.EventEmitter, events: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of events) source.off(event, done);
      resolve();
    };
    for (const event of events) source.on(event, done);
  });
}

const empty = Buffer.alloc(0);
