// Runs slices of seeds on several cores: a worker each, which asks for the next slice when it is through with one.

import { Worker } from 'node:worker_threads';
import type { SeedsRun } from '../src/testing/simulation/run-seeds.js';
import type { SeedRange } from '../src/testing/simulation/seed-range.js';

export interface SlicesOptions {
  readonly slices: readonly SeedRange[];
  readonly workers: number;
  /** Whether nothing more is begun once a seed has failed. */
  readonly isUntilFound: boolean;
  readonly done: (slice: SeedRange, run: SeedsRun, ms: number) => void;
}

export interface SliceAsked {
  readonly slice: SeedRange;
  readonly isUntilFound: boolean;
}

export interface SliceDone {
  readonly run: SeedsRun;
  readonly ms: number;
}

export async function runSlices({ slices, workers, isUntilFound, done }: SlicesOptions): Promise<void> {
  const waiting = [...slices];
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      // Runs are short-lived objects: a small nursery is collected several times in each.
      resourceLimits: { maxYoungGenerationSizeMb: 64 },
    });
    try {
      for (let slice = waiting.shift(); slice !== undefined; slice = waiting.shift()) {
        const { run, ms } = await answerOf(worker, { slice, isUntilFound });
        done(slice, run, ms);
        if (isUntilFound && run.failed.length > 0) waiting.length = 0;
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, slices.length) }, work));
}

function answerOf(worker: Worker, question: SliceAsked): Promise<SliceDone> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => settle(() => reject(error));
    const ended = (code: number): void => failed(new Error(`a worker ended with ${code}`));
    const answered = (answer: SliceDone): void => settle(() => resolve(answer));
    const settle = (how: () => void): void => {
      worker.off('message', answered).off('error', failed).off('exit', ended);
      how();
    };
    worker.on('message', answered).on('error', failed).on('exit', ended);
    worker.postMessage(question, []);
  });
}
