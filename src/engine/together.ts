// Several processors as one program: they end together.

import type { Runner } from './runner.js';

export interface App {
  /** Resolves when all processors have stopped; rejects with the error that ended the first. */
  readonly finished: Promise<void>;
  /**
   * Finishes or aborts what is under way, leaves the groups and releases everything. Takes about a second at most; a
   * second call hurries. Resolves also if a processor failed before: `finished` tells.
   */
  stop(): Promise<void>;
}

/**
 * Several runners as one: the first that fails ends the others.
 *
 * @param close releases what they stood on
 */
export function together(runners: readonly Runner[], close: () => Promise<void>): App {
  let isStopping = false;
  const stop = (): Promise<unknown> => {
    isStopping = true;
    return Promise.all(runners.map((runner) => runner.stop()));
  };
  const finished = Promise.allSettled(
    runners.map((runner) =>
      runner.finished.catch(async (error: unknown) => {
        // Runners that are stopping already are not hurried by another's failure.
        if (!isStopping) await stop();
        throw error;
      }),
    ),
  ).then(async (ends) => {
    await close();
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
  });
  finished.catch(() => {});
  return {
    finished,
    async stop() {
      await stop();
      await finished.catch(() => {});
    },
  };
}
