// What is seen of a sequence while it runs and at its end; two runs of it are alike when nothing of this differs.

import { type Operation, tell } from './operation.js';

export interface Observation {
  readonly steps: readonly Step[];
  /** What is there when everybody has gone; missing where the run was ended by a difference. */
  readonly end?: readonly string[];
  /** The machine was too slow for a transaction that was to be ended by its owner: what came then cannot be compared. */
  readonly isLate?: boolean;
}

export interface Step {
  readonly operation: Operation;
  /** `ok` with the value if there is one, or the error's code and flags. */
  readonly outcome: string;
  /** How far each partition reaches, and how far it is settled, when what the operation has started is over. */
  readonly logs: string;
}

export interface Difference {
  readonly step: number | 'end';
  readonly expected: string;
  readonly found: string;
}

/** The first one, if there is any. A run that ends too early differs where it ends. */
export function differenceOf(expected: Observation, found: Observation): Difference | undefined {
  for (const [step, one] of expected.steps.entries()) {
    const other = found.steps[step];
    if (other === undefined && found.isLate) return undefined;
    const [a, b] = [textOf(one), other ? textOf(other) : 'nothing'];
    if (a !== b) return { step, expected: a, found: b };
  }
  const [a, b] = [expected.end?.join('\n') ?? 'nothing', found.end?.join('\n') ?? 'nothing'];
  return a === b ? undefined : { step: 'end', expected: a, found: b };
}

export function isAlike(expected: Step, found: Step): boolean {
  return textOf(expected) === textOf(found);
}

/** The sequence as a list, with what came of each operation, up to the one where they part. */
export function tellDifference({ steps }: Observation, { step, expected, found }: Difference): string {
  const until = step === 'end' ? steps.length : step;
  const told = steps.slice(0, until).map((one, i) => `  ${i + 1}. ${tell(one.operation)} → ${textOf(one)}`);
  const last = step === 'end' ? undefined : steps[step];
  const where = last ? `  ${until + 1}. ${tell(last.operation)}` : '  at the end';
  return [...told, where, `     the model: ${indented(expected)}`, `     Kafka:     ${indented(found)}`].join('\n');
}

function textOf({ outcome, logs }: Step): string {
  return logs === '' ? outcome : `${outcome} [${logs}]`;
}

function indented(text: string): string {
  return text.replaceAll('\n', `\n${' '.repeat(16)}`);
}
