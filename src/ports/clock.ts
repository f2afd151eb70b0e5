// Time as the engine sees it. Correctness never depends on wall-clock time (E13): timeouts use `monotonicMs`; the wall
// clock only stamps what people read.

export interface Clock {
  /** Milliseconds that never go backwards, from an arbitrary start. */
  monotonicMs(): number;
  /** Milliseconds since 1970, for timestamps of dead letters and logs only. */
  wallMs(): number;
  /** Calls back once after `ms`; the function given back cancels it. Does not keep a process alive by itself. */
  timer(ms: number, callback: () => void): () => void;
  /** Resolves when everything that is already due has run: one turn of the event loop. */
  turn(): Promise<void>;
}
