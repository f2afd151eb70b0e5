// What went through the proxy and what was done to it, a line each. Bounded: of a long run only the end is kept.

import { writeFile } from 'node:fs/promises';
import type { Frame } from './frame.js';
import { type Match, matches } from './rule.js';

interface Entry {
  readonly atMs: number;
  readonly connection: number;
  /** Absent where something happened to the connection itself. */
  readonly frame?: Frame;
  readonly done: string;
}

export class FrameLog {
  readonly #entriesMax: number;
  readonly #startedAtMs = performance.now();
  #entries: Entry[] = [];
  #forgotten = 0;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  frame(frame: Frame, done: string): void {
    this.#add({ atMs: performance.now() - this.#startedAtMs, connection: frame.connection, frame, done });
  }

  connection(connection: number, done: string): void {
    this.#add({ atMs: performance.now() - this.#startedAtMs, connection, done });
  }

  /** The frames that came, each once, whatever was done to them. */
  seen(match: Match): Frame[] {
    const frames = this.#entries.flatMap(({ frame }) => (frame && matches(match, frame) ? [frame] : []));
    return [...new Set(frames)];
  }

  /** What happened to such frames in that time, of `performance.now()`, a line each. */
  between(sinceMs: number, untilMs: number, match: Match): string[] {
    const since = sinceMs - this.#startedAtMs;
    const until = untilMs - this.#startedAtMs;
    return this.#entries
      .filter(({ atMs, frame }) => atMs >= since && atMs <= until && frame !== undefined && matches(match, frame))
      .map(line);
  }

  get lines(): string[] {
    const kept = this.#entries.map(line);
    return this.#forgotten > 0 ? [`(${this.#forgotten} lines before these are forgotten)`, ...kept] : kept;
  }

  async write(file: string): Promise<void> {
    await writeFile(file, this.lines.map((text) => `${text}\n`).join(''));
  }

  #add(entry: Entry): void {
    this.#entries.push(entry);
    // Half is cut at once, so that this costs nothing for each line.
    if (this.#entries.length <= this.#entriesMax) return;
    const kept = this.#entries.slice(-Math.ceil(this.#entriesMax / 2));
    this.#forgotten += this.#entries.length - kept.length;
    this.#entries = kept;
  }
}

/** `   0.482 s  #3 → EndTxn v1 17 orders/0 48 B  held`: an arrow to the right leads to the broker. */
function line({ atMs, connection, frame, done }: Entry): string {
  const start = `${(atMs / 1000).toFixed(3).padStart(8)} s  #${connection}`;
  if (frame === undefined) return `${start} ${done}`;
  const { direction, api, apiVersion, correlationId, clientId, bytes } = frame;
  const arrow = direction === 'request' ? '→' : '←';
  return `${start} ${arrow} ${api} v${apiVersion} ${correlationId} ${clientId ?? '-'} ${bytes} B  ${done}`;
}
