// Where and with what it was measured.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '../../demo/repository.js';
import { rawModule } from '../../src/adapters/confluent/raw-client.js';
import type { Peers } from '../peers/peers.js';

export function machine(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores (${first?.model.trim() ?? 'unknown'}), ${memory} GiB, ${process.platform} ${release()} ${process.arch}`;
}

export function versions(brokerVersion: string, peers: Peers): readonly string[] {
  const require = createRequire(import.meta.url);
  const client = require('@confluentinc/kafka-javascript/package.json') as { readonly version: string };
  const own = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as { readonly version: string };
  return [
    `broker: ${brokerVersion}`,
    `processor ${own.version}, Node ${process.version}`,
    `@confluentinc/kafka-javascript ${client.version}, librdkafka ${rawModule().librdkafkaVersion}`,
    ...Object.values(peers).flatMap((peer: Peers[keyof Peers]) => ('missing' in peer ? [] : [peer.version])),
  ];
}
