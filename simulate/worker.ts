// One core's share of the seeds.

import { parentPort } from 'node:worker_threads';
import { runSeeds } from '../src/testing/simulation/run-seeds.js';
import type { SliceAsked, SliceDone } from './slices.js';

parentPort?.on('message', (question: SliceAsked) => void answer(question));

async function answer({ slice, isUntilFound }: SliceAsked): Promise<void> {
  const startMs = performance.now();
  const run = await runSeeds(slice, isUntilFound);
  parentPort?.postMessage({ run, ms: performance.now() - startMs } satisfies SliceDone, []);
}
