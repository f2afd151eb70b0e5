// What a broker with an authorizer allows and denies. The client has no call for it, so this writes Kafka's own requests
// (CreateAcls, DeleteAcls, DescribeAcls, version 1) over plain TCP. Everybody is `User:ANONYMOUS` on a listener without a login.

import type { Acl } from '../../src/core/acls.js';
import type { Properties } from '../../src/embedded/kafka/server-properties.js';
import { eventually } from './engine-wait.js';
import { ask, byte, int32, noText, text } from './kafka-request.js';

/** What makes a broker ask its authorizer. What no rule names stays allowed, the broker's own requests included. */
export const authorizerProperties: Properties = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': true,
};

/** What makes a broker deny whatever no rule allows, to everybody but those without a login. */
export const strictAuthorizerProperties: Properties = {
  ...authorizerProperties,
  'allow.everyone.if.no.acl.found': false,
  'super.users': 'User:ANONYMOUS',
};

const resources = { topic: 2, group: 3, cluster: 4, 'transactional id': 5 } as const;
const operations = { all: 2, read: 3, write: 4, describe: 8 } as const;
const permissions = { deny: 2, allow: 3 } as const;
const patterns = { literal: 3, prefixed: 4 } as const;
const any = 1;

export type Resource = keyof typeof resources;
export type Operation = Exclude<keyof typeof operations, 'all'>;

/** From now on a principal such as `User:alice` may do this and nothing else. Resolves when the broker goes by it. */
export async function allowOnly(brokers: string, principal: string, acls: readonly Acl[]): Promise<void> {
  const everything = Buffer.concat([byte(any), noText, byte(any), text(principal), noText, byte(any), byte(any)]);
  await send(brokers, 31, [everything]);
  await eventually('the old rules are gone', async () => (await ruleCount(brokers, everything)) === 0);
  if (acls.length === 0) return;
  await send(
    brokers,
    30,
    acls.map(({ operation, resource, pattern, name }) =>
      Buffer.concat([
        byte(resources[resource]),
        text(name),
        byte(patterns[pattern]),
        text(principal),
        text('*'),
        byte(operations[operation.toLowerCase() as Lowercase<Acl['operation']>]),
        byte(permissions.allow),
      ]),
    ),
  );
  await eventually('the rules hold', async () => (await ruleCount(brokers, everything)) === acls.length);
}

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
  await send(brokers, 31, [rule(resource, name, any, any)]);
}

function rule(resource: Resource, name: string, operation: number, permission: number): Buffer {
  return Buffer.concat([
    byte(resources[resource]),
    text(name),
    byte(patterns.literal),
    text('User:ANONYMOUS'),
    text('*'),
    byte(operation),
    byte(permission),
  ]);
}

/** How many rules of those that a filter means the broker goes by. */
async function ruleCount(brokers: string, filter: Buffer): Promise<number> {
  const answer = await ask(brokers, { apiKey: 29, version: 1, isFlexible: false, body: filter });
  // Behind throttle time, error code and message: resources, each a type, a name and a kind of pattern, with its rules, each
  // a principal, a host, an operation and a permission.
  let at = 6;
  const text = (): void => {
    at += 2 + Math.max(0, answer.readInt16BE(at));
  };
  const count = (): number => {
    at += 4;
    return answer.readInt32BE(at - 4);
  };
  text();
  let found = 0;
  for (let resource = count(); resource > 0; resource--) {
    at += 1;
    text();
    at += 1;
    for (let rule = count(); rule > 0; rule--) {
      text();
      text();
      at += 2;
      found++;
    }
  }
  return found;
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
