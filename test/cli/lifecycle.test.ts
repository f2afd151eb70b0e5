// How a command that runs until somebody ends it ends: by signals, by its own failure, by an error that nothing caught.
// The signals are events here; run.test.ts sends real ones.

import { EventEmitter } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { Lifecycle, type Stoppable } from '../../src/cli/lifecycle.js';
import { ProcessorError } from '../../src/errors/processor-error.js';

/** An app that stops when it is told how, and notes how often it was asked to. */
class App implements Stoppable {
  stops = 0;
  end: () => void = () => {};
  fail: (error: Error) => void = () => {};
  readonly finished: Promise<void> = new Promise((resolve, reject) => {
    this.end = resolve;
    this.fail = reject;
  });

  stop(): Promise<void> {
    this.stops++;
    return this.finished;
  }
}

interface World {
  readonly events: EventEmitter;
  readonly forced: () => number;
  /** The messages of its fatal lines. */
  readonly fatal: readonly string[];
  readonly lifecycle: Lifecycle;
}

function world(): World {
  const events = new EventEmitter();
  let forced = 0;
  const fatal: string[] = [];
  const log = {
    info: () => {},
    warn: () => {},
    fatal: ({ err }: { readonly err: { readonly message: string } }) => void fatal.push(err.message),
  };
  const lifecycle = new Lifecycle(log as never, { events, endByForce: () => void forced++ });
  return { events, forced: () => forced, fatal, lifecycle };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Far enough apart to be two. */
const moment = 301;

describe('a signal', () => {
  test('stops the app once and waits for its end', async () => {
    const { events, lifecycle } = world();
    const app = new App();
    const ended = lifecycle.untilEnd(async () => app);
    await settled();
    events.emit('SIGTERM');
    await settled();
    expect(app.stops).toBe(1);
    app.end();
    await expect(ended).resolves.toBeUndefined();
  });

  test('that comes twice hurries, a third time forces', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { events, forced, lifecycle } = world();
    const app = new App();
    const ended = lifecycle.untilEnd(async () => app);
    await settled();
    events.emit('SIGTERM');
    vi.advanceTimersByTime(moment);
    events.emit('SIGTERM');
    expect([app.stops, forced()]).toEqual([2, 0]);
    vi.advanceTimersByTime(moment);
    events.emit('SIGINT');
    expect([app.stops, forced()]).toEqual([2, 1]);
    vi.useRealTimers();
    app.end();
    await ended;
  });

  test('that npm passes on beside the terminal’s own counts once', async () => {
    const { events, lifecycle } = world();
    const app = new App();
    const ended = lifecycle.untilEnd(async () => app);
    await settled();
    events.emit('SIGINT');
    events.emit('SIGINT');
    expect(app.stops).toBe(1);
    app.end();
    await ended;
  });

  test('of another kind counts for itself, however soon it comes', async () => {
    const { events, forced, lifecycle } = world();
    const app = new App();
    const ended = lifecycle.untilEnd(async () => app);
    await settled();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGINT']) events.emit(signal);
    expect([app.stops, forced()]).toEqual([2, 1]);
    app.end();
    await ended;
  });

  test('before the start prevents it', async () => {
    const { events, lifecycle } = world();
    events.emit('SIGINT');
    const start = vi.fn();
    await lifecycle.untilEnd(start);
    expect(start).not.toHaveBeenCalled();
  });

  test('during a start stops what has started then', async () => {
    const { events, lifecycle } = world();
    const app = new App();
    let started: (app: Stoppable) => void = () => {};
    const ended = lifecycle.untilEnd(() => new Promise((resolve) => (started = resolve)));
    events.emit('SIGINT');
    await settled();
    started(app);
    await settled();
    expect(app.stops).toBe(1);
    app.end();
    await ended;
  });

  test('during a start that does not come to an end does not wait for it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { events, lifecycle } = world();
    const ended = lifecycle.untilEnd(() => new Promise(() => {}));
    events.emit('SIGINT');
    await settled();
    vi.advanceTimersByTime(1500);
    vi.useRealTimers();
    await expect(ended).resolves.toBeUndefined();
  });

  test('whose stop does not come to an end is an error of its own', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { events, lifecycle } = world();
    const ended = lifecycle.untilEnd(async () => new App());
    const refused = expect(ended).rejects.toMatchObject({ code: 'PRC_STOP_OVERDUE' });
    await settled();
    events.emit('SIGTERM');
    await settled();
    vi.advanceTimersByTime(5000);
    vi.useRealTimers();
    await refused;
  });
});

describe('an app that fails', () => {
  test('ends with its error', async () => {
    const { lifecycle } = world();
    const app = new App();
    const ended = lifecycle.untilEnd(async () => app);
    app.fail(new Error('no more'));
    await expect(ended).rejects.toThrow('no more');
  });

  test('while it stops ends with its error too', async () => {
    const { events, lifecycle } = world();
    const app = new App();
    const ended = lifecycle.untilEnd(async () => app);
    await settled();
    events.emit('SIGTERM');
    app.fail(new Error('no more'));
    await expect(ended).rejects.toThrow('no more');
  });

  test('at its start ends with that error', async () => {
    const { lifecycle } = world();
    await expect(lifecycle.untilEnd(() => Promise.reject(new Error('no broker')))).rejects.toThrow('no broker');
  });
});

describe('an error that nothing caught', () => {
  test('aborts: the app is stopped and hurried at once, and the end is that error', async () => {
    const { events, lifecycle } = world();
    const app = new App();
    const ended = lifecycle.untilEnd(async () => app);
    await settled();
    const cause = new Error('nobody awaited me');
    events.emit('uncaughtException', cause);
    expect(app.stops).toBe(2);
    app.end();
    await expect(ended).rejects.toMatchObject({ code: 'PRC_UNCAUGHT', cause });
  });

  test('that is one of ours is named by its code, and its hint is what is said to do', async () => {
    const { events, lifecycle } = world();
    const app = new App();
    const ended = lifecycle.untilEnd(async () => app);
    await settled();
    const cause = new ProcessorError('PRC_OUTPUT_AFTER_END', { output: 'enriched' });
    events.emit('uncaughtException', cause);
    app.end();
    await expect(ended).rejects.toMatchObject({
      code: 'PRC_UNCAUGHT',
      message: expect.stringContaining(`: PRC_OUTPUT_AFTER_END ${cause.message}`),
      hint: cause.hint,
    });
  });

  test('that comes for each record of a batch is one line; another one is told beside it', async () => {
    const { events, fatal, lifecycle } = world();
    const app = new App();
    const ended = lifecycle.untilEnd(async () => app);
    await settled();
    for (let record = 1; record <= 4; record++) events.emit('uncaughtException', new Error('nobody awaited me'));
    events.emit('uncaughtException', new Error('nor me'));
    expect(fatal).toEqual(['nobody awaited me', 'nor me']);
    app.end();
    await expect(ended).rejects.toMatchObject({ message: expect.stringContaining('nobody awaited me') });
  });

  test('before the start is the end too', async () => {
    const { events, lifecycle } = world();
    events.emit('uncaughtException', new Error('at the top of a module'));
    const start = vi.fn();
    await expect(lifecycle.untilEnd(start)).rejects.toMatchObject({ code: 'PRC_UNCAUGHT' });
    expect(start).not.toHaveBeenCalled();
  });
});
