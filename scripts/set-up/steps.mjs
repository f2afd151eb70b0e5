// How a step of the set-up runs and what the user sees of it: one line with its time, and its output only if it fails.

import { spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Where things that outlive a clone are kept. src/embedded/kafka/jars.ts uses the same folder. */
export const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'processor');

/** A failure that the user can do something about: its message ends with what. */
export class SetUpError extends Error {}

/**
 * Runs one step and prints its line. The step may return a remark that is added to the line.
 * @param {string} name
 * @param {(note: (text: string) => void) => Promise<string | void>} work
 */
export async function step(name, work) {
  const startedAt = performance.now();
  process.stderr.write(`set-up: ${name} …\n`);
  const remark = await work((text) => process.stderr.write(`set-up:   ${text}\n`));
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stderr.write(`set-up: ${name}: ${remark ?? 'done'} (${seconds} s)\n`);
}

/**
 * Runs a command to its end and collects what it printed.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, timeoutMs?: number }} [options]
 * @returns {Promise<{ ok: boolean, output: string, stdout: string, missing: boolean, timedOut: boolean }>}
 */
export function run(command, args, { env = {}, timeoutMs } = {}) {
  return new Promise((resolve, reject) => {
    // In a process group of its own, so that a command that takes too long is ended with all its children.
    const child = spawn(command, args, {
      cwd: repositoryRoot,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    let stdout = '';
    let timedOut = false;
    const killGroup = () => {
      if (child.pid !== undefined) endGroup(child.pid);
    };
    const timer = timeoutMs && setTimeout(() => ((timedOut = true), killGroup()), timeoutMs);
    const interrupted = (signal) => {
      killGroup();
      process.exit(signal === 'SIGINT' ? 130 : 143);
    };
    process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
    child.stdout.on('data', (bytes) => ((output += bytes), (stdout += bytes)));
    child.stderr.on('data', (bytes) => (output += bytes));
    const finish = (result) => {
      clearTimeout(timer);
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
      resolve({ output, stdout, timedOut, missing: false, ok: false, ...result });
    };
    child.on('error', (error) => (error.code === 'ENOENT' ? finish({ missing: true }) : reject(error)));
    child.on('close', (code) => finish({ ok: code === 0 && !timedOut }));
  });
}

/** The end of a command's output, indented, for an error message. */
export function lastLines(output, count = 15) {
  const lines = output.trimEnd().split('\n').slice(-count);
  return lines.map((line) => `    ${line}`).join('\n');
}

function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
