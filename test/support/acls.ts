// What a broker with an authorizer allows and denies. The client has no call for it, so this writes Kafka's own requests
// (CreateAcls and DeleteAcls, version 1) over plain TCP. Everybody is `User:ANONYMOUS` on a listener without a login.

import { connect } from 'node:net';
import type { Properties } from '../../src/embedded/kafka/server-properties.js';

/** What makes a broker ask its authorizer. What no rule names stays allowed, the broker's own requests included. */
export const authorizerProperties: Properties = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': true,
};

const resources = { topic: 2, group: 3, 'transactional id': 5 } as const;
const operations = { all: 2, read: 3, write: 4, describe: 8 } as const;
const permissions = { deny: 2, allow: 3 } as const;

export type Resource = keyof typeof resources;
export type Operation = Exclude<keyof typeof operations, 'all'>;

/** From now on everything but this may be done with the resource. */
export async function deny(brokers: string, resource: Resource, name: string, operation: Operation): Promise<void> {
  const rules = [
    rule(resource, name, operations.all, permissions.allow),
    rule(resource, name, operations[operation], permissions.deny),
  ];
  await send(brokers, 30, rules);
}

/** Takes back whatever was said about the resource: it is allowed again. */
export async function allow(brokers: string, resource: Resource, name: string): Promise<void> {
  const any = 1;
  await send(brokers, 31, [rule(resource, name, any, any)]);
}

function rule(resource: Resource, name: string, operation: number, permission: number): Buffer {
  const literal = 3;
  return Buffer.concat([
    Buffer.from([resources[resource]]),
    text(name),
    Buffer.from([literal]),
    text('User:ANONYMOUS'),
    text('*'),
    Buffer.from([operation, permission]),
  ]);
}

/** Rejects unless the broker took all of them. */
async function send(brokers: string, apiKey: number, entries: readonly Buffer[]): Promise<void> {
  const version = 1;
  const correlationId = 1;
  const request = Buffer.concat([
    int16(apiKey),
    int16(version),
    int32(correlationId),
    text('acls'),
    int32(entries.length),
    ...entries,
  ]);
  const answer = await exchange(brokers, Buffer.concat([int32(request.length), request]));
  // Behind the correlation id and the throttle time: how many, and of each first its error code.
  let at = 8;
  const count = answer.readInt32BE(at);
  at += 4;
  for (let i = 0; i < count; i++) {
    const code = answer.readInt16BE(at);
    if (code !== 0) throw new Error(`the broker refused the rules, with the error code ${code}`);
    if (apiKey === 31) return; // What matched is listed behind it.
    at += 2 + 2 + Math.max(0, answer.readInt16BE(at + 2));
  }
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
    socket.on('timeout', () => socket.destroy(new Error('the broker did not answer about its rules')));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the broker hung up on its rules')));
  });
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
}
