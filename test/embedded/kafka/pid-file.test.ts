// The note by which a second start finds the first one.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { claimPidNote, readPidNote, removePidNote, writePidNote } from '../../../src/embedded/kafka/pid-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'processor-pid-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

const own = { pid: process.pid, port: 1 };

describe('a claim', () => {
  test('is there for all to read until it is given up', () => {
    expect(claimPidNote(folder, own)).toBeUndefined();
    expect(readPidNote(folder)).toMatchObject(own);
    removePidNote(folder);
    expect(readPidNote(folder)).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('gives way to somebody who is there, and says who', () => {
    const other = { pid: process.ppid, port: 2 };
    writePidNote(folder, other);
    expect(claimPidNote(folder, own)).toMatchObject(other);
    expect(readPidNote(folder)).toMatchObject(other);
    expect(readdirSync(folder)).toEqual(['broker.json']);
  });

  test('takes the place of somebody who is gone', async () => {
    const gone = spawn(process.execPath, ['-e', '']);
    writePidNote(folder, { pid: gone.pid as number, port: 3 });
    await once(gone, 'exit');
    expect(claimPidNote(folder, own)).toBeUndefined();
    expect(readPidNote(folder)).toMatchObject(own);
    expect(readdirSync(folder)).toEqual(['broker.json']);
  });
});
