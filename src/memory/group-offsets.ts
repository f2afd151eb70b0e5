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
/** With its place among all that were written. */
type Written<T> = T & { readonly order: number };

interface Pending {
  readonly epoch: number;
  readonly offsets: Map<string, Written<TopicPartition & GroupOffset>>;
}

export class GroupOffsets {
  readonly #onOffset: (event: OffsetEvent) => void;
  readonly #committed = new Map<string, Written<GroupOffset>>();
  /** By producer and partition. */
  readonly #pending = new Map<number, Pending>();
  /** How many were written, pending ones included. */
  #written = 0;

  constructor(onOffset: (event: OffsetEvent) => void) {
    this.#onOffset = onOffset;
  }

  /** @throws OFFSET_METADATA_TOO_LARGE */
  commit(offsets: Offsets): void {
    checkMetadata(offsets);
    for (const one of offsets) this.#settle({ ...one, order: this.#written++ }, undefined);
  }

  /** They become the group's when the transaction is committed. @throws OFFSET_METADATA_TOO_LARGE */
  addPending(producer: ProducerEpoch, offsets: Offsets): void {
    checkMetadata(offsets);
    const pending = this.#pending.get(producer.id) ?? { epoch: producer.epoch, offsets: new Map() };
    for (const one of offsets) {
      pending.offsets.set(partitionKey(one), { ...one, order: this.#written++ });
      this.#onOffset({ what: 'pending', ...one, producerId: producer.id });
    }
    this.#pending.set(producer.id, pending);
  }

  hasPending({ id, epoch }: ProducerEpoch): boolean {
    return this.#pending.get(id)?.epoch === epoch;
  }

  endPending(producer: ProducerEpoch, outcome: Outcome): void {
    const pending = this.#pending.get(producer.id)?.offsets ?? [];
    this.#pending.delete(producer.id);
    for (const [key, one] of pending) {
      // What was written last counts, whenever it was committed.
      const isNewest = one.order > (this.#committed.get(key)?.order ?? -1);
      if (outcome === 'commit' && isNewest) this.#settle(one, producer.id);
      else this.#onOffset({ what: 'forgotten', ...one, producerId: producer.id });
    }
  }

  /** @throws UNSTABLE_OFFSET_COMMIT while a transaction has an offset of the partition in hand */
  committed(partition: TopicPartition): GroupOffset | undefined {
    const key = partitionKey(partition);
    for (const pending of this.#pending.values())
      if (pending.offsets.has(key)) throw new Refusal('UNSTABLE_OFFSET_COMMIT');
    const found = this.#committed.get(key);
    return found && { offset: found.offset, metadata: found.metadata };
  }

  /** Its topic is gone. */
  forget(topic: string): void {
    for (const key of this.#committed.keys()) if (key.startsWith(`${topic}/`)) this.#committed.delete(key);
    for (const { offsets } of this.#pending.values())
      for (const key of offsets.keys()) if (key.startsWith(`${topic}/`)) offsets.delete(key);
  }

  #settle(one: Written<TopicPartition & GroupOffset>, producerId: number | undefined): void {
    const { offset, metadata, order } = one;
    this.#committed.set(partitionKey(one), { offset, metadata, order });
    this.#onOffset({ what: 'committed', ...one, producerId });
  }
}

function checkMetadata(offsets: Offsets): void {
  if (offsets.some(({ metadata }) => metadata.length > metadataMax)) throw new Refusal('OFFSET_METADATA_TOO_LARGE');
}

/** `offset.metadata.max.bytes` of a broker, which counts letters. */
const metadataMax = 4096;
