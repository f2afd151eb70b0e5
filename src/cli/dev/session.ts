// Which child runs the processors, and which one comes after it. Pure: what happens goes in, what is to be done comes out. The
// one rule that all of it keeps: no child is told to run before the one that ran has ended, so that no task ever has two owners.

export type ChildId = number;

export interface Session {
  /** It was told to run, and has not ended. */
  readonly serving: ChildId | undefined;
  /** It was asked to finish. */
  readonly isDraining: boolean;
  /** It loads, or has loaded and waits. It holds nothing of Kafka's, so it may be discarded at any time. */
  readonly next: { readonly id: ChildId; readonly isLoaded: boolean } | undefined;
  /** The next one is begun only when the serving one has ended. */
  readonly isRestarting: boolean;
  readonly isEnding: boolean;
  /** Every child that has not ended, discarded ones too. */
  readonly alive: readonly ChildId[];
  readonly lastId: ChildId;
}

export type SessionEvent =
  /** At the start, and whenever a source has changed. */
  | { readonly event: 'changed' }
  /** Somebody wants to begin anew, whatever there is. */
  | { readonly event: 'restart' }
  /** Somebody wants the end; again: at once. */
  | { readonly event: 'end' }
  | { readonly event: 'loaded'; readonly child: ChildId }
  | { readonly event: 'ended'; readonly child: ChildId };

export type Effect =
  | { readonly effect: 'spawn'; readonly child: ChildId }
  | { readonly effect: 'run'; readonly child: ChildId }
  /** Asks it to finish what is under way; the second time, to hurry. */
  | { readonly effect: 'drain'; readonly child: ChildId }
  | { readonly effect: 'discard'; readonly child: ChildId }
  /** It could not be loaded; `serving` goes on, if there is one. */
  | { readonly effect: 'tell-not-loaded'; readonly child: ChildId; readonly isServing: boolean }
  /** It has ended though nobody had asked it to. */
  | { readonly effect: 'tell-failed'; readonly child: ChildId }
  /** All have ended, as was wanted. */
  | { readonly effect: 'finish' };

export type Step = readonly [session: Session, effects: readonly Effect[]];

export const newSession: Session = {
  serving: undefined,
  isDraining: false,
  next: undefined,
  isRestarting: false,
  isEnding: false,
  alive: [],
  lastId: 0,
};

export function step(session: Session, event: SessionEvent): Step {
  switch (event.event) {
    case 'changed':
      // A restart reads what is there by then.
      return session.isEnding || session.isRestarting ? [session, []] : replaceNext(session);
    case 'restart':
      return restart(session);
    case 'end':
      return end(session);
    case 'loaded':
      return loaded(session, event.child);
    case 'ended':
      return ended({ ...session, alive: session.alive.filter((id) => id !== event.child) }, event.child);
  }
}

function replaceNext(before: Session): Step {
  const [session, discarded] = withoutNext(before);
  const id = session.lastId + 1;
  const next = { id, isLoaded: false };
  return [
    { ...session, next, lastId: id, alive: [...session.alive, id] },
    [...discarded, { effect: 'spawn', child: id }],
  ];
}

function withoutNext(session: Session): Step {
  if (session.next === undefined) return [session, []];
  return [{ ...session, next: undefined }, [{ effect: 'discard', child: session.next.id }]];
}

function restart(before: Session): Step {
  if (before.isEnding || before.isRestarting) return [before, []];
  if (before.serving === undefined) return replaceNext(before);
  const [session, discarded] = withoutNext(before);
  const [draining, drain] = drained(session, before.serving);
  return [{ ...draining, isRestarting: true }, [...discarded, ...drain]];
}

function loaded(session: Session, child: ChildId): Step {
  // One that was discarded may say so all the same.
  if (session.next?.id !== child) return [session, []];
  if (session.serving === undefined) return runs(session, child);
  return drained({ ...session, next: { id: child, isLoaded: true } }, session.serving);
}

function runs(session: Session, child: ChildId): Step {
  return [{ ...session, next: undefined, serving: child }, [{ effect: 'run', child }]];
}

function drained(session: Session, child: ChildId): Step {
  if (session.isDraining) return [session, []];
  return [{ ...session, isDraining: true }, [{ effect: 'drain', child }]];
}

function ended(session: Session, child: ChildId): Step {
  if (child === session.serving) return servingEnded(session, child);
  if (session.isEnding) return maybeFinished(session);
  if (child !== session.next?.id) return [session, []];
  const isServing = session.serving !== undefined && !session.isDraining;
  return [{ ...session, next: undefined }, [{ effect: 'tell-not-loaded', child, isServing }]];
}

function servingEnded(before: Session, child: ChildId): Step {
  const session: Session = { ...before, serving: undefined, isDraining: false, isRestarting: false };
  if (before.isEnding) return maybeFinished(session);
  if (before.isRestarting) return replaceNext(session);
  if (before.next?.isLoaded) return runs(session, before.next.id);
  return [session, before.isDraining ? [] : [{ effect: 'tell-failed', child }]];
}

function end(before: Session): Step {
  const [session, discarded] = withoutNext({ ...before, isEnding: true });
  const { serving } = session;
  if (serving === undefined) {
    const [same, finished] = maybeFinished(session);
    return [same, [...discarded, ...finished]];
  }
  // One that drains already is asked again only by somebody who wants the end for the second time.
  const isAskedAlready = session.isDraining && !before.isEnding;
  const asked: readonly Effect[] = isAskedAlready ? [] : [{ effect: 'drain', child: serving }];
  return [{ ...session, isDraining: true }, [...discarded, ...asked]];
}

function maybeFinished(session: Session): Step {
  return [session, session.alive.length === 0 ? [{ effect: 'finish' }] : []];
}
