// The note that a running broker leaves in its data folder, so that a second start finds it. A pid alone proves nothing,
// since the system gives it to another process later; so the note also says when that process started.

import { execFileSync } from 'node:child_process';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface PidNote {
  readonly pid: number;
  readonly port: number;
  /** When the process started, in the system's own words. */
  readonly started: string;
}

type Running = Omit<PidNote, 'started'>;

export function writePidNote(dataDir: string, running: Running): void {
  renameSync(writeAside(dataDir, running), pathIn(dataDir));
}

/** Leaves the note unless a process that is still there has left one: then that one is given. Of several at once one succeeds. */
export function claimPidNote(dataDir: string, running: Running): PidNote | undefined {
  const own = writeAside(dataDir, running);
  try {
    for (;;) {
      if (isLinked(own, pathIn(dataDir))) return undefined;
      const other = readPidNote(dataDir);
      if (other !== undefined) return other;
      removeStale(dataDir);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** The note, if there is one and its process is still that process; a stale note counts as none. */
export function readPidNote(dataDir: string): PidNote | undefined {
  return readNote(pathIn(dataDir));
}

function readNote(path: string): PidNote | undefined {
  let note: PidNote;
  try {
    note = JSON.parse(readFileSync(path, 'utf8')) as PidNote;
  } catch (error) {
    const isExpected = error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (isExpected) return undefined;
    throw error;
  }
  const started = startOf(note.pid);
  return started !== undefined && started === note.started ? note : undefined;
}

export function removePidNote(dataDir: string): void {
  rmSync(pathIn(dataDir), { force: true });
}

/** Whole, so that nobody ever reads half a note. */
function writeAside(dataDir: string, running: Running): string {
  const note: PidNote = { ...running, started: startOf(running.pid) ?? '' };
  const temporary = `${pathIn(dataDir)}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(note)}\n`);
  return temporary;
}

/** A link, unlike a rename, takes no other file's place. */
function isLinked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Somebody else may have removed it and left a fresh one meanwhile: what was taken away by mistake is put back. */
function removeStale(dataDir: string): void {
  const aside = `${pathIn(dataDir)}.${process.pid}.old`;
  try {
    renameSync(pathIn(dataDir), aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (readNote(aside) !== undefined) isLinked(aside, pathIn(dataDir));
  rmSync(aside, { force: true });
}

function pathIn(dataDir: string): string {
  return join(dataDir, 'broker.json');
}

/** When a process started; undefined if there is no such process. */
function startOf(pid: number): string | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in brackets and may hold blanks; the start, in ticks since boot, is the 22nd.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return fields[0] === 'Z' ? undefined : `${boot}/${fields[19]}`;
  } catch {
    return undefined; // no such process
  }
}
