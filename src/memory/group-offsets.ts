// The offsets of one group: those that count, and those that wait for a transaction to end. Whose they may be is not asked here.

import { type GroupOffset, partitionKey, type TopicPartition } from '../core/ids.js';
import type { Outcome, ProducerEpoch } from './partition-log.js';
import { Refusal } from './refusal.js';

/** What becomes of an offset, for whoever watches: `pending` ones wait for the transaction of their producer. */
export interface OffsetEvent extends TopicPartition {
  readonly what: 'pending' | 'committed' | 'forgotten';
  readonly offset: number;
  /** Undefined outside transactions. */
  readonly producerId: number | undefined;
}

type Offsets = readonly (TopicPartition & GroupOffset)[];

export class GroupOffsets {
  readonly #onOffset: (event: OffsetEvent) => void;
  readonly #committed = new Map<string, GroupOffset>();
  /** By producer and partition. */
  readonly #pending = new Map<number, Map<string, TopicPartition & GroupOffset>>();

  constructor(onOffset: (event: OffsetEvent) => void) {
    this.#onOffset = onOffset;
  }

  commit(offsets: Offsets): void {
    for (const one of offsets) this.#settle(one, undefined);
  }

  /** They become the group's when the transaction is committed. */
  addPending(producer: ProducerEpoch, offsets: Offsets): void {
    const pending = this.#pending.get(producer.id) ?? new Map<string, TopicPartition & GroupOffset>();
    for (const one of offsets) {
      pending.set(partitionKey(one), one);
      this.#onOffset({ what: 'pending', ...one, producerId: producer.id });
    }
    this.#pending.set(producer.id, pending);
  }

  endPending(producer: ProducerEpoch, outcome: Outcome): void {
    const pending = this.#pending.get(producer.id) ?? [];
    this.#pending.delete(producer.id);
    for (const [, one] of pending)
      if (outcome === 'commit') this.#settle(one, producer.id);
      else this.#onOffset({ what: 'forgotten', ...one, producerId: producer.id });
  }

  /** @throws UNSTABLE_OFFSET_COMMIT while a transaction has an offset of the partition in hand */
  committed(partition: TopicPartition): GroupOffset | undefined {
    const key = partitionKey(partition);
    for (const pending of this.#pending.values()) if (pending.has(key)) throw new Refusal('UNSTABLE_OFFSET_COMMIT');
    return this.#committed.get(key);
  }

  /** Its topic is gone. */
  forget(topic: string): void {
    for (const key of this.#committed.keys()) if (key.startsWith(`${topic}/`)) this.#committed.delete(key);
    for (const pending of this.#pending.values())
      for (const key of pending.keys()) if (key.startsWith(`${topic}/`)) pending.delete(key);
  }

  #settle(one: TopicPartition & GroupOffset, producerId: number | undefined): void {
    const { offset, metadata } = one;
    this.#committed.set(partitionKey(one), { offset, metadata });
    this.#onOffset({ what: 'committed', ...one, producerId });
  }
}
