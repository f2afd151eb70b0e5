// What the engine says it does, as lines of a log: failures as they come, the rest as one summary of each processor every
// ten seconds. A failure that repeats for every record of a topic is counted after its first lines, not written each time.

import type { Logger } from '../adapters/pino/logger.js';
import type { LetterExtent } from '../core/task/state.js';
import type { Fact } from '../engine/facts.js';
import { BrokerState } from './broker-state.js';
import { errorFields } from './error-fields.js';

/** Lines of one kind of fact and processor between two summaries. */
const linesMax = 20;

export interface FactLog {
  readonly onFact: (fact: Fact) => void;
  /** Writes a summary of every processor that did something since the last one. */
  summarize(): void;
}

export interface FactLogOptions {
  /** The level of what goes as it should, for whoever tells that in another way. Default `info`. */
  readonly routine?: 'info' | 'debug';
}

export function factLog(
  log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>,
  { routine = 'info' }: FactLogOptions = {},
): FactLog {
  const tallies = new Map<string, Tally>();
  const tallyOf = (processor: string): Tally => {
    const tally = tallies.get(processor) ?? new Tally();
    tallies.set(processor, tally);
    return tally;
  };
  return {
    onFact(fact) {
      const tally = tallyOf(fact.processor);
      tally.count(fact);
      const { processor } = fact;
      const change = tally.brokers.hear(fact);
      if (change !== undefined) log[change.level]({ fact: 'client-notice', processor }, change.message);
      if (change !== undefined && fact.fact === 'client-notice') return;
      const line = lineOf(fact);
      if (line === undefined || (line.level === 'warn' && !tally.mayWrite(fact.fact))) return;
      const isRoutine = line.level === 'info' && fact.fact !== 'client-notice';
      log[isRoutine ? routine : line.level](line.fields, line.message);
    },
    summarize() {
      for (const [processor, tally] of tallies) {
        const change = tally.brokers.pass();
        if (change !== undefined) log[change.level]({ fact: 'client-notice', processor }, change.message);
        if (tally.isWaitingLong()) log.info({ processor }, 'still waits for the group to give it partitions');
        const summary = tally.take();
        if (summary !== undefined) log[routine]({ processor, ...summary }, 'processed');
      }
    },
  };
}

/** What one processor did since the last summary. */
class Tally {
  readonly brokers: BrokerState = new BrokerState();
  #counts: Record<string, number> = {};
  #written = new Map<string, number>();
  /** Summaries since it has begun to wait for partitions; undefined while it does not wait. */
  #waiting: number | undefined;

  count(fact: Fact): void {
    if (fact.fact === 'processor-started' || (fact.fact === 'rebalanced' && fact.kind === 'lost')) this.#waiting = 0;
    else if (fact.fact === 'rebalanced' || fact.fact === 'processor-stopped') this.#waiting = undefined;
    const counts = tallied[fact.fact] as ((fact: Fact) => Readonly<Record<string, number>>) | undefined;
    for (const [name, by] of Object.entries(counts?.(fact) ?? {})) this.#add(name, by);
  }

  /** True once for each time that it waits, at the first whole interval. */
  isWaitingLong(): boolean {
    return this.#waiting !== undefined && ++this.#waiting === 2;
  }

  mayWrite(kind: string): boolean {
    const written = (this.#written.get(kind) ?? 0) + 1;
    this.#written.set(kind, written);
    if (written > linesMax) this.#add('linesLeftOut', 1);
    return written <= linesMax;
  }

  /** What happened, and starts anew; undefined if nothing did. */
  take(): Readonly<Record<string, number>> | undefined {
    const counts = this.#counts;
    this.#counts = {};
    this.#written = new Map();
    return Object.keys(counts).length > 0 ? counts : undefined;
  }

  #add(name: string, by: number): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + by;
  }
}

/** What a summary counts. */
const tallied: {
  readonly [Kind in Fact['fact']]?: (fact: Extract<Fact, { readonly fact: Kind }>) => Readonly<Record<string, number>>;
} = {
  'batch-committed': ({ records, outputs }) => ({ records, outputs, batches: 1 }),
  'batch-aborted': () => ({ aborted: 1 }),
  'retry-scheduled': () => ({ retries: 1 }),
  'record-skipped': () => ({ skipped: 1 }),
  'record-dead-lettered': () => ({ deadLettered: 1 }),
  'records-dropped': ({ records }) => ({ dropped: records }),
  'producer-replaced': () => ({ producersReplaced: 1 }),
};

interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

/** Slower, and as safe: worth a word, and no warning. */
function slowLane(reason: string): string {
  return ` on the slow lane (${reason})`;
}

function lineOf(fact: Fact): Line {
  const { fact: kind, ...rest } = roundedMs(fact);
  const line = (level: Line['level'], message: string, fields: object = rest): Line => ({
    level,
    fields: { fact: kind, ...fields },
    message,
  });
  switch (fact.fact) {
    case 'processor-started':
      return line(
        'info',
        `started${fact.lane?.kind === 'slow' ? slowLane(fact.lane.reason) : ''}, waits for the group to give it partitions`,
      );
    case 'processor-stopped':
      return line('info', 'stopped');
    case 'processor-failed':
      return line('error', 'ended by an error', withError(rest));
    case 'rebalanced': {
      const { processor, kind: how, partitions } = fact;
      const names = partitions.map(({ topic, partition }) => `${topic}/${partition}`);
      const fields = { processor, partitions: names };
      if (how === 'lost') return line('warn', 'partitions lost, waits for the group to give it others', fields);
      return line('info', `partitions ${how}`, fields);
    }
    case 'task-opened':
      return line('info', 'partition opened');
    case 'task-closed':
      return line('debug', 'partition closed');
    case 'batch-committed': {
      // What its policies have dealt with has lines of its own.
      const { deadLetters: _letters, skipped: _skipped, ...fields } = rest as Omit<typeof fact, 'fact'>;
      return line('debug', 'batch committed', fields);
    }
    case 'batch-aborted':
      return line('warn', 'batch aborted, it is replayed');
    case 'call-failed':
      // What ends the processor is said by its end.
      return line(fact.failure === 'fatal' ? 'debug' : 'warn', 'a call failed', withError(rest));
    case 'integrity-alarm':
      return line('error', 'the transaction was ended behind its owner: please report this', withError(rest));
    case 'fencing-alarm':
      return line('error', 'fenced again and again: another program uses the same transactional id', withError(rest));
    case 'call-repeated':
      return line('debug', 'a call is repeated', withError(rest));
    case 'producer-replaced':
      // A precaution (E7): what made it necessary is said before it.
      return line('info', 'producer replaced');
    case 'retry-scheduled':
      return line('warn', 'record failed, it is tried again', withError(rest));
    case 'record-skipped':
      return line('warn', 'record failed, it is skipped', withError(rest));
    case 'record-dead-lettered':
      return line('warn', `record failed, it goes to the dead letters${cutShort(fact.extent)}`, withError(rest));
    case 'records-dropped':
      return line('warn', 'records given up (at-most-once)');
    case 'batch-refused':
      return line('warn', 'the broker does not take an output, it is searched for', withError(rest));
    case 'tasks-crowded':
      return line('error', `${fact.tasks} partitions are many for one process: run ${fact.instances} instances`);
    case 'partition-paused':
      return line('debug', 'partition paused, its queue is full');
    case 'partition-resumed':
      return line('debug', 'partition resumed');
    case 'partition-stalled':
      return line('warn', 'partition stands still although there are records');
    case 'records-held-back':
      return line(
        'warn',
        'records wait for a transaction that has not ended (kafka-transactions.sh find-hanging names it)',
      );
    case 'lag-seen':
      return line('debug', 'how far it is behind');
    case 'client-notice':
      return line(fact.level, fact.message, { processor: fact.processor });
  }
}

function cutShort(extent: LetterExtent): string {
  return extent === 'cut' ? ', without most of its value: it is too large for their topic' : '';
}

function withError({ error, ...fields }: Readonly<Record<string, unknown>>): object {
  return { ...fields, err: errorFields(error) };
}

/** Milliseconds to a tenth. */
function roundedMs<T extends object>(fact: T): T {
  return Object.fromEntries(
    Object.entries(fact).map(([name, value]) => [
      name,
      typeof value === 'number' && /ms$/i.test(name) ? Math.round(value * 10) / 10 : value,
    ]),
  ) as T;
}
