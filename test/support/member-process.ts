// The test's side of a member in a process of its own (member-child.ts). Whoever starts one closes it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Mortal } from '../../src/testing/contracts/world.js';
import type { MemberPlan } from './member-child.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Resolves when it polls. */
export async function memberProcess(plan: MemberPlan): Promise<Mortal & { readonly close: () => Promise<void> }> {
  const child = spawn(process.execPath, ['scripts/run.cjs', 'test/support/member-child.ts', JSON.stringify(plan)], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const close = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  let owned = 0;
  const lines = createInterface({ input: child.stdout }).on('line', (line) => (owned = Number(line)));
  const hasSpoken = await Promise.race([once(lines, 'line').then(() => true), ended.then(() => false)]);
  if (!hasSpoken) throw new Error('the process of a member has ended before its first poll');
  return { owned: () => owned, kill: () => void child.kill('SIGKILL'), close };
}
