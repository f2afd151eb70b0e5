// What a broker with an authorizer allows and denies. The client has no call for it, so this writes Kafka's own requests
// (CreateAcls and DeleteAcls, version 1) over plain TCP. Everybody is `User:ANONYMOUS` on a listener without a login.

import type { Properties } from '../../src/embedded/kafka/server-properties.js';
import { ask, int32, text } from './kafka-request.js';

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
  const body = Buffer.concat([int32(entries.length), ...entries]);
  const answer = await ask(brokers, { apiKey, version: 1, isFlexible: false, body });
  // Behind the throttle time: how many, and of each first its error code.
  let at = 4;
  const count = answer.readInt32BE(at);
  at += 4;
  for (let i = 0; i < count; i++) {
    const code = answer.readInt16BE(at);
    if (code !== 0) throw new Error(`the broker refused the rules, with the error code ${code}`);
    if (apiKey === 31) return; // What matched is listed behind it.
    at += 2 + 2 + Math.max(0, answer.readInt16BE(at + 2));
  }
}
