// Files that the settings name: which of them is missing is said, and by which variable it came.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { confluentKafka } from '../../../src/adapters/confluent/kafka.js';
import { checkNamedFiles } from '../../../src/adapters/confluent/named-files.js';

const folder = mkdtempSync(join(tmpdir(), 'processor-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a missing file of certificates is named with its setting and its variable', async () => {
  const path = join(folder, 'missing.pem');
  const settings = { 'security.protocol': 'SSL', 'ssl.ca.location': path };
  const kafka = confluentKafka({ brokers: '127.0.0.1:1', settings, transactionTimeoutMs: 10_000 });
  await expect(kafka).rejects.toMatchObject({
    code: 'PRC_SETTING_INVALID',
    message: expect.stringContaining(
      `ssl.ca.location (KAFKA_SSL_CA_LOCATION) names ${path}, which cannot be read: ENOENT`,
    ),
  });
});

test('files that are there are taken, so is a folder, and the system may be asked for its own', () => {
  const path = join(folder, 'key.pem');
  writeFileSync(path, '');
  for (const location of [path, folder, 'probe'])
    expect(() => checkNamedFiles({ 'ssl.ca.location': location })).not.toThrow();
  expect(() => checkNamedFiles({ 'ssl.key.location': `${path}x` })).toThrow(
    expect.objectContaining({ message: expect.stringContaining(`ssl.key.location names ${path}x`) }),
  );
});
