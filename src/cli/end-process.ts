// How the process ends: within a bound, whatever is still under way. `process.exit` alone has none: it waits for libuv's
// threads, and a call of the client that does not return holds one of them for as long as it likes (measured: 6 s for a
// connection attempt).

import { spawn } from 'node:child_process';
import { catalogue } from '../errors/catalogue.js';
import { exitCodes } from './exit-codes.js';

/** How long the process may take to run out of work by itself, and then to exit. */
const drainMs = 100;
const exitMs = 1000;

/** Ends the process with this code. Returns at once: what is awaited afterwards may not happen. */
export function endProcess(code: number): void {
  process.exitCode = code;
  // Not a reason to go on: where nothing else is left, the process has ended before the timer fires.
  setTimeout(() => {
    watchOver();
    process.exit(code);
  }, drainMs).unref();
}

/** Ends the process now. */
export function endProcessByForce(): void {
  watchOver();
  process.exit(exitCodes.forced);
}

/**
 * Lets another process kill this one if it is still there after `exitMs`. That one ends as soon as this one has: its
 * standard input is a pipe from here. (Process 1 of a container cannot be killed from inside: there the container's own
 * grace period is the bound.)
 */
function watchOver(): void {
  const { message, hint } = catalogue.PRC_EXIT_BLOCKED;
  const script = `
    process.stdin.resume().on('end', () => process.exit()).on('error', () => process.exit());
    setTimeout(() => {
      process.stderr.write(${JSON.stringify(`PRC_EXIT_BLOCKED ${message}\n  fix   ${hint}\n`)});
      process.kill(${process.pid}, 'SIGKILL');
      process.exit();
    }, ${exitMs});`;
  const guard = spawn(process.execPath, ['-e', script], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
    env: {},
  });
  // Where no process can be started, the exit goes without a guard.
  guard.on('error', () => {});
}
