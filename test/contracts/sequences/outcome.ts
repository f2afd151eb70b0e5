// What came of a call, as text: `ok`, or the error's code and flags.

import { KafkaError, unanswered } from '../../../src/ports/kafka.js';

/** A call that had no answer in time is made again, as the port asks for (E8). */
export async function answered(call: () => Promise<unknown>): Promise<string> {
  for (let attempt = 1; ; attempt++)
    try {
      await call();
      return 'ok';
    } catch (error) {
      if (!(error instanceof KafkaError) || !unanswered.has(error.code) || attempt === attemptsMax)
        return failure(error);
    }
}

export function failure(error: unknown): string {
  if (!(error instanceof KafkaError)) return String(error);
  const { code, retriable, abortable, fenced, fatal } = error;
  const flags = Object.entries({ retriable, abortable, fenced, fatal }).flatMap(([name, is]) => (is ? [name] : []));
  return [code, ...flags].join(' ');
}

/** What a producer is told that nobody can use any more. */
export const fencedOutcome = '_FENCED fenced fatal';
/** What a send says where the client knows already that its producer is fenced. */
export const fatalOutcome = '_FATAL';
export const closedOutcome = '_DESTROY fatal';

const attemptsMax = 3;
