// A chaos run's records as text: who they are, what they carry, and which record they come from.

import { keyText } from './steps.js';

export interface ChaosRecord {
  readonly key: number;
  readonly seq: number;
  /** -1 where the bytes are no text on purpose. */
  readonly payload: number;
  /** -1 in the input. */
  readonly fromPartition: number;
  readonly fromOffset: number;
}

/** The value of an input record; a payload of -1 makes bytes that no codec takes for a text. */
export function inputValue(seq: number, payload: number): Buffer {
  const text = Buffer.from(`${seq} ${payload}`);
  return payload < 0 ? Buffer.concat([noText, text]) : text;
}

export function outputValue(record: Omit<ChaosRecord, 'key'>): string {
  return `${record.seq} ${record.payload} ${record.fromPartition} ${record.fromOffset}`;
}

/** Throws for what no process of a run has written. */
export function parseRecord(key: Uint8Array | null, value: Uint8Array | null): ChaosRecord {
  if (key === null || value === null) throw new Error('a record without key or value');
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const [seq, payload, fromPartition = -1, fromOffset = -1] = bytes
    .toString('latin1', bytes[0] === noText[0] ? 1 : 0)
    .split(' ')
    .map(Number);
  const number = Number(
    Buffer.from(key)
      .toString()
      .slice(keyText(0).length - 1),
  );
  if (
    seq === undefined ||
    payload === undefined ||
    [seq, payload, number, fromPartition, fromOffset].some(Number.isNaN)
  )
    throw new Error(`no record of a chaos run: ${bytes.toString()}`);
  return { key: number, seq, payload, fromPartition, fromOffset };
}

const noText = Buffer.from([0xff]);
