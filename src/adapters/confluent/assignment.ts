// What a member of a group reads, and from where on: the one place that knows the two ways of telling the client. A
// cooperative group (and KIP-848) adds partitions and takes some away; an eager one (`range`) gives and takes all at once,
// and the client then takes whole assignments only.

import { partitionKey, type TopicPartition, type TopicPartitionOffset } from '../../core/ids.js';
import { HandedOut } from './handed-out.js';
import type { RawConsumer } from './raw-client.js';

export class Assignment {
  readonly #raw: RawConsumer;
  readonly #isEager: boolean;
  /** The partitions that are read, each with the offset that it was last assigned with. */
  readonly #reads = new Map<string, TopicPartitionOffset>();
  /** What has been handed out of them since. */
  readonly handedOut: HandedOut = new HandedOut();

  constructor(raw: RawConsumer, isEager: boolean) {
    this.#raw = raw;
    this.#isEager = isEager;
  }

  has(partition: TopicPartition): boolean {
    return this.#reads.has(partitionKey(partition));
  }

  /** Partitions with records ahead, as far as the client knows, and where each is read next. */
  unread(): readonly TopicPartitionOffset[] {
    return [...this.#reads.values()].flatMap(({ topic, partition, offset }) => {
      const position = this.#raw.position([{ topic, partition }])[0]?.offset ?? offset;
      const { highOffset } = this.#raw.getWatermarkOffsets(topic, partition);
      return highOffset > position ? [{ topic, partition, offset: position }] : [];
    });
  }

  /** Answers the group's assignment, whichever it is, with reading nothing new yet. */
  accept(): void {
    if (!this.#isEager) return this.#raw.incrementalAssign([]);
    this.#raw.assign([]);
    this.#reads.clear();
  }

  /**
   * Begins to read these. In an eager group all others are assigned anew with them, each from where it stands: what was
   * prefetched is fetched again. The other way, to hold the group's answer back until all partitions are ready, would make
   * each wait for the slowest one's predecessor, and this member deaf to the next rebalance meanwhile.
   */
  add(partitions: readonly TopicPartitionOffset[]): void {
    if (this.#isEager) this.#assignAnew(partitions);
    else this.#raw.incrementalAssign(partitions);
    for (const partition of partitions) {
      this.#reads.set(partitionKey(partition), partition);
      this.handedOut.beginAt(partition);
    }
  }

  /** Reads a partition from elsewhere. A seek takes effect some time later, and fails where it has just been assigned. */
  move(partition: TopicPartitionOffset): void {
    if (!this.#isEager) this.#raw.incrementalUnassign([partition]);
    this.add([partition]);
  }

  /** Answers a revocation; of an eager group it is one of everything, whether it was read or not. */
  remove(partitions: readonly TopicPartition[]): void {
    const read = this.#isEager ? [...this.#reads.values()] : partitions.filter((partition) => this.has(partition));
    if (this.#isEager) this.#raw.unassign();
    else this.#raw.incrementalUnassign(read);
    for (const partition of read) this.#reads.delete(partitionKey(partition));
  }

  #assignAnew(partitions: readonly TopicPartitionOffset[]): void {
    const all = new Map(this.#reads);
    for (const [key, { topic, partition, offset }] of all) {
      const position = this.#raw.position([{ topic, partition }])[0]?.offset;
      all.set(key, { topic, partition, offset: position ?? offset });
    }
    for (const partition of partitions) all.set(partitionKey(partition), partition);
    this.#raw.assign([...all.values()]);
    // The client stops what it read before some time after this call. Until then its positions are those of before, and it does
    // not bear to be told the same again: the process ends (`Assertion rktp->rktp_started failed`). What its thread is asked
    // next is answered behind that.
    this.#raw.rebalanceProtocol();
    for (const [key, partition] of all) this.#reads.set(key, partition);
  }
}
