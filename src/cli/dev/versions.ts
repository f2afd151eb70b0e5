// What runs here.

import { createRequire } from 'node:module';
import { ownVersion } from '../own-version.js';
import type { Versions } from './events.js';

export function versions(): Versions {
  // The client itself is not loaded for that.
  const { librdkafka } = createRequire(import.meta.url)('@confluentinc/kafka-javascript/package.json') as {
    readonly librdkafka: string;
  };
  return { processor: ownVersion(), node: process.versions.node, librdkafka };
}
