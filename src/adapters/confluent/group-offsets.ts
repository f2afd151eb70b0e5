// What a group has committed, for somebody who is no member of it and changes nothing. Owns a client that never subscribes. Not the
// admin's way of asking: that client dies of a coordinator that moves.

import type { GroupOffset, TopicPartition } from '../../core/ids.js';
import { finalWords, KafkaError } from '../../ports/kafka.js';
import { askable, call, fromText } from './kafka-error.js';
import { type Callback, type RawConsumer, rawModule } from './raw-client.js';
import { type ClientSettings, consumerConfig } from './settings.js';
import { threadGate } from './threads.js';

export interface GroupOffsetsOptions {
  /** `host:port` pairs, separated by commas. */
  readonly brokers: string;
  readonly settings: ClientSettings;
  readonly groupId: string;
}

export class GroupOffsets {
  readonly #raw: RawConsumer;
  readonly #groupId: string;
  /** The questions that have no answer yet: a client that is disconnected under a call uses memory that is gone. */
  readonly #asked = new Set<Promise<unknown>>();
  #isClosed = false;

  private constructor({ brokers, settings, groupId }: GroupOffsetsOptions) {
    this.#groupId = groupId;
    this.#raw = new (rawModule().KafkaConsumer)(
      {
        ...consumerConfig({ ...settings, 'bootstrap.servers': brokers }, groupId, 'processor-status'),
        // What counts is what is committed now: it does not wait for the transaction that is about to move it.
        'isolation.level': 'read_uncommitted',
      },
      {},
    );
    this.#raw.on('event.error', () => {});
  }

  static async open(options: GroupOffsetsOptions): Promise<GroupOffsets> {
    const opened = new GroupOffsets(options);
    await ask<unknown>('connect', (callback) =>
      opened.#raw.connect({ allTopics: false, timeout: timeoutMs }, callback),
    );
    return opened;
  }

  /** In the order asked; undefined where the group has none, also where there is no such group. */
  committed(partitions: readonly TopicPartition[]): Promise<readonly (GroupOffset | undefined)[]> {
    const doing = `read the committed offsets of ${this.#groupId}`;
    if (this.#isClosed) return Promise.reject(new KafkaError('_DESTROY', `${doing}: it is closed`));
    const asked = this.#committed(partitions, doing).finally(() => this.#asked.delete(asked));
    this.#asked.add(asked);
    return asked;
  }

  async #committed(
    partitions: readonly TopicPartition[],
    doing: string,
  ): Promise<readonly (GroupOffset | undefined)[]> {
    if (partitions.length === 0) return [];
    const entries = await ask<readonly (Partial<GroupOffset> | Error)[]>(doing, (callback) =>
      this.#raw.committed(partitions, timeoutMs, callback),
    ).catch(async (error: KafkaError) => {
      throw (await this.#denial(doing)) ?? error;
    });
    return entries.map((entry) => {
      if (entry instanceof Error) throw fromText(entry, doing);
      const { offset = -1, metadata = '' } = entry;
      return offset >= 0 ? { offset, metadata } : undefined;
    });
  }

  /** Of a group that is denied the client says nothing to whoever asks: it waits, and has one consume error for whoever reads. */
  async #denial(doing: string): Promise<KafkaError | undefined> {
    try {
      await ask<unknown>(doing, (callback) => this.#raw.consume(1, callback));
      return undefined;
    } catch (error) {
      return finalWords.has((error as KafkaError).code) ? (error as KafkaError) : undefined;
    }
  }

  /** Waits for the questions that are under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#asked);
    await new Promise<void>((resolve) => this.#raw.disconnect(() => resolve()));
  }
}

function ask<T>(doing: string, start: (callback: Callback<T>) => void): Promise<T> {
  return threadGate
    .run(() => call(doing, start))
    .catch((error: KafkaError) => {
      throw askable(error);
    });
}

const timeoutMs = 5000;
