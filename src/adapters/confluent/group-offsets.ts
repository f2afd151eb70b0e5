// What a group has committed, for somebody who is no member of it and changes nothing. Owns a client that never subscribes. Not the
// admin's way of asking: that client dies of a coordinator that moves.

import type { GroupOffset, TopicPartition } from '../../core/ids.js';
import { askable, call, fromText } from './kafka-error.js';
import { type RawConsumer, rawModule } from './raw-client.js';
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
    await call<unknown>('connect', (callback) =>
      opened.#raw.connect({ allTopics: false, timeout: timeoutMs }, callback),
    );
    return opened;
  }

  /** In the order asked; undefined where the group has none, also where there is no such group. */
  async committed(partitions: readonly TopicPartition[]): Promise<readonly (GroupOffset | undefined)[]> {
    if (partitions.length === 0) return [];
    const doing = `read the committed offsets of ${this.#groupId}`;
    const entries = await threadGate.run(() =>
      call<readonly (Partial<GroupOffset> | Error)[]>(doing, (callback) =>
        this.#raw.committed(partitions, timeoutMs, callback),
      ).catch((error) => {
        throw askable(error);
      }),
    );
    return entries.map((entry) => {
      if (entry instanceof Error) throw fromText(entry, doing);
      const { offset = -1, metadata = '' } = entry;
      return offset >= 0 ? { offset, metadata } : undefined;
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#raw.disconnect(() => resolve()));
  }
}

const timeoutMs = 5000;
