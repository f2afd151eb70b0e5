// Kafka's own requests over plain TCP, for what the client has no call for: the bytes of the protocol's types, and one
// question with its answer.

import { connect } from 'node:net';

/** @param body what stands behind the request's header */
export async function ask(
  brokers: string,
  { apiKey, version, isFlexible, body }: { apiKey: number; version: number; isFlexible: boolean; body: Buffer },
): Promise<Buffer> {
  const correlationId = 1;
  const header = [int16(apiKey), int16(version), int32(correlationId), text('test')];
  const request = Buffer.concat([...header, ...(isFlexible ? [noTags] : []), body]);
  const answer = await exchange(brokers, Buffer.concat([int32(request.length), request]));
  return answer.subarray(isFlexible ? 5 : 4);
}

function exchange(brokers: string, request: Buffer): Promise<Buffer> {
  const { hostname: host, port } = new URL(`tcp://${brokers}`);
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), timeout: 10_000 });
    let received = Buffer.alloc(0);
    socket.on('connect', () => socket.write(request));
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return;
      resolve(received.subarray(4));
      socket.destroy();
    });
    socket.on('timeout', () => socket.destroy(new Error('the broker did not answer')));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the broker hung up')));
  });
}

export function byte(value: number): Buffer {
  return Buffer.from([value]);
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function text(value: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
}

/** Null. */
export const noText: Buffer = int16(-1);

/** Of the flexible versions: lengths and counts are one more than they say; here all are below 127. */
export function compact(bytes: Buffer | string): Buffer {
  const value = Buffer.from(bytes);
  return Buffer.concat([Buffer.from([value.length + 1]), value]);
}

export const noTags: Buffer = Buffer.from([0]);
