// What a rule finds, as data, and how much of it is kept: a run that went wrong goes wrong in a million places.

export type Rule =
  | 'R1'
  | 'R2'
  | 'R3'
  | 'R4'
  | 'R5'
  | 'R6'
  | 'R7'
  | 'R8'
  | 'R9'
  | 'R10'
  | 'R11'
  | 'R12'
  | 'R13'
  | 'R14'
  | 'R16';

export interface Anomaly {
  readonly rule: Rule;
  /** Undefined where it concerns no single partition. */
  readonly topic: string | undefined;
  readonly partition: number | undefined;
  readonly offsets: readonly number[];
  /** What is wrong, in one sentence for people. */
  readonly says: string;
  /** Where it is something that did not happen: who should have done it, and when. */
  readonly stand?: Stand;
}

/** A time in which a processor did not get on. */
export interface Stand {
  readonly processor: string;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** What each rule is called in a table. R15 is about databases, which are not there yet. */
export const ruleNames: Readonly<Record<Rule, string>> = {
  R1: 'aborted read',
  R2: 'lost',
  R3: 'duplicate',
  R4: 'one offset, two values',
  R5: 'order',
  R6: 'torn transaction',
  R7: 'read before its commit',
  R8: 'not what the handler makes',
  R9: 'committed offset',
  R10: 'two writers',
  R11: 'poll skipped',
  R12: 'never processed',
  R13: 'left open',
  R14: 'liveness',
  R16: 'dead letters',
};

export const rules: readonly Rule[] = Object.keys(ruleNames) as Rule[];

export class Findings {
  readonly #counts = new Map<Rule, number>();
  readonly #kept: Anomaly[] = [];

  add(rule: Rule, place: Place, says: string): void {
    const count = (this.#counts.get(rule) ?? 0) + 1;
    this.#counts.set(rule, count);
    if (count > keptPerRule) return;
    const { topic, partition, offsets = [], stand } = place;
    this.#kept.push({ rule, topic, partition, offsets, says, ...(stand && { stand }) });
  }

  /** How many there were of a rule; more than are kept, perhaps. */
  count(rule: Rule): number {
    return this.#counts.get(rule) ?? 0;
  }

  /** The first ones of each rule. */
  get anomalies(): readonly Anomaly[] {
    return this.#kept;
  }
}

interface Place {
  readonly topic?: string;
  readonly partition?: number;
  readonly offsets?: readonly number[];
  readonly stand?: Stand;
}

const keptPerRule = 100;
