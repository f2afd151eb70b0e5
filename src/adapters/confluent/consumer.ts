// One member of a group behind the port: the only code that knows how the client consumes. Owns the raw consumer, its
// assignment, and whether somebody is using it: a disconnect under a producer's call kills the process.

import { type GroupOffset, partitionKey, type TopicPartition, type TopicPartitionOffset } from '../../core/ids.js';
import { requireAssignment, requireLettingGo } from '../../ports/answers.js';
import {
  type Consumer,
  type ConsumerOptions,
  finalWords,
  KafkaError,
  type Rebalance,
  unanswered,
} from '../../ports/kafka.js';
import type { RecordBatch } from '../../ports/record-batch.js';
import { Assignment } from './assignment.js';
import { type Intake, SlowIntake } from './intake.js';
import { askable, call, fromText, toKafkaError } from './kafka-error.js';
import { FastIntake } from './native/fast-intake.js';
import { attached, type ClientHandle, type ClientMark, lane, laneConfig, markOfLatest } from './native/lane.js';
import { type Callback, type RawConsumer, type RawError, rawModule } from './raw-client.js';
import { type ClientSettings, consumerConfig, heartbeatMs, isEager, staysWhenClosed } from './settings.js';
import type { ThreadGate } from './threads.js';
import { type TakeFailure, UnreadableBatches } from './unreadable.js';

export interface ConsumerSetup {
  readonly settings: ClientSettings;
  readonly gate: ThreadGate;
  readonly connectTimeoutMs: number;
}

export async function openConsumer(options: ConsumerOptions, setup: ConsumerSetup): Promise<Consumer> {
  const consumer = new ConfluentConsumer(options, setup);
  await consumer.connect(setup.connectTimeoutMs);
  return consumer;
}

export class ConfluentConsumer implements Consumer {
  readonly #raw: RawConsumer;
  readonly #mark: ClientMark;
  /** Where the fast lane is taken. */
  #handle: ClientHandle | undefined;
  #intake: Intake;
  readonly #options: ConsumerOptions;
  readonly #gate: ThreadGate;
  readonly #heartbeatMs: number;
  readonly #staysWhenClosed: boolean;
  /** What `assign` was called for: only this may be unassigned, paused or asked for its position. */
  readonly #assignment: Assignment;
  #polling = false;
  /** Why this member will never work again. */
  #fatal: KafkaError | undefined;
  /** What the brokers said once and for all, while records that came with it are handed out first. */
  #final: KafkaError | undefined;
  readonly #unreadable = new UnreadableBatches();
  #closing = false;
  /**
   * Events that were heard and have no answer yet, in their order. More than one where the client took the answer to an event for
   * that to the next one, which nobody had heard of yet, and has gone on.
   */
  readonly #unanswered: Rebalance[] = [];
  /** Commits that the group has not answered yet, in the order in which they were made. */
  readonly #commits = new Set<PendingCommit>();
  /** Calls that use the raw consumer and must return before it is disconnected. */
  #lent = 0;
  #returned: (() => void) | undefined;

  constructor(options: ConsumerOptions, { settings, gate }: ConsumerSetup) {
    this.#options = options;
    this.#gate = gate;
    this.#heartbeatMs = heartbeatMs(settings);
    this.#staysWhenClosed = staysWhenClosed(settings);
    this.#raw = new (rawModule().KafkaConsumer)(
      {
        ...consumerConfig(settings, options.groupId, options.clientId),
        ...laneConfig(lane()),
        rebalance_cb: (error: RawError | undefined, partitions: readonly TopicPartition[]) =>
          this.#rebalanced(error, partitions),
        offset_commit_cb: (error: RawError | undefined, offsets: readonly TopicPartitionOffset[]) =>
          this.#committed(error, offsets),
      },
      // A position that is out of range must never jump. The error itself does not reach us (E20 finds the partition).
      { 'auto.offset.reset': 'error' },
    );
    this.#mark = markOfLatest(lane());
    this.#assignment = new Assignment(this.#raw, isEager(settings));
    this.#intake = new SlowIntake(this.#raw, (partition) => this.#assignment.has(partition));
    this.#raw.on('event.error', ({ message }) => options.onNotice({ level: 'warn', message }));
    this.#raw.on('event.log', ({ severity, fac, message }) => {
      // The error itself comes once, with whichever call is under way, and without its reason.
      if (fac === 'FATAL') this.#fatal = new KafkaError('_FATAL', message, { fatal: true });
      options.onNotice({ level: severity <= 3 ? 'warn' : 'debug', message: `${fac}: ${message}` });
    });
  }

  async connect(timeoutMs: number): Promise<void> {
    // Where that fails, the client has disconnected itself, and does not bear to be told so again.
    await this.#calling((callback) => this.#raw.connect({ allTopics: false, timeout: timeoutMs }, callback), 'connect');
    this.#gate.addConsumer();
    const taken = lane();
    if (taken.kind === 'fast') {
      this.#handle = attached(taken.native, this.#mark, true);
      this.#intake = new FastIntake(taken.native, this.#handle);
    }
    this.#raw.subscribe(this.#options.topics);
  }

  async poll(recordsMax: number, timeoutMs: number): Promise<readonly RecordBatch[]> {
    this.#betweenPolls();
    if (!(recordsMax >= 1)) throw new KafkaError('_INVALID_ARG', `poll: for at least one record, not ${recordsMax}`);
    if (this.#fatal) throw this.#fatal;
    this.#polling = true;
    try {
      const { batches, failures } = await this.#using(() => this.#intake.take(recordsMax, timeoutMs), 'consume');
      this.#hear(failures, batches.length > 0);
      return batches.flatMap((batch) => this.#freshOf(batch));
    } finally {
      this.#polling = false;
    }
  }

  accept(): void {
    this.#betweenPolls();
    requireAssignment(this.#unanswered[0]);
    this.#assignment.accept();
    this.#unanswered.shift();
  }

  assign(partitions: readonly TopicPartitionOffset[]): void {
    this.#betweenPolls();
    this.#assignment.add(partitions);
    this.#resumeAll(partitions);
  }

  unassign(partitions: readonly TopicPartition[]): void {
    this.#betweenPolls();
    requireLettingGo(this.#unanswered[0], partitions, (partition) => this.#assignment.has(partition));
    this.#assignment.remove(partitions);
    this.#unanswered.shift();
  }

  rewind(partition: TopicPartitionOffset): void {
    this.#betweenPolls();
    this.#assignment.move(partition);
    this.#resumeAll([partition]);
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#betweenPolls();
    this.#raw.pause(partitions);
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#betweenPolls();
    this.#raw.resume(partitions);
  }

  position({ topic, partition }: TopicPartition): number | undefined {
    this.#betweenPolls();
    return this.#raw.position([{ topic, partition }])[0]?.offset;
  }

  async committed(partition: TopicPartition, timeoutMs: number): Promise<GroupOffset | undefined> {
    const doing = `read the committed offset of ${partitionKey(partition)}`;
    const entries = await this.#gate.run(() =>
      this.#calling<readonly (Partial<GroupOffset> | Error)[]>(
        (callback) => this.#raw.committed([partition], timeoutMs, callback),
        doing,
      ).catch((error: KafkaError) => {
        throw askable(error);
      }),
    );
    const entry = entries[0];
    // Three outcomes, never two: what is neither an offset nor "none" is an error (E2).
    if (entries.length !== 1 || entry === undefined)
      throw new KafkaError('_BAD_MSG', `${doing}: no answer for it`, { retriable: true });
    if (entry instanceof Error) throw fromText(entry, doing);
    const { offset = -1, metadata = '' } = entry;
    return offset >= 0 ? { offset, metadata } : undefined;
  }

  async commit(offset: TopicPartition & GroupOffset): Promise<void> {
    let pending: PendingCommit | undefined;
    const answered = new Promise<void>((resolve, reject) => {
      pending = { offset, resolve, reject };
      this.#commits.add(pending);
    });
    const queued = this.#calling(
      (callback) => this.#raw.commitCb([offset], (error) => callback(error, undefined)),
      commitOf(offset),
    );
    try {
      await Promise.all([queued, answered]);
    } finally {
      if (pending) this.#commits.delete(pending);
    }
  }

  hearGroup(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 2 * this.#heartbeatMs + answerMs).unref());
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    // The client waits for the answer to an event before it leaves the group.
    const last = this.#unanswered.at(-1);
    if (last) this.#giveUp(last);
    // Their answers come through polls, and there are no more of those.
    for (const { offset, reject } of this.#commits)
      reject(new KafkaError('_DESTROY', `${commitOf(offset)}: the consumer was closed before the answer`));
    // A static member would be gone with its subscription, and the group would share anew, as if nobody came back.
    if (!this.#staysWhenClosed) await this.#leave();
    if (this.#lent > 0) await new Promise<void>((resolve) => (this.#returned = resolve));
    this.#intake.close();
    await new Promise<void>((resolve) => this.#raw.disconnect(() => resolve()));
    this.#gate.removeConsumer();
  }

  /**
   * Resolves when the group holds no request of this member any more. Its coordinator answers a request to join only when
   * every other member has joined, too, and reads nothing that stands behind it meanwhile. A disconnect would wait 5 s for
   * the answer to its leave, and the end of the process for the disconnect, which holds one of libuv's threads. So it is
   * left for later, and the group is asked, in calls short enough for a process that ends, whether it answers again.
   */
  async #leave(): Promise<void> {
    const deadline = performance.now() + leaveMsMax;
    this.#raw.setDefaultConsumeTimeout(0);
    // From here on it does not join again. What is under way goes on: its events are heard below, and answered at once.
    this.#raw.unsubscribe();
    // Twice, because the first answer can come right behind the one that lets the member go on to the join's second request.
    for (let answers = 0; answers < 2 && performance.now() < deadline; ) {
      await call<unknown>('consume', (callback) => this.#raw.consume(recordsMax, callback)).catch(() => {});
      answers = (await this.#isAnswered()) ? answers + 1 : 0;
    }
  }

  /** Whether the coordinator has answered everything that it was asked before. */
  async #isAnswered(): Promise<boolean> {
    const [topic = ''] = this.#options.topics;
    const ask = call('ask the group', (callback) =>
      this.#raw.committed([{ topic, partition: nobodysPartition }], askTimeoutMs, callback),
    );
    return ask.then(
      () => true,
      (error: KafkaError) => !unanswered.has(error.code),
    );
  }

  /** Gives the raw consumer to a call of a producer, and stays connected until that has returned. */
  lend<T>(doing: string, use: (lent: LentConsumer) => Promise<T>): Promise<T> {
    return this.#using(() => use({ raw: this.#raw, handle: this.#handle }), doing);
  }

  #rebalanced(error: RawError | undefined, partitions: readonly TopicPartition[]): void {
    const kind: Rebalance['kind'] =
      error?.code === assignPartitions ? 'assigned' : this.#raw.assignmentLost() ? 'lost' : 'revoked';
    const event = { kind, partitions: partitions.map(({ topic, partition }) => ({ topic, partition })) };
    // While it closes, the client takes the last partitions back and waits for the answer.
    if (this.#closing) return this.#giveUp(event);
    this.#unanswered.push(event);
    this.#options.onRebalance(event);
  }

  /** A pause survives unassign and assign in the client (E22). */
  #resumeAll(partitions: readonly TopicPartition[]): void {
    this.#raw.resume(partitions.map(({ topic, partition }) => ({ topic, partition })));
  }

  /** Never throws: a member that closes has to go on until it is disconnected. */
  #giveUp(event: Rebalance): void {
    try {
      this.#answerLast(event);
    } catch {
      // On a busy thread this can be heard after the client has closed: then nobody waits for the answer any more. Nor does a
      // client that takes none, because it has failed.
    }
  }

  #answerLast({ kind, partitions }: Rebalance): void {
    if (kind !== 'assigned') return this.#assignment.remove(partitions);
    try {
      this.#assignment.accept();
    } catch {
      // While it disconnects the client takes an unassign alone, as the answer to both; without any it waits for ever.
      this.#assignment.remove([]);
    }
  }

  #committed(error: RawError | undefined, offsets: readonly TopicPartitionOffset[]): void {
    for (const { topic, partition, offset } of offsets)
      for (const { offset: asked, resolve, reject } of this.#commits) {
        if (asked.topic !== topic || asked.partition !== partition || asked.offset !== offset) continue;
        if (error) reject(toKafkaError(error, commitOf(asked)));
        else resolve();
        break;
      }
  }

  /** The client says a final word once, and then asks on in silence, for ever; records that came with it go first. */
  #hear(failures: readonly TakeFailure[], hasRecords: boolean): void {
    for (const failure of failures) {
      const { error } = failure;
      if (finalWords.has(error.code)) this.#final ??= error;
      else this.#options.onNotice({ level: 'warn', message: error.message });
      // What came before it in its partition came in an earlier poll, or comes again after the next start.
      const unreadable = this.#unreadable.hear(failure, () => this.#assignment.unread());
      if (unreadable) throw unreadable;
    }
    if (this.#final === undefined || hasRecords) return;
    const final = this.#final;
    this.#final = undefined;
    throw final;
  }

  /** None where all of it was handed out before. */
  #freshOf(batch: RecordBatch): RecordBatch[] {
    const fresh = this.#assignment.handedOut.take(batch);
    const again = batch.length - (fresh?.length ?? 0);
    if (again > 0)
      this.#options.onNotice({ level: 'debug', message: `${again} records of ${partitionKey(batch)} came again` });
    return fresh ? [fresh] : [];
  }

  #calling<T>(start: (callback: Callback<T>) => void, doing: string): Promise<T> {
    return this.#using(() => call<T>(doing, start), doing);
  }

  async #using<T>(run: () => Promise<T>, doing: string): Promise<T> {
    if (this.#closing) throw new KafkaError('_DESTROY', `${doing}: the consumer is closed`, { fatal: true });
    this.#lent++;
    try {
      return await run();
    } finally {
      this.#return();
    }
  }

  #return(): void {
    this.#lent--;
    if (this.#lent === 0) this.#returned?.();
  }

  /** E3: what moves a position happens between two polls, or old records could pass for new ones. */
  #betweenPolls(): void {
    if (this.#polling) throw new Error('E3: a poll is under way');
  }
}

/** A consumer that stays connected while somebody works with it. */
export interface LentConsumer {
  readonly raw: RawConsumer;
  readonly handle: ClientHandle | undefined;
}

interface PendingCommit {
  readonly offset: TopicPartitionOffset;
  readonly resolve: () => void;
  readonly reject: (error: KafkaError) => void;
}

function commitOf(offset: TopicPartitionOffset): string {
  return `commit ${offset.offset} of ${partitionKey(offset)}`;
}

const assignPartitions = -175;
/** What a broker may take for its answer to a heartbeat. */
const answerMs = 200;
/** Longer than a processor waits for it when it stops: where the process ends then, it does so without the group's word. */
const leaveMsMax = 3000;
/** Short, because the end of the process waits for a call that is under way. */
const askTimeoutMs = 250;
/** Nobody commits it, so the answer waits for no transaction. */
const nobodysPartition = 2_147_483_647;
/** How many records are thrown away at a time to hear what is behind them. */
const recordsMax = 1000;
