// The model in real time: what is due happens when it is due on the wall, and not before.

import { setImmediate, setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Kernel } from '../../src/memory/kernel.js';
import { RealTime } from '../../src/memory/real-time.js';

test('events happen at their time, also those that are put before what was next', async () => {
  const kernel = new Kernel({ seed: 1, turn: () => setImmediate(), epochMs: 0 });
  const time = new RealTime(kernel);
  const sinceMs = performance.now();
  const happened: { readonly name: string; readonly ms: number }[] = [];
  const at = (ms: number, name: string): void =>
    void kernel.schedule(ms, () => happened.push({ name, ms: performance.now() - sinceMs }));
  at(200, 'late');
  time.start();
  await wait(20);
  at(20, 'early');
  while (happened.length < 2) await wait(5);
  expect(happened.map(({ name }) => name)).toEqual(['early', 'late']);
  expect(happened[0]?.ms).toBeGreaterThanOrEqual(20);
  expect(happened[1]?.ms).toBeGreaterThanOrEqual(195);
  await time.stop();
  at(1, 'never');
  await wait(30);
  expect(happened).toHaveLength(2);
});
