// The demo where no Kafka can be had.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runInMemory } from '../../demo/in-memory.js';
import { readOrders } from '../../demo/orders.js';

const root = join(import.meta.dirname, '../..');

test.for([undefined, 7])('each order is there once: kills by seed %s', async (crashSeed) => {
  const orders = readOrders().slice(0, 2000);
  expect(await runInMemory({ orders, crashSeed })).toBe(true);
});

test('without Java it says why, and that it goes on in memory', async () => {
  const demo = spawn(process.execPath, ['scripts/run.cjs', 'demo/main.ts'], {
    cwd: root,
    env: { ...process.env, JAVA_HOME: '/nowhere', TEST_KAFKA_BROKERS: '' },
  });
  let said = '';
  await new Promise<void>((resolve) => {
    demo.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('not Kafka')) resolve();
    });
    demo.once('exit', () => resolve());
  });
  const ended = new Promise((resolve) => demo.once('exit', resolve));
  demo.kill('SIGTERM');
  expect(said).toMatch(/no Kafka can be had: .*Java.*\nin memory: gone when it stops; not Kafka\n/is);
  expect(await ended).toBe(143);
});
