// One request to a broker on a connection of its own, and its answer.

import { connect, type Socket } from 'node:net';
import { ByteReader, firstOf } from './byte-reader.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Of '127.0.0.1:9092'. */
export function addressOf(broker: string): Address {
  const colon = broker.lastIndexOf(':');
  return { host: broker.slice(0, colon), port: Number(broker.slice(colon + 1)) };
}

/** Sends a whole frame. Resolves with what comes behind the length and the correlation id of the answer. */
export async function ask(address: Address, request: Buffer, closing?: AbortSignal): Promise<Buffer> {
  const socket = connect(address);
  socket.on('error', () => {}); // Its reader sees the end.
  const close = (): void => void socket.destroy();
  closing?.addEventListener('abort', close);
  try {
    await write(socket, request);
    const reader = new ByteReader(socket);
    const size = await reader.exactly(4);
    const answer = size && (await reader.exactly(size.readInt32BE(0)));
    if (answer === undefined) throw new Error('the broker closed the connection without an answer');
    return answer.subarray(4);
  } finally {
    closing?.removeEventListener('abort', close);
    socket.destroy();
  }
}

/** Waits until the other side takes more; to a side that is gone it writes nothing. */
export async function write(socket: Socket, bytes: Buffer): Promise<void> {
  if (socket.destroyed || socket.writableEnded) return;
  if (!socket.write(bytes)) await firstOf(socket, ['drain', 'close']);
}
