// How far the groups have come, seen from outside of them: asked again and again while the run goes on, and once more at its end.

import { setTimeout as wait } from 'node:timers/promises';
import { confluentKafka } from '../../src/adapters/confluent/kafka.js';
import { call } from '../../src/adapters/confluent/kafka-error.js';
import { type RawAdmin, type RawConsumer, rawModule } from '../../src/adapters/confluent/raw-client.js';
import { type Kafka, KafkaError } from '../../src/ports/kafka.js';
import { type HistoryFile, nowMs } from '../history.js';
import type { Step } from '../step.js';
import { partitionCount } from '../steps.js';

export class ProgressWatch {
  readonly #history: HistoryFile;
  readonly #brokers: string;
  readonly #steps: readonly Step[];
  readonly #kafka: Kafka;
  readonly #observers: ReadonlyMap<Step, RawConsumer>;
  readonly #latest = new Map<string, { readonly offsets: readonly number[]; readonly ends: readonly number[] }>();
  #isClosed = false;
  #watching: Promise<void> = Promise.resolve();

  static async open(history: HistoryFile, brokers: string, steps: readonly Step[]): Promise<ProgressWatch> {
    const kafka = await confluentKafka({ brokers, transactionTimeoutMs: 10_000 });
    const observers = new Map<Step, RawConsumer>();
    for (const step of steps) observers.set(step, await observer(brokers, step.processor, 'read_uncommitted'));
    return new ProgressWatch(history, brokers, steps, kafka, observers);
  }

  private constructor(
    history: HistoryFile,
    brokers: string,
    steps: readonly Step[],
    kafka: Kafka,
    observers: ReadonlyMap<Step, RawConsumer>,
  ) {
    this.#history = history;
    this.#brokers = brokers;
    this.#steps = steps;
    this.#kafka = kafka;
    this.#observers = observers;
  }

  /** Asks every `intervalMs` until it is closed. A question that a broker does not answer is none. */
  watch(intervalMs: number): void {
    this.#watching = (async () => {
      while (!this.#isClosed) {
        for (const step of this.#steps)
          await this.#ask(step, this.#observers.get(step) as RawConsumer).catch(unanswered);
        await wait(intervalMs);
      }
    })();
  }

  /** Asks once more, for what has become of everything that was acknowledged. */
  async askSettled(): Promise<void> {
    for (const step of this.#steps) {
      const settled = await observer(this.#brokers, step.processor, 'read_committed');
      try {
        await this.#ask(step, settled, true);
      } finally {
        await new Promise<void>((resolve) => settled.disconnect(() => resolve()));
      }
    }
  }

  async #ask(step: Step, raw: RawConsumer, isSettled = false): Promise<void> {
    const { processor: group, input: topic } = step;
    const askedMs = nowMs();
    const asked = Array.from({ length: partitionCount }, (_, partition) => ({ topic, partition }));
    const entries = await call<readonly ({ readonly offset?: number } | Error)[]>(
      'read committed offsets',
      (callback) => raw.committed(asked, 10_000, callback),
    );
    const answeredMs = nowMs();
    const offsets = entries.map((entry) => {
      if (entry instanceof Error) throw new KafkaError('_FAIL', entry.message);
      return entry.offset ?? -1;
    });
    const ends = (await this.#kafka.offsetRanges(asked)).map(({ stable }) => stable);
    this.#latest.set(group, { offsets, ends });
    this.#history.append({ event: 'progress', answeredMs, isSettled, group, topic, offsets, ends }, askedMs);
  }

  /** The sums of what was seen last: committed offsets and ends of a step's input. */
  latest({ processor }: Step): { readonly done: number; readonly end: number } {
    const { offsets = [], ends = [] } = this.#latest.get(processor) ?? {};
    const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + Math.max(0, one), 0);
    return { done: sum(offsets), end: sum(ends) };
  }

  /** What is left of the groups when all their members have gone; one that could not say so is forgotten after its session. */
  async tellMembers(sessionMs: number): Promise<void> {
    const deadline = performance.now() + sessionMs + 3000;
    const admin = rawModule().AdminClient.create({ 'bootstrap.servers': this.#brokers }) as RawAdmin & GroupAdmin;
    try {
      for (const { processor: group } of this.#steps) {
        let count: number;
        do {
          const { groups } = await call<GroupDescriptions>('describe groups', (callback) =>
            admin.describeGroups([group], { timeout: 10_000 }, callback),
          );
          count = groups[0]?.members.length ?? 0;
        } while (count > 0 && performance.now() < deadline && (await wait(200, true)));
        this.#history.append({ event: 'members', group, count });
      }
    } finally {
      admin.disconnect();
    }
  }

  /** From here on nothing is asked any more, and nothing written down. */
  async endWatch(): Promise<void> {
    this.#isClosed = true;
    await this.#watching;
  }

  async close(): Promise<void> {
    await this.endWatch();
    for (const raw of this.#observers.values()) await new Promise<void>((resolve) => raw.disconnect(() => resolve()));
    await this.#kafka.close();
  }
}

interface GroupDescriptions {
  readonly groups: readonly { readonly members: readonly unknown[] }[];
}

interface GroupAdmin {
  describeGroups(
    groups: readonly string[],
    options: { readonly timeout: number },
    callback: (
      error: { readonly message: string; readonly code: number } | null | undefined,
      found: GroupDescriptions,
    ) => void,
  ): void;
}

/** No member: it only asks. One that reads committed offsets only waits for the transactions that are about to move them. */
async function observer(
  brokers: string,
  group: string,
  isolation: 'read_committed' | 'read_uncommitted',
): Promise<RawConsumer> {
  const raw = new (rawModule().KafkaConsumer)(
    {
      'bootstrap.servers': brokers,
      'group.id': group,
      'isolation.level': isolation,
      'enable.auto.commit': false,
    },
    {},
  );
  raw.on('event.error', () => {});
  await call<unknown>('connect', (callback) => raw.connect({ allTopics: false, timeout: 10_000 }, callback));
  return raw;
}

/** While brokers are being killed, questions go unanswered; anything else is a mistake. */
function unanswered(error: unknown): void {
  if (!(error instanceof KafkaError)) throw error;
}
