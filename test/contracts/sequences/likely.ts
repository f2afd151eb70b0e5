// Which of randomly drawn operations make sense where they stand. Most that do not are left out, so that a sequence is not one
// refusal after another; some are kept, because calls in the wrong order are a part of the contract as well. Pure: what is left
// of a list does not hang on anything but the list, so that a shortened one can be shortened again.

import type { Operation } from './operation.js';

/** An operation, and whether it stays where it makes no sense. */
export interface Drawn {
  readonly operation: Operation;
  readonly isInsistent: boolean;
}

export function likely(drawn: readonly Drawn[], lengthMax: number): readonly Operation[] {
  const expected = new Expected();
  const kept: Operation[] = [];
  for (const { operation, isInsistent } of drawn) {
    if (kept.length === lengthMax) break;
    if (!expected.isPossible(operation) || !(isInsistent || expected.makesSense(operation))) continue;
    kept.push(operation);
    expected.after(operation);
  }
  return kept;
}

interface ExpectedProducer {
  readonly isHurried: boolean;
  state: 'closed' | 'connected' | 'ready' | 'in-transaction';
  /** Whether its transaction has records, by which its end can be seen. */
  hasSent: boolean;
  /** Partitions of groups whose offsets its transaction has in hand. */
  readonly pending: Set<string>;
}

/** How things stand if every call succeeds; where one did not, what follows is a call in the wrong order. */
class Expected {
  readonly #producers = new Map<number, ExpectedProducer>();
  /** Members that are open, by group. */
  readonly #members = new Map<number, Set<number>>();
  /** Members that were ever there. */
  readonly #known = new Set<string>();
  #outwaits = 0;

  /** Nobody can act who is not there, and some waits would be too long. */
  isPossible(operation: Operation): boolean {
    switch (operation.do) {
      case 'open':
        return (this.#producers.get(operation.producer)?.state ?? 'closed') === 'closed';
      case 'outwait': {
        const producer = this.#producers.get(operation.producer);
        return (
          producer?.state === 'in-transaction' && producer.isHurried && producer.hasSent && this.#outwaits < outwaitsMax
        );
      }
      case 'init':
      case 'begin':
      case 'send':
      case 'commit':
      case 'abort':
      case 'close':
        return this.#producers.has(operation.producer);
      case 'send-offset':
        return this.#producers.has(operation.producer) && this.#known.has(nameOf(operation));
      case 'join':
        return !this.#isOpen(operation) && !this.#isHurrying;
      case 'leave':
        return this.#isOpen(operation) && !this.#isHurrying;
      case 'committed':
      case 'commit-offset':
        return this.#isOpen(operation);
      case 'take':
      case 'rewind':
      case 'pause':
      case 'resume':
      case 'position':
        return this.#openOf(operation.group).size > 0;
      case 'deliver':
        return true;
    }
  }

  makesSense(operation: Operation): boolean {
    switch (operation.do) {
      case 'init':
        return this.#producers.get(operation.producer)?.state === 'connected';
      case 'begin':
        return this.#producers.get(operation.producer)?.state === 'ready';
      case 'send':
      case 'commit':
      case 'abort':
        return this.#producers.get(operation.producer)?.state === 'in-transaction';
      case 'send-offset':
        return this.#producers.get(operation.producer)?.state === 'in-transaction' && this.#isOpen(operation);
      case 'close':
        return this.#producers.get(operation.producer)?.state !== 'closed';
      case 'committed': {
        // Who asks for an offset that a transaction has in hand waits for it in vain.
        const name = `${operation.group}/${operation.partition}`;
        return ![...this.#producers.values()].some(({ pending }) => pending.has(name));
      }
      case 'open':
      case 'outwait':
      case 'deliver':
      case 'join':
      case 'leave':
      case 'take':
      case 'rewind':
      case 'pause':
      case 'resume':
      case 'position':
      case 'commit-offset':
        return true;
    }
  }

  after(operation: Operation): void {
    if (operation.do === 'open') {
      const { isHurried } = operation;
      this.#producers.set(operation.producer, { isHurried, state: 'connected', hasSent: false, pending: new Set() });
    }
    if (operation.do === 'join') {
      this.#openOf(operation.group).add(operation.member);
      this.#known.add(nameOf(operation));
    }
    if (operation.do === 'leave') this.#openOf(operation.group).delete(operation.member);
    if ('producer' in operation && this.makesSense(operation)) this.#afterCall(operation);
  }

  #afterCall(operation: Extract<Operation, { readonly producer: number }>): void {
    const producer = this.#producers.get(operation.producer);
    if (producer === undefined) return;
    switch (operation.do) {
      case 'send':
        producer.hasSent = true;
        return;
      case 'send-offset':
        producer.pending.add(`${operation.group}/${operation.partition}`);
        return;
      case 'outwait':
        this.#outwaits++;
        producer.hasSent = false;
        producer.pending.clear();
        return;
      case 'begin':
        producer.state = 'in-transaction';
        producer.hasSent = false;
        return;
      case 'init':
      case 'commit':
      case 'abort':
        producer.state = 'ready';
        producer.pending.clear();
        return;
      case 'close':
        producer.state = 'closed';
        return;
      case 'open':
        return;
    }
  }

  /** Whether time is short: members that come and go take long on a busy machine. */
  get #isHurrying(): boolean {
    return [...this.#producers.values()].some(({ isHurried, state }) => isHurried && state === 'in-transaction');
  }

  #isOpen({ group, member }: { readonly group: number; readonly member: number }): boolean {
    return this.#openOf(group).has(member);
  }

  #openOf(group: number): Set<number> {
    let open = this.#members.get(group);
    if (open === undefined) this.#members.set(group, (open = new Set()));
    return open;
  }
}

function nameOf({ group, member }: { readonly group: number; readonly member: number }): string {
  return `${group}.${member}`;
}

/** A real one takes seconds. */
const outwaitsMax = 2;
