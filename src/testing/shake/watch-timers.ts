// Timers, as handlers set them. Which of two is the first one nobody can rely on, unless one is far shorter: disrupted runs make them
// quicker and slower. By themselves they come in the order in which they fall due, also on a machine that is busy.

import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Asking, note } from './asking.js';
import { realMs } from './circumstances.js';

/** @param outside runs what is not the handler's: its awaits are none of the handler's either */
export function watchTimers(asking: () => Asking | undefined, outside: <T>(run: () => T) => T): () => void {
  const { setTimeout, clearTimeout, setImmediate } = globalThis;
  const later = timersPromises.setTimeout;
  /** What has not come yet. */
  const pending = new Set<Pending>();
  const noted = (ms: unknown): Pending | undefined => {
    const call = asking();
    if (call === undefined || typeof ms !== 'number' || !(ms > 0)) return undefined;
    note(call, 'timers', 'setTimeout()');
    const waitMs = call.circumstances.still.has('timers') ? ms : Math.max(1, ms * call.circumstances.pace());
    const one = { waitMs, dueMs: realMs() + waitMs };
    pending.add(one);
    return one;
  };
  /** Whether one that fell due before it has yet to come; what is long overdue never comes, somebody has closed it. */
  const isAhead = ({ dueMs }: Pending): boolean => {
    for (const other of pending) if (other.dueMs < dueMs && other.dueMs > dueMs - overdueMsMax) return true;
    return false;
  };
  const byHandle = new WeakMap<object, Pending>();
  const come = async <T>(one: Pending, value: T, options: object | undefined): Promise<T> => {
    try {
      await later(one.waitMs, undefined, options);
      while (isAhead(one)) await timersPromises.setImmediate();
      return value;
    } finally {
      pending.delete(one);
    }
  };
  const watchedLater = ((ms?: number, value?: unknown, options?: object) => {
    const one = noted(ms);
    return one === undefined ? later(ms, value, options) : outside(() => come(one, value, options));
  }) as typeof later;
  const watchedTimeout = (run: (...given: readonly unknown[]) => void, ms?: number, ...given: readonly unknown[]) => {
    const one = noted(ms);
    if (one === undefined) return setTimeout(run, ms, ...given);
    const fire = (): void => {
      if (!pending.has(one)) return;
      if (isAhead(one)) return void setImmediate(fire);
      pending.delete(one);
      run(...given);
    };
    const handle = setTimeout(fire, one.waitMs);
    byHandle.set(handle, one);
    const refresh = handle.refresh.bind(handle);
    handle.refresh = () => {
      // One that was cleared stays so.
      if (byHandle.has(handle)) {
        one.dueMs = realMs() + one.waitMs;
        pending.add(one);
      }
      return refresh();
    };
    return handle;
  };
  const watched = Object.assign(watchedTimeout, { [promisify.custom]: watchedLater, __promisify__: watchedLater });
  const watchedClear = ((handle?: NodeJS.Timeout) => {
    const one = typeof handle === 'object' ? byHandle.get(handle) : undefined;
    if (one !== undefined) pending.delete(one);
    if (typeof handle === 'object') byHandle.delete(handle);
    clearTimeout(handle);
  }) as typeof clearTimeout;
  Object.assign(globalThis, { setTimeout: watched, clearTimeout: watchedClear });
  Object.assign(timers, { setTimeout: watched, clearTimeout: watchedClear });
  timersPromises.setTimeout = watchedLater;
  return () => {
    Object.assign(globalThis, { setTimeout, clearTimeout });
    Object.assign(timers, { setTimeout, clearTimeout });
    timersPromises.setTimeout = later;
  };
}

interface Pending {
  readonly waitMs: number;
  /** By this machine's clock; later when it is begun anew. */
  dueMs: number;
}

const overdueMsMax = 1000;
