// Which child runs when: the story of a reload, and that no order of events ever lets two of them run.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Effect, newSession, type Session, type SessionEvent, step } from '../../../src/cli/dev/session.js';

/** Plays events and gives what each was answered with, in short: `run 1`. */
function play(...events: readonly SessionEvent[]): { readonly session: Session; readonly said: readonly string[] } {
  let session = newSession;
  const said: string[] = [];
  for (const event of events) {
    const [next, effects] = step(session, event);
    session = next;
    said.push(effects.map(inShort).join(', '));
  }
  return { session, said };
}

function inShort(effect: Effect): string {
  return 'child' in effect ? `${effect.effect} ${effect.child}` : effect.effect;
}

const changed: SessionEvent = { event: 'changed' };
const restart: SessionEvent = { event: 'restart' };
const end: SessionEvent = { event: 'end' };
const loaded = (child: number): SessionEvent => ({ event: 'loaded', child });
const ended = (child: number): SessionEvent => ({ event: 'ended', child });
const oneRuns = [changed, loaded(1)];

describe('a change', () => {
  test('is loaded while the old version works, which is then drained, and only when it has ended the new one runs', () => {
    const { said } = play(...oneRuns, changed, loaded(2), ended(1));
    expect(said).toEqual(['spawn 1', 'run 1', 'spawn 2', 'drain 1', 'run 2']);
  });

  test('that does not load stops nothing, and the next one that does is run', () => {
    const { said } = play(...oneRuns, changed, ended(2), changed, loaded(3), ended(1));
    expect(said.slice(2)).toEqual(['spawn 2', 'tell-not-loaded 2', 'spawn 3', 'drain 1', 'run 3']);
    expect(step(play(...oneRuns, changed).session, ended(2))[1]).toEqual([
      { effect: 'tell-not-loaded', child: 2, isServing: true },
    ]);
  });

  test('while another one is loaded takes its place', () => {
    const { said } = play(...oneRuns, changed, changed, loaded(2), ended(2), loaded(3), ended(1));
    expect(said.slice(2)).toEqual(['spawn 2', 'discard 2, spawn 3', '', '', 'drain 1', 'run 3']);
  });

  test('while the old version is drained takes the place of what was to come, and waits for the same end', () => {
    const early = play(...oneRuns, changed, loaded(2), changed, ended(1), loaded(3));
    expect(early.said.slice(3)).toEqual(['drain 1', 'discard 2, spawn 3', '', 'run 3']);
    const late = play(...oneRuns, changed, loaded(2), changed, loaded(3), ended(1));
    expect(late.said.slice(3)).toEqual(['drain 1', 'discard 2, spawn 3', '', 'run 3']);
  });
});

describe('a version that ends by itself', () => {
  test('is told once and not started again: that is for a change, or for the key', () => {
    expect(play(...oneRuns, ended(1)).said.at(-1)).toBe('tell-failed 1');
    expect(play(...oneRuns, ended(1), changed, loaded(2)).said.slice(3)).toEqual(['spawn 2', 'run 2']);
    expect(play(...oneRuns, ended(1), restart, loaded(2)).said.slice(3)).toEqual(['spawn 2', 'run 2']);
  });

  test('while its successor is loaded is told, too', () => {
    expect(play(...oneRuns, changed, ended(1), loaded(2)).said.slice(3)).toEqual(['tell-failed 1', 'run 2']);
  });
});

describe('a restart', () => {
  test('drains first and loads afterwards: nothing of the old version is there by then', () => {
    expect(play(...oneRuns, restart, ended(1), loaded(2)).said.slice(2)).toEqual(['drain 1', 'spawn 2', 'run 2']);
  });

  test('makes a change that comes meanwhile a part of it', () => {
    expect(play(...oneRuns, restart, changed, restart, ended(1)).said.slice(2)).toEqual(['drain 1', '', '', 'spawn 2']);
  });

  test('in the middle of a reload drains no second time', () => {
    const { said } = play(...oneRuns, changed, loaded(2), restart, ended(1));
    expect(said.slice(3)).toEqual(['drain 1', 'discard 2', 'spawn 3']);
  });
});

describe('the end', () => {
  test('drains what runs, discards what is loaded, and is there when both have ended', () => {
    const { said } = play(...oneRuns, changed, end, ended(2), ended(1));
    expect(said.slice(3)).toEqual(['discard 2, drain 1', '', 'finish']);
  });

  test('is there at once where nothing lives', () => {
    expect(play(end).said).toEqual(['finish']);
    expect(play(changed, ended(1), end).said.at(-1)).toBe('finish');
  });

  test('that is wanted twice hurries; a drain for a reload is no first time', () => {
    expect(play(...oneRuns, end, end).said.slice(2)).toEqual(['drain 1', 'drain 1']);
    expect(play(...oneRuns, changed, loaded(2), end, end).said.slice(3)).toEqual(['drain 1', 'discard 2', 'drain 1']);
  });

  test('is final: neither changes nor restarts nor what was loaded begin anything', () => {
    expect(play(...oneRuns, changed, end, changed, restart, loaded(2)).said.slice(4)).toEqual(['', '', '']);
  });
});

test('whatever happens in whatever order: no child is told to run while another one that was has not ended, and the end comes', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ what: fc.nat(4), which: fc.nat(3) }), { maxLength: 60 }), (moves) => {
      const world = new World();
      for (const { what, which } of moves) world.move(what, which);
      world.settle();
      expect(world.finished).toBe(1);
    }),
  );
});

/** Children as they can behave: each loads at most once, ends once, and whoever is drained or discarded ends some time. */
class World {
  #session = newSession;
  readonly #alive = new Set<number>();
  readonly #loaded = new Set<number>();
  readonly #running = new Set<number>();
  finished = 0;

  move(what: number, which: number): void {
    if (what === 0) return this.#happens(changed);
    if (what === 1) return this.#happens(restart);
    const alive = [...this.#alive];
    const child = alive[which % Math.max(1, alive.length)];
    if (child === undefined) return;
    if (what === 2) return this.#ends(child);
    if (this.#loaded.has(child)) return;
    this.#loaded.add(child);
    this.#happens(loaded(child));
  }

  settle(): void {
    this.#happens(end);
    for (const child of this.#alive) this.#ends(child);
  }

  #ends(child: number): void {
    this.#alive.delete(child);
    this.#running.delete(child);
    this.#happens(ended(child));
  }

  #happens(event: SessionEvent): void {
    const [session, effects] = step(this.#session, event);
    this.#session = session;
    for (const effect of effects) {
      if (effect.effect === 'spawn') this.#alive.add(effect.child);
      if (effect.effect === 'finish') this.finished++;
      if (effect.effect !== 'run') continue;
      expect(this.#alive).toContain(effect.child);
      expect(this.#loaded).toContain(effect.child);
      expect([...this.#running]).toEqual([]);
      this.#running.add(effect.child);
    }
  }
}
