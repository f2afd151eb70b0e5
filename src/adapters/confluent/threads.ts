// E14: each blocking call of the client holds one thread of libuv's pool. All of them pass this gate, so that a group of
// slow transactions never takes the threads that consumers, files and look-ups need.

/** At most this many transaction calls at a time, however large the pool is: they are broker-bound beyond it. */
const callsMax = 64;
/** Threads left for files, DNS and the like. */
const spare = 4;

export class ThreadGate {
  readonly #waiting: (() => void)[] = [];
  readonly #poolSize: number;
  #consumers = 0;
  #running = 0;

  constructor(poolSize: number = threadPoolSize()) {
    this.#poolSize = poolSize;
  }

  /** A consumer holds one thread all the time. */
  addConsumer(): void {
    this.#consumers++;
  }

  removeConsumer(): void {
    this.#consumers--;
    this.#admit();
  }

  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#capacity()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await call();
    } finally {
      this.#running--;
      this.#admit();
    }
  }

  #admit(): void {
    while (this.#waiting.length > 0 && this.#running < this.#capacity()) {
      this.#running++;
      this.#waiting.shift()?.();
    }
  }

  #capacity(): number {
    return Math.max(1, Math.min(callsMax, this.#poolSize - this.#consumers - spare));
  }
}

/** The process has one pool, so all clusters and processors in it pass one gate. */
export const threadGate: ThreadGate = new ThreadGate();

/** libuv reads the variable once, when its pool starts; 4 is its default. */
export function threadPoolSize(): number {
  const set = Number(process.env['UV_THREADPOOL_SIZE']);
  return Number.isInteger(set) && set > 0 ? Math.min(set, 1024) : 4;
}
