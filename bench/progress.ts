// Counts what a side has done, and what it took.

export interface SideResult {
  /** From the first record in hand to the return of the last commit. */
  readonly seconds: number;
  /** The process's user and system time in the same span. */
  readonly cpuSeconds: number;
  readonly commits: number;
  readonly rssMiB: number;
}

export class Progress {
  /** Resolves when all records are committed. */
  readonly done: Promise<void>;
  readonly #records: number;
  #committed = 0;
  #commits = 0;
  #start = moment();
  #end = this.#start;
  #started = false;
  #resolve: () => void = () => {};

  constructor(records: number) {
    this.#records = records;
    this.done = new Promise((resolve) => (this.#resolve = resolve));
  }

  /** There is a record in hand; only the first call counts. */
  begin(): void {
    if (this.#started) return;
    this.#started = true;
    this.#start = moment();
  }

  committed(records: number): void {
    this.#commits++;
    this.#committed += records;
    this.#end = moment();
    if (this.#committed >= this.#records) this.#resolve();
  }

  result(): SideResult {
    return {
      seconds: (this.#end.ms - this.#start.ms) / 1000,
      cpuSeconds: this.#end.cpuSeconds - this.#start.cpuSeconds,
      commits: this.#commits,
      rssMiB: Math.round(process.memoryUsage.rss() / 2 ** 20),
    };
  }
}

function moment(): { readonly ms: number; readonly cpuSeconds: number } {
  const { user, system } = process.cpuUsage();
  return { ms: performance.now(), cpuSeconds: (user + system) / 1e6 };
}
