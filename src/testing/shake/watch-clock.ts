// The clocks, as handlers read them.

import { type Asking, note } from './asking.js';

export function watchDate(asking: () => Asking | undefined): () => void {
  const { Date } = globalThis;
  const now = (what: string): number | undefined => {
    const call = asking();
    if (call === undefined) return undefined;
    note(call, 'clock', what);
    return call.circumstances.still.has('clock') ? stillMs(call) : Math.floor(call.circumstances.nowMs());
  };
  const watchedNow = (): number => now('Date.now()') ?? Date.now();
  const watched: DateConstructor = new Proxy(Date, {
    construct(target, given: readonly unknown[], newTarget) {
      const ms = given.length === 0 ? now('new Date()') : undefined;
      const made = newTarget === watched ? target : newTarget;
      return Reflect.construct(target, ms === undefined ? given : [ms], made) as Date;
    },
    apply(target) {
      const ms = now('Date()');
      return ms === undefined ? target() : String(new target(ms));
    },
    get: (target, name) => (name === 'now' ? watchedNow : (Reflect.get(target, name) as unknown)),
  });
  globalThis.Date = watched;
  const { constructor } = Date.prototype;
  Date.prototype.constructor = watched;
  return () => {
    globalThis.Date = Date;
    Date.prototype.constructor = constructor;
  };
}

/** Clocks that count from somewhere. */
export function watchElapsed(asking: () => Asking | undefined): () => void {
  const laterMs = (what: string): { readonly still?: number; readonly later: number } => {
    const call = asking();
    if (call === undefined) return { later: 0 };
    note(call, 'clock', what);
    const { still, laterMs: later } = call.circumstances;
    return still.has('clock') ? { still: call.offset * 1000 + call.uses.length, later: 0 } : { later: later() };
  };
  const { hrtime } = process;
  const real = performance.now.bind(performance);
  Object.defineProperty(performance, 'now', {
    configurable: true,
    writable: true,
    value: (): number => {
      const { still, later } = laterMs('performance.now()');
      return still ?? real() + later;
    },
  });
  const watched = (before?: [number, number]): [number, number] => {
    const { still, later } = laterMs('process.hrtime()');
    if (still === undefined && later === 0) return hrtime(before);
    const ns = still === undefined ? hrtime.bigint() + BigInt(Math.round(later * 1e6)) : BigInt(still) * 1_000_000n;
    const since = ns - (before === undefined ? 0n : BigInt(before[0]) * 1_000_000_000n + BigInt(before[1]));
    return [Number(since / 1_000_000_000n), Number(since % 1_000_000_000n)];
  };
  process.hrtime = Object.assign(watched, {
    bigint: (): bigint => {
      const { still, later } = laterMs('process.hrtime.bigint()');
      return still === undefined ? hrtime.bigint() + BigInt(Math.round(later * 1e6)) : BigInt(still) * 1_000_000n;
    },
  });
  return () => {
    process.hrtime = hrtime;
    Reflect.deleteProperty(performance, 'now');
  };
}

/** The same for the same record and the same question; goes on with each, so that a loop that waits for it ends. */
function stillMs(call: Asking): number {
  return Date.UTC(2026, 0, 1) + call.offset * 1000 + call.uses.length;
}
