// While handlers are shaken, what is not repeatable is watched: they get it from their run's circumstances. Everybody else gets
// what they always get.

import { syncBuiltinESMExports } from 'node:module';
import type { Asking } from './asking.js';
import { watchChance } from './watch-chance.js';
import { watchDate, watchElapsed } from './watch-clock.js';
import { watchEnvironment } from './watch-environment.js';
import { watchTimers } from './watch-timers.js';

/**
 * @param asking whose code it is that runs
 * @param outside runs what is nobody's
 * @returns puts everything back
 */
export function watchUnrepeatable(asking: () => Asking | undefined, outside: <T>(run: () => T) => T): () => void {
  const undo = [
    watchDate(asking),
    watchElapsed(asking),
    watchChance(asking),
    watchEnvironment(asking),
    watchTimers(asking, outside),
  ];
  syncBuiltinESMExports();
  return () => {
    for (const each of undo.toReversed()) each();
    syncBuiltinESMExports();
  };
}
