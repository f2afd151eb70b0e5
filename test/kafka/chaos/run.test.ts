// The chaos run in the size that every run of the tests can bear, with the same plan each time: what fails can be had
// again, and `npm run chaos` has other plans.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

test('60,000 records under kills, pauses, rebalances, restarts, late requests and cut connections: no rule is broken', async () => {
  const child = spawn(process.execPath, ['scripts/run.cjs', 'chaos/main.ts', '--seed', '43'], {
    cwd: fileURLToPath(new URL('../../../', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  onTestFinished(async () => {
    // It ends everything that it started when it is asked to.
    child.kill('SIGTERM');
    await ended;
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  expect(await ended, said).toBe(0);
});
