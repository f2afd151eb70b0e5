// A guarded child and its signals. That it does not outlive us is tried with a real broker: broker.test.ts.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { spawnGuarded } from '../../../src/embedded/kafka/guard.js';
import { isAlive } from '../../support/process-alive.js';

test('a signal to a child that has ended is none, also where its end has not been heard of yet', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'processor-guard-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const child = await spawnGuarded({ command: 'sleep', args: ['60'], outputFile: join(folder, 'log') });
  child.signal('SIGKILL');
  // Nothing is heard while this waits.
  while (isAlive(child.pid));
  expect(() => child.signal('SIGTERM')).not.toThrow();
  expect(await child.ended).toBe(128 + 9);
  expect(() => child.signal('SIGTERM')).not.toThrow();
});
