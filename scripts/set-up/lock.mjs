// A lock between processes: a file that holds the pid of its owner. A lock whose owner is gone is taken over.

import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** Runs `work` while no other process runs its own under the same path. */
export async function withLock(path, work) {
  mkdirSync(dirname(path), { recursive: true });
  let said = false;
  while (!take(path)) {
    if (!said) process.stderr.write('set-up: waits for another set-up of this clone …\n');
    said = true;
    await wait(200);
  }
  const release = () => rmSync(path, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function take(path) {
  // Written beside and linked into place, so that nobody ever reads a lock without its pid.
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, path);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    clearIfStale(path, mine);
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

function clearIfStale(path, mine) {
  if (ownerIsAlive(path)) return;
  const stale = `${mine}.stale`;
  try {
    renameSync(path, stale); // only one of several waiters moves it away
    // Between the look and the move another waiter may have cleared and taken the lock: then it is put back.
    if (ownerIsAlive(stale)) linkSync(stale, path);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(stale, { force: true });
  }
}

function ownerIsAlive(path) {
  try {
    process.kill(Number(readFileSync(path, 'utf8')), 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
