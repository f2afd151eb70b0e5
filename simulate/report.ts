// What many seeds have shown, added up slice by slice. In a file, where there is one, so that a long run may be broken off at any
// moment and go on: a slice stands in it with all its figures or not at all, and is run again from its beginning then.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { FailedSeed, SeedsRun } from '../src/testing/simulation/run-seeds.js';
import { rangeText, type SeedRange } from '../src/testing/simulation/seed-range.js';
import { type Figures, figuresText } from './figures.js';
import { Refused } from './refused.js';

/** What the figures are about: they are added to those of the same seeds and sources only. */
export interface About {
  readonly range: SeedRange;
  /** See sources.ts. */
  readonly sources: string;
}

interface Content extends About, Figures {
  /** First seeds of the slices that are done. */
  readonly done: number[];
  readonly failed: FailedSeed[];
}

export class Report {
  readonly #path: string | undefined;
  readonly #content: Content;
  /** Since when nothing was added to the time. */
  #sinceMs = performance.now();

  /**
   * Goes on with what stands in the file, if it is there.
   * @throws where that is about something else, or the file cannot be had
   */
  static open(path: string | undefined, about: About): Report {
    if (path !== undefined && existsSync(path)) return new Report(path, contentOf(path, about));
    const figures = { run: 0, twice: 0, virtualMs: 0, coreMs: 0, wallMs: 0, counts: {} };
    const report = new Report(path, { ...about, ...figures, done: [], failed: [] });
    // At once, so that a path that cannot be written is known before anything has run.
    report.#write();
    return report;
  }

  private constructor(path: string | undefined, content: Content) {
    this.#path = path;
    this.#content = content;
  }

  get run(): number {
    return this.#content.run;
  }

  get failed(): readonly FailedSeed[] {
    return this.#content.failed;
  }

  /** The slices that nobody has run yet. */
  left(): SeedRange[] {
    const { done, range } = this.#content;
    const isDone = new Set(done);
    const seeds = sliceSeeds(range);
    const slices: SeedRange[] = [];
    const end = range.from + range.count;
    for (let { from } = range; from < end; from += seeds)
      if (!isDone.has(from)) slices.push({ from, count: Math.min(seeds, end - from) });
    return slices;
  }

  add({ from }: SeedRange, { run, twice, failed, counts, virtualMs }: SeedsRun, ms: number): void {
    const content = this.#content;
    content.done.push(from);
    content.failed.push(...failed);
    content.run += run;
    content.twice += twice;
    content.virtualMs += virtualMs;
    content.coreMs += ms;
    const nowMs = performance.now();
    content.wallMs += nowMs - this.#sinceMs;
    this.#sinceMs = nowMs;
    for (const [what, times] of counts) content.counts[what] = (content.counts[what] ?? 0) + times;
    this.#write();
  }

  text(): string {
    return figuresText(this.#content);
  }

  #write(): void {
    if (this.#path === undefined) return;
    try {
      writeFileSync(`${this.#path}.new`, `${JSON.stringify(this.#content)}\n`);
      renameSync(`${this.#path}.new`, this.#path);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Refused(`${this.#path} cannot be written: ${why}`, 'Name a file in a folder that is there.', {
        cause: error,
      });
    }
  }
}

function contentOf(path: string, { range, sources }: About): Content {
  const content = parsed(path);
  if (content.range.from !== range.from || content.range.count !== range.count)
    throw new Refused(
      `${path} is about seeds ${rangeText(content.range)}, not ${rangeText(range)}`,
      `Go on with it by --from ${content.range.from} --seeds ${content.range.count}, or name another file.`,
    );
  if (content.sources !== sources)
    throw new Refused(
      `${path} was begun with other sources (${content.sources}, these are ${sources})`,
      'Their figures do not belong together: name another file, or go on with the sources that it was begun with.',
    );
  return content;
}

function parsed(path: string): Content {
  const hint = 'Name another file, or remove this one.';
  let found: Partial<Content>;
  try {
    found = JSON.parse(readFileSync(path, 'utf8')) as Partial<Content>;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Refused(`${path} is no report: ${why}`, hint, { cause: error });
  }
  if (found?.range && found.sources && found.done && found.failed && found.counts) return found as Content;
  throw new Refused(`${path} is no report of this program`, hint);
}

/** Small enough for all cores to end at one time; the same for each range, as the file names slices by their first seeds. */
function sliceSeeds({ count }: SeedRange): number {
  return Math.max(10, Math.min(250, Math.ceil(count / 20)));
}
