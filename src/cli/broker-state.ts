// Whether the brokers can be reached, told as a log should tell it: one line when a broker is lost, one when all are, one
// when they answer again. The client says the same several times a second as long as it lasts, and never that it is over.

import type { Fact } from '../engine/facts.js';

export interface StateLine {
  readonly level: 'info' | 'warn' | 'debug';
  readonly message: string;
}

/** After so many summaries without a complaint it is over, also for a processor that has nothing to do. */
const quietSummaries = 6;

/** Of one processor's client. */
export class BrokerState {
  #isLost = false;
  /** Brokers with a complaint that was written already, and how many summaries ago it was last heard. */
  readonly #complaints = new Map<string, number>();
  #quiet = 0;

  /** A line for a change, the same at `debug` for what repeats it; undefined if the fact says nothing about connections. */
  hear(fact: Fact): StateLine | undefined {
    if (provesConnection(fact)) return this.#back();
    if (fact.fact !== 'client-notice') return undefined;
    const { message } = fact;
    // That a connection was closed, for one: what comes of it is said by others.
    if (fact.level === 'debug') return undefined;
    if (isAllDown(message)) {
      const level = this.#isLost ? 'debug' : 'warn';
      this.#isLost = true;
      this.#quiet = 0;
      return { level, message: 'no broker can be reached' };
    }
    const complaint = complaintOf(message);
    if (complaint !== undefined) {
      const level = this.#complaints.has(complaint) ? 'debug' : 'warn';
      this.#complaints.set(complaint, 0);
      return { level, message: `a broker cannot be reached: ${complaint}` };
    }
    // The complaint itself comes beside it.
    return isRepetition(message) ? { level: 'debug', message } : undefined;
  }

  /** At each summary: a line if what was lost has been quiet for long. */
  pass(): StateLine | undefined {
    for (const [complaint, age] of this.#complaints) {
      if (age + 1 >= quietSummaries) this.#complaints.delete(complaint);
      else this.#complaints.set(complaint, age + 1);
    }
    return this.#isLost && ++this.#quiet >= quietSummaries ? this.#back() : undefined;
  }

  #back(): StateLine | undefined {
    if (!this.#isLost) return undefined;
    this.#isLost = false;
    this.#complaints.clear();
    return { level: 'info', message: 'the brokers answer again' };
  }
}

/** What cannot happen without a broker's answer. */
function provesConnection(fact: Fact): boolean {
  return (
    fact.fact === 'task-opened' ||
    fact.fact === 'batch-committed' ||
    (fact.fact === 'rebalanced' && fact.kind === 'assigned')
  );
}

function isAllDown(message: string): boolean {
  return /all broker connections are down/i.test(message) || /\d+\/\d+ brokers are down/.test(message);
}

/** librdkafka's `FAIL: [thrd:b:9092/1]: b:9092/1: Connect to … failed: … (after 0ms in state CONNECT)`, without its innards. */
function complaintOf(message: string): string | undefined {
  const [, broker, what] =
    /^FAIL: (?:\[thrd:[^\]]*\]: )?(?:GroupCoordinator: )?(.+?:\d+)(?:\/\w+)?: (.+)$/.exec(message) ?? [];
  if (broker === undefined || what === undefined) return undefined;
  const reason = what.replace(/ \(after \d+ms in state .*$/, '');
  return reason.includes(broker) ? reason : `${broker}: ${reason}`;
}

function isRepetition(message: string): boolean {
  return /^(broker transport failure|host resolution failure)$/i.test(message);
}
