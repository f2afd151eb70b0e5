import { expect, test } from 'vitest';
import { Session } from '../../src/memory/group-session.js';
import { Kernel } from '../../src/memory/kernel.js';

function stage(): { kernel: Kernel; session: Session; overAtMs: number[]; runTo: (ms: number) => Promise<void> } {
  const kernel = new Kernel({ seed: 1, turn: () => Promise.resolve(), epochMs: 0 });
  const overAtMs: number[] = [];
  const session = new Session(kernel, { ms: 100, isOver: () => overAtMs.push(kernel.nowMs) });
  const runTo = async (ms: number): Promise<void> => {
    while ((kernel.nextMs ?? Number.POSITIVE_INFINITY) <= ms) await kernel.step();
    kernel.passTo(ms);
  };
  return { kernel, session, overAtMs, runTo };
}

test('a session is over so long after the last word, once', async () => {
  const { session, overAtMs, runTo } = stage();
  session.heard();
  await runTo(90);
  session.heard();
  await runTo(500);
  expect(overAtMs).toEqual([190]);
});

test('a session that is held is not over until somebody was heard again', async () => {
  const { session, overAtMs, runTo } = stage();
  session.heard();
  session.hold();
  await runTo(500);
  session.heard();
  await runTo(1000);
  expect(overAtMs).toEqual([600]);
});

test('a session that has ended is never over', async () => {
  const { kernel, session, overAtMs, runTo } = stage();
  session.heard();
  session.end();
  await runTo(500);
  expect(overAtMs).toEqual([]);
  expect(kernel.nextMs).toBeUndefined();
});
