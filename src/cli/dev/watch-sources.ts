// Watches the files that the processors were made of, by their folders: an editor that writes a new file and renames it would be
// lost sight of otherwise. What the system says is only a reason to look; whether something changed is seen by the stamps.

import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { missing, stampOf } from '../source-stamps.js';
import type { Stamps } from './messages.js';

export interface WatchOptions {
  readonly folder: string;
  /** The files that are wanted now: new ones count as a change. */
  readonly wantedFiles: () => readonly string[];
  readonly onChange: (files: readonly string[]) => void;
  readonly onError: (error: Error) => void;
}

/** A save is over when nothing has moved from one look to the next. */
const lookMs = 20;
/** An editor that replaces a file has it away for a moment. */
const awayLooks = 25;

export class SourceWatch {
  readonly #options: WatchOptions;
  readonly #watched = new Map<string, { readonly watcher: FSWatcher; readonly inode: number }>();
  #stamps: Map<string, string> = new Map();
  /** What the folders held; undefined while all could be loaded. What could not may wait for a file that nobody knows of. */
  #listing: string | undefined;
  #isLooking = false;
  #isAskedAgain = false;
  #isClosed = false;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** From now on this is what is known: called before somebody reads the files. */
  expect(files: readonly string[]): void {
    this.#listing = undefined;
    const known = new Set([...this.#stamps.keys(), ...files, ...this.#options.wantedFiles()]);
    this.#stamps = new Map([...known].map((file) => [file, stampOf(file)]));
    this.#watchFolders();
  }

  /** Somebody has read these, as they were then. What has changed since is told at once. */
  read(stamps: Stamps): void {
    for (const [file, stamp] of Object.entries(stamps)) this.#stamps.set(file, stamp);
    this.#watchFolders();
    this.#look();
  }

  /** Not all could be loaded: new files in their folders count as well. */
  widen(): void {
    this.#listing = this.#list();
  }

  close(): void {
    this.#isClosed = true;
    for (const { watcher } of this.#watched.values()) watcher.close();
    this.#watched.clear();
  }

  /** A folder that was removed and made anew is another one. */
  #watchFolders(): void {
    for (const folder of new Set([this.#options.folder, ...[...this.#stamps.keys()].map((file) => dirname(file))])) {
      const inode = statSync(folder, { throwIfNoEntry: false })?.ino;
      if (this.#watched.get(folder)?.inode === inode || this.#isClosed) continue;
      this.#watched.get(folder)?.watcher.close();
      this.#watched.delete(folder);
      if (inode !== undefined) this.#watchFolder(folder, inode);
    }
  }

  #watchFolder(folder: string, inode: number): void {
    try {
      const watcher = watch(folder, () => this.#look());
      watcher.on('error', () => this.#look());
      this.#watched.set(folder, { watcher, inode });
    } catch (error) {
      this.#options.onError(error as Error);
    }
  }

  #look(): void {
    if (this.#isLooking) this.#isAskedAgain = true;
    else void this.#settle();
  }

  async #settle(): Promise<void> {
    this.#isLooking = true;
    do {
      this.#isAskedAgain = false;
      this.#watchFolders();
      let seen = this.#difference();
      for (let looks = 0; seen.size > 0 && !this.#isClosed; looks++) {
        await wait(lookMs);
        const again = this.#difference();
        const isAway = [...again.values()].includes(missing) && looks < awayLooks;
        if (isSame(seen, again) && !isAway) break;
        seen = again;
      }
      if (seen.size > 0 && !this.#isClosed) this.#options.onChange([...seen.keys()]);
    } while (this.#isAskedAgain && !this.#isClosed);
    this.#isLooking = false;
  }

  /** The files that are not as they are known, with their stamps. */
  #difference(): ReadonlyMap<string, string> {
    const differing = new Map<string, string>();
    for (const file of new Set([...this.#stamps.keys(), ...this.#options.wantedFiles()])) {
      const stamp = stampOf(file);
      if (stamp !== this.#stamps.get(file)) differing.set(file, stamp);
    }
    if (this.#listing !== undefined) {
      const listing = this.#list();
      if (listing !== this.#listing) differing.set(this.#options.folder, listing);
    }
    return differing;
  }

  #list(): string {
    return [...this.#watched.keys()].map((folder) => [folder, ...namesIn(folder)].join('/')).join('\n');
  }
}

function isSame(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return one.size === other.size && [...one].every(([file, stamp]) => other.get(file) === stamp);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return []; // it was removed
  }
}
