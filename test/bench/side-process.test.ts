// How a side is watched, in whatever language it is written: here a few lines of Node.

import { expect, test } from 'vitest';
import { cpuSecondsOf, peakRssMiBOf } from '../../bench/measure/process-figures.js';
import { type SideCommand, SideProcess } from '../../bench/sides/side-process.js';

const obedient = `
  console.log('{"began":true}');
  process.stdin.resume().on('end', () => console.log('{"transactions":' + process.argv[1].length + '}'));`;

test('it is told its options, says that it has begun, and how many transactions it made when it is told to end', async () => {
  const side = new SideProcess('a side', program(obedient), { a: 1 });
  await side.began;
  expect(await side.end()).toBe('{"a":1}'.length);
});

test('a side that ends before it has begun fails the wait for it, by name', async () => {
  const side = new SideProcess('a side', program('process.exit(3)'), {});
  await expect(side.began).rejects.toThrow('a side ended by itself with 3');
});

test('a side that says nothing of its transactions fails at its end', async () => {
  const side = new SideProcess('a side', program('console.log(\'{"began":true}\'); process.stdin.resume()'), {});
  await side.began;
  await expect(side.end()).rejects.toThrow('a side ended with 0');
});

test.skipIf(process.platform !== 'linux')(
  'the kernel tells what a process has used, and nothing of one that is gone',
  async () => {
    const side = new SideProcess('a side', program(obedient), {});
    await side.began;
    expect(cpuSecondsOf(side.pid)).toBeGreaterThan(0);
    expect(peakRssMiBOf(side.pid)).toBeGreaterThan(10);
    await side.end();
    expect(cpuSecondsOf(side.pid)).toBeUndefined();
    expect(peakRssMiBOf(side.pid)).toBeUndefined();
  },
);

function program(source: string): SideCommand {
  return { command: process.execPath, args: ['-e', source] };
}
