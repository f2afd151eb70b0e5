// The child's end of the pipe to `processor dev`.

import type { Order, Report, Surroundings } from './messages.js';

/** Resolves when it is on its way, or when nobody is there to hear it. */
export function tell(report: Report): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(report, undefined, {}, () => resolve());
    else resolve();
  });
}

/** What the parent says, whenever it does. */
export class Orders {
  readonly connect: Promise<Surroundings>;
  readonly run: Promise<void>;

  constructor() {
    const { promise: connect, resolve: connected } = deferred<Surroundings>();
    const { promise: run, resolve: running } = deferred<void>();
    this.connect = connect;
    this.run = run;
    process.on('message', (order: Order) => {
      if (order.order === 'connect') connected(order);
      else running();
    });
  }
}

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
