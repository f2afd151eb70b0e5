// The ways in which the treatment of a record or a call can fail inside the engine, as classes of their own: which of them
// it is decides what happens, see classify.ts.

/** Bytes that their codec does not take. Marks the record even if the handler catches it. */
export class DecodeFailure extends Error {
  override readonly name = 'DecodeFailure';
  readonly part: 'key' | 'value';

  constructor(part: 'key' | 'value', cause: unknown) {
    super(`${part} cannot be decoded: ${messageOf(cause)}`, { cause });
    this.part = part;
  }
}

/** An output that its codec does not take. Marks the record even if the handler catches it. */
export class EncodeFailure extends Error {
  override readonly name = 'EncodeFailure';

  constructor(topic: string, part: 'key' | 'value' | 'options', cause: unknown) {
    super(`${part} for ${topic} cannot be encoded: ${messageOf(cause)}`, { cause });
  }
}

/** The partition is not this task's any more: whatever it was about to do must not happen (E4). */
export class OwnershipLost extends Error {
  override readonly name = 'OwnershipLost';
}

/** All calls for one purpose together took longer than the transaction may stay open (E8). */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What was thrown, as an error: handlers may throw anything. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(`a handler threw ${String(thrown)}`, { cause: thrown });
}
