// Changes are noticed: each once, when the save is over, whatever way an editor has of saving.

import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { SourceWatch } from '../../../src/cli/dev/watch-sources.js';
import { stampOf } from '../../../src/cli/source-stamps.js';
import { never, until } from '../../support/engine-wait.js';

let folder: string;
let one: string;
let wanted: string[];
let watch: SourceWatch;
/** As `dev` does: whoever is told of a change reads the files anew. */
let told: (readonly string[])[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'processor-watch-'));
  mkdirSync(join(folder, 'processors'));
  one = join(folder, 'processors/one.ts');
  writeFileSync(one, '1');
  wanted = [one];
  told = [];
  watch = new SourceWatch({
    folder,
    wantedFiles: () => wanted,
    onChange(files) {
      told.push(files);
      watch.expect([]);
    },
    onError(error) {
      throw error;
    },
  });
  watch.expect([]);
  onTestFinished(() => {
    watch.close();
    rmSync(folder, { recursive: true, force: true });
  });
});

describe('a file', () => {
  test('that is written is told, once, however many writes the save has', async () => {
    for (let i = 0; i < 20; i++) writeFileSync(one, `save ${i}`);
    await until('the change is told', () => told.length > 0);
    await never('it is told again', () => told.length > 1);
    expect(told).toEqual([[one]]);
  });

  test('that an editor replaces is told', async () => {
    writeFileSync(join(folder, 'processors/.one.ts.swp'), 'new');
    renameSync(join(folder, 'processors/.one.ts.swp'), one);
    await until('the change is told', () => told.length > 0);
    expect(told).toEqual([[one]]);
  });

  test('that is away for a moment is told when it is back', async () => {
    rmSync(one);
    await wait(60);
    writeFileSync(one, 'back again');
    await until('the change is told', () => told.length > 0);
    await never('it is told again', () => told.length > 1);
    expect(told).toEqual([[one]]);
  });

  test('that is new among those that are wanted is told; one that nobody asked for is not', async () => {
    writeFileSync(join(folder, 'processors/notes.txt'), 'nothing');
    const two = join(folder, 'processors/two.ts');
    wanted = [one, two];
    writeFileSync(two, '2');
    await until('the change is told', () => told.length > 0);
    await never('it is told again', () => told.length > 1);
    expect(told).toEqual([[two]]);
  });

  test('that was imported from another folder is told from when somebody has read it', async () => {
    mkdirSync(join(folder, 'lib'));
    const library = join(folder, 'lib/prices.ts');
    writeFileSync(library, '1');
    watch.read({ [library]: stampOf(library) });
    writeFileSync(library, '22');
    await until('the change is told', () => told.length > 0);
    expect(told).toEqual([[library]]);
  });

  test('that has changed since it was read is told even if the watching began later', async () => {
    const library = join(folder, 'library.ts');
    writeFileSync(library, '1');
    const stamp = stampOf(library);
    writeFileSync(library, '22');
    watch.read({ [library]: stamp });
    await until('the change is told', () => told.length > 0);
    expect(told).toEqual([[library]]);
  });
});

test('a folder that was removed and made anew is watched again', async () => {
  rmSync(join(folder, 'processors'), { recursive: true });
  await until('that it is gone is told', () => told.length > 0);
  mkdirSync(join(folder, 'processors'));
  writeFileSync(one, 'first');
  await until('that it is back is told', () => told.length > 1);
  writeFileSync(one, 'and second');
  await until('the change in it is told', () => told.length > 2);
});

test('after sources that did not load, a file that nobody knew of counts: it may be the missing one', async () => {
  watch.widen();
  const helper = join(folder, 'processors/_helper.ts');
  writeFileSync(helper, '1');
  await until('it is told', () => told.length > 0);
});
