// One thing that goes wrong, as data: it can be drawn from a seed, written down, left out and made again.

export interface Decision {
  /** Name of the kind of fault. */
  readonly kind: string;
  /** Where it strikes: at a virtual time in milliseconds, or, say, at `p1 EndTxn 3`, the third request of that kind that p1 sends. */
  readonly site: string | number;
  /** How long it lasts or takes, in milliseconds; what that means is the kind's. */
  readonly ms: number;
  /** Picks one of several: `which` modulo their count. */
  readonly which: number;
}

/** As a reader of a transcript sees it. */
export function decisionText({ kind, site, ms, which }: Decision): string {
  return `${kind} at ${typeof site === 'number' ? `${site} ms` : site}, ${ms} ms, #${which}`;
}
