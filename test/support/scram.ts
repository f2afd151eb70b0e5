// Users who log in by SCRAM: a broker keeps no password, only what their client computes of it (RFC 5802), and takes that by
// a request of its own (AlterUserScramCredentials, version 0).

import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { ask, compact, int32, noTags } from './kafka-request.js';

const mechanisms = [
  { number: 1, hash: 'sha256', bytes: 32 },
  { number: 2, hash: 'sha512', bytes: 64 },
] as const;
const iterations = 4096;

/** By both mechanisms, each in a request of its own: the broker wants it so. May be called again with another password. */
export async function createScramUser(brokers: string, user: string, password: string): Promise<void> {
  for (const { number, hash, bytes } of mechanisms) {
    const salt = randomBytes(16);
    const salted = pbkdf2Sync(password, salt, iterations, bytes, hash);
    const credential = [
      compact(user),
      Buffer.from([number]),
      int32(iterations),
      compact(salt),
      compact(salted),
      noTags,
    ];
    const [noDeletions, one] = [Buffer.from([1]), Buffer.from([2])];
    const answer = await ask(brokers, {
      apiKey: 51,
      version: 0,
      isFlexible: true,
      body: Buffer.concat([noDeletions, one, ...credential, noTags]),
    });
    // Behind the throttle time and the count: the user, then an error code.
    const code = answer.readInt16BE(4 + 1 + 1 + Buffer.byteLength(user));
    if (code !== 0) throw new Error(`the broker refused the user, with the error code ${code}`);
  }
}
