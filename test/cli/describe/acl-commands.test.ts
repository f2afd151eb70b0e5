// The permissions of processors as commands that a shell runs.

import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AclTarget, aclCommands } from '../../../src/cli/describe/acl-commands.js';
import { book, count, sheetOf } from './sheets.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'processor-acls-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const nothingKnown: AclTarget = { brokers: undefined, principal: undefined, commandConfig: undefined };

test('what is not known is left to the shell', () => {
  expect(aclCommands([sheetOf(count)], nothingKnown)).toBe(`# count
kafka-acls --bootstrap-server "$KAFKA_BROKERS" --add --allow-principal "User:$KAFKA_SASL_USERNAME" --operation Read --topic ledger
kafka-acls --bootstrap-server "$KAFKA_BROKERS" --add --allow-principal "User:$KAFKA_SASL_USERNAME" --operation Read --group count
`);
});

test('transactional ids are granted by what they begin with', () => {
  const target = { brokers: 'kafka:9092', principal: 'User:alice', commandConfig: 'admin.properties' };
  expect(aclCommands([sheetOf(book)], target)).toContain(
    'kafka-acls --bootstrap-server kafka:9092 --command-config admin.properties --add --allow-principal User:alice --operation Write --transactional-id book/ --resource-pattern-type prefixed\n',
  );
});

test('a shell runs them as they are, whatever the names are', async () => {
  const tool = join(folder, 'kafka-acls');
  await writeFile(tool, '#!/bin/sh\nfor word; do printf "[%s]" "$word"; done; echo\n');
  await chmod(tool, 0o755);
  const said = execFileSync('sh', {
    input: aclCommands([sheetOf(count)], { ...nothingKnown, principal: "User:CN=o'hara, O=shop" }),
    env: { PATH: `${folder}:/usr/bin:/bin`, KAFKA_BROKERS: 'a:1,b:2' },
  });
  expect(String(said).split('\n')[0]).toBe(
    "[--bootstrap-server][a:1,b:2][--add][--allow-principal][User:CN=o'hara, O=shop][--operation][Read][--topic][ledger]",
  );
});
