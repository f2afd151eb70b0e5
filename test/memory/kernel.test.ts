// Virtual time of the model.

import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Kernel, Process } from '../../src/memory/kernel.js';

const kernelAt = (): Kernel => new Kernel({ seed: 1, turn: () => setImmediate(), epochMs: 0 });

test('what is due first comes first, and of two that are due together the one that was asked for first', async () => {
  const kernel = kernelAt();
  const order: string[] = [];
  for (const [name, ms] of [
    ['c', 2],
    ['a', 1],
    ['b', 1],
  ] as const)
    kernel.schedule(ms, () => order.push(name));
  while (await kernel.step());
  expect(order).toEqual(['a', 'b', 'c']);
  expect(kernel.nowMs).toBe(2);
});

test('time passes with every wait, also with one that is smaller than a number of its size can tell', async () => {
  const kernel = kernelAt();
  kernel.passTo(66.007);
  kernel.schedule(1e-15, () => {});
  await kernel.step();
  expect(kernel.nowMs).toBeGreaterThan(66.007);
});

test('a process that is paused goes on with what fell due meanwhile; one that is dead never does', async () => {
  const kernel = kernelAt();
  const [paused, dead] = [new Process('paused'), new Process('dead')];
  const done: string[] = [];
  kernel.schedule(1, () => done.push('paused'), paused);
  kernel.schedule(1, () => done.push('dead'), dead);
  kernel.pause(paused);
  kernel.kill(dead);
  while (await kernel.step());
  expect(done).toEqual([]);
  kernel.resume(paused);
  while (await kernel.step());
  expect(done).toEqual(['paused']);
});

test('what is cancelled while its process is paused, or as it goes on, does not come any more', async () => {
  const kernel = kernelAt();
  const paused = new Process('paused');
  const done: string[] = [];
  const cancelAmid = kernel.schedule(1, () => done.push('cancelled amid the pause'), paused);
  kernel.schedule(2, () => cancelBehind(), paused);
  const cancelBehind = kernel.schedule(3, () => done.push('cancelled by what fell due before it'), paused);
  kernel.schedule(4, () => done.push('kept'), paused);
  kernel.pause(paused);
  while (await kernel.step());
  cancelAmid();
  kernel.resume(paused);
  while (await kernel.step());
  expect(done).toEqual(['kept']);
});
