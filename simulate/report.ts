// What many seeds have shown, added up; in a file, where there is one, so that a long run can end and go on.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { FailedSeed, SeedRange, SeedsRun } from '../src/testing/simulation/run-seeds.js';

interface Figures {
  /** First seeds of the slices that are done. */
  readonly done: number[];
  readonly failed: FailedSeed[];
  readonly counts: Record<string, number>;
  run: number;
  virtualMs: number;
  /** Of all workers together. */
  coreMs: number;
}

export class Report {
  readonly #path: string | undefined;
  readonly #range: SeedRange;
  readonly #figures: Figures;

  /** Goes on with what stands in the file, if it is there. */
  static open(path: string | undefined, range: SeedRange): Report {
    const isThere = path !== undefined && existsSync(path);
    const before = isThere ? (JSON.parse(readFileSync(path, 'utf8')) as Figures) : undefined;
    return new Report(path, range, before ?? { done: [], failed: [], counts: {}, run: 0, virtualMs: 0, coreMs: 0 });
  }

  private constructor(path: string | undefined, range: SeedRange, figures: Figures) {
    this.#path = path;
    this.#range = range;
    this.#figures = figures;
  }

  get failed(): number {
    return this.#figures.failed.length;
  }

  /** The slices that nobody has run yet. */
  left(): SeedRange[] {
    const done = new Set(this.#figures.done);
    const slices: SeedRange[] = [];
    const end = this.#range.from + this.#range.count;
    for (let { from } = this.#range; from < end; from += sliceSeeds)
      if (!done.has(from)) slices.push({ from, count: Math.min(sliceSeeds, end - from) });
    return slices;
  }

  add({ from }: SeedRange, { run, failed, counts, virtualMs }: SeedsRun, ms: number): void {
    const figures = this.#figures;
    figures.done.push(from);
    figures.failed.push(...failed);
    figures.run += run;
    figures.virtualMs += virtualMs;
    figures.coreMs += ms;
    for (const [what, times] of counts) figures.counts[what] = (figures.counts[what] ?? 0) + times;
    if (this.#path === undefined) return;
    writeFileSync(`${this.#path}.new`, `${JSON.stringify(figures, undefined, 1)}\n`);
    renameSync(`${this.#path}.new`, this.#path);
  }

  text(): string {
    const { run, failed, counts, virtualMs, coreMs } = this.#figures;
    const lines = Object.entries(counts)
      .sort((a, b) => b[1] - a[1])
      .map(([what, times]) => `${what.padEnd(28)} ${times.toLocaleString('en')}`);
    const rate = (1000 * run) / Math.max(1, coreMs);
    return [
      ...lines,
      `seeds ${this.#range.from} to ${this.#range.from + this.#range.count - 1}: ${run - failed.length} of ${run} are well, ${failed.length} are not; ` +
        `${(virtualMs / 3_600_000).toFixed(1)} virtual hours, ${rate.toFixed(1)} seeds a second on each core`,
    ].join('\n');
  }
}

const sliceSeeds = 250;
