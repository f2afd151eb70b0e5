// The demo as a newcomer runs it, on a broker of its own; and what is left of it when it is interrupted.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../../../demo/repository.js';

test('every real order goes through exactly once', { timeout: 120_000 }, async () => {
  const { output, code } = await demo().ended;
  expect(output).toContain('✔ exactly once');
  expect(output).toMatch(/✔ cents +250,031,563 +250,031,563\n/);
  expect(output).not.toContain('✘');
  expect(code).toBe(0);
  expect(existsSync(dataFolder(output))).toBe(false);
});

test('Ctrl-C ends it with everything that it has started', { timeout: 120_000 }, async () => {
  const running = demo();
  await expect.poll(() => running.said(), { timeout: 60_000 }).toContain("'enrich-orders' is started");
  running.interrupt();
  const { output, code } = await running.ended;
  expect(code).toBe(130);
  expect(existsSync(dataFolder(output))).toBe(false);
  const pids = [...output.matchAll(/\(pid (\d+)/g)].map(([, pid]) => Number(pid));
  expect(pids).toHaveLength(2);
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

function demo(): {
  readonly ended: Promise<{ readonly output: string; readonly code: number | null }>;
  said(): string;
  interrupt(): void;
} {
  // What a user has set for his own Kafka must not be touched, nor hinder.
  const env = { ...process.env, KAFKA_BROKERS: '127.0.0.1:1', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' };
  delete env['TEST_KAFKA_BROKERS' as keyof typeof env];
  const child = spawn(process.execPath, ['scripts/run.cjs', 'demo/main.ts'], { cwd: repositoryRoot, env });
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const errors = text(child.stderr);
  const ended = once(child, 'close').then(async ([code]) => ({
    output: said + (await errors),
    code: code as number | null,
  }));
  return { ended, said: () => said, interrupt: () => void child.kill('SIGINT') };
}

function dataFolder(output: string): string {
  return /its data lives in (\S+)/.exec(output)?.[1] ?? join(repositoryRoot, 'package.json');
}
