// Reads a run's history files, line by line: they are larger than what one would like to hold.

import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { HistoryEvent } from '../history.js';
import { Ledger } from './ledger.js';

/** Every `<process>.ndjson` of a folder. */
export function loadHistory(folder: string): Ledger {
  const ledger = new Ledger();
  for (const name of readdirSync(folder)
    .filter((file) => file.endsWith(historySuffix))
    .sort())
    readLines(join(folder, name), (line) =>
      ledger.take(basename(name, historySuffix), JSON.parse(line) as HistoryEvent),
    );
  return ledger;
}

export const historySuffix = '.ndjson';

/** Calls back for every whole line and gives back how many there were. A last one that was cut off was never told. */
export function readLines(path: string, onLine: (line: string) => void): number {
  const file = openSync(path, 'r');
  const chunk = Buffer.alloc(chunkBytes);
  let rest: Buffer = Buffer.alloc(0);
  let lines = 0;
  try {
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      const bytes = Buffer.concat([rest, chunk.subarray(0, read)]);
      let from = 0;
      for (let to = bytes.indexOf(newline); to >= 0; to = bytes.indexOf(newline, from)) {
        onLine(bytes.toString('utf8', from, to));
        lines++;
        from = to + 1;
      }
      rest = bytes.subarray(from);
    }
  } finally {
    closeSync(file);
  }
  return lines;
}

const chunkBytes = 1024 * 1024;
const newline = 0x0a;
