// Frames as they travel between a client and a broker: a length, a head that says what it is, a body that nobody here reads.
// An answer carries only the number of its question; what it answers is known from there.

import { type ApiName, apiName } from './api.js';
import type { ByteReader } from './byte-reader.js';

export type Direction = 'request' | 'response';

export interface Frame {
  readonly direction: Direction;
  /** Of the request, also in its answer. */
  readonly api: ApiName;
  readonly apiVersion: number;
  readonly correlationId: number;
  /** Null where the client gives none. */
  readonly clientId: string | null;
  /** All of it, with its length field. */
  readonly bytes: number;
  /** Number of the client's connection, counted from 1. */
  readonly connection: number;
}

/** A frame whose head has been read; the rest of it still waits in the stream. */
export interface Arrival {
  readonly frame: Frame;
  /** What has been read of it: from the length field on. */
  readonly head: Buffer;
  readonly remaining: number;
}

/** The next request of a client; undefined when there are no more. */
export async function nextRequest(reader: ByteReader, connection: number): Promise<Arrival | undefined> {
  const start = await reader.exactly(sizeBytes + requestHeadBytes);
  if (start === undefined) return undefined;
  const clientIdBytes = start.readInt16BE(12);
  const clientId = clientIdBytes > 0 ? await reader.exactly(clientIdBytes) : noBytes;
  if (clientId === undefined) return undefined;
  const size = start.readInt32BE(0);
  return {
    frame: {
      direction: 'request',
      api: apiName(start.readInt16BE(4)),
      apiVersion: start.readInt16BE(6),
      correlationId: start.readInt32BE(8),
      clientId: clientIdBytes < 0 ? null : clientId.toString(),
      bytes: sizeBytes + size,
      connection,
    },
    head: Buffer.concat([start, clientId]),
    remaining: size - requestHeadBytes - clientId.length,
  };
}

/** The next answer of a broker to one of these requests; undefined when there are no more. */
export async function nextResponse(
  reader: ByteReader,
  requestOf: (correlationId: number) => Frame,
): Promise<Arrival | undefined> {
  const head = await reader.exactly(sizeBytes + responseHeadBytes);
  if (head === undefined) return undefined;
  const size = head.readInt32BE(0);
  const request = requestOf(head.readInt32BE(4));
  return {
    frame: { ...request, direction: 'response', bytes: sizeBytes + size },
    head,
    remaining: size - responseHeadBytes,
  };
}

const sizeBytes = 4;
/** Api key, version, correlation id, length of the client id. */
const requestHeadBytes = 10;
/** Correlation id. */
const responseHeadBytes = 4;
const noBytes = Buffer.alloc(0);
