// Readers of committed records that look at the outputs, dead letters among them, while a run goes on.

import { groupId, type TopicPartition } from '../../core/ids.js';
import type { Cluster } from '../../memory/cluster.js';
import { type Found, found, partitionsOf, type Seen } from './history.js';
import type { OffsetsWatched } from './offsets-watched.js';
import { originOf, outputNames, type Step, valueOf } from './work.js';

export class Readers {
  readonly seen: Seen[] = [];
  readonly #cluster: Cluster;
  readonly #offsets: OffsetsWatched;
  readonly #positions = new Map<TopicPartition, number>();
  readonly #partitions = new Map<string, readonly TopicPartition[]>();

  constructor(cluster: Cluster, offsets: OffsetsWatched) {
    this.#cluster = cluster;
    this.#offsets = offsets;
  }

  look(atMs: number, steps: readonly Step[]): void {
    for (const step of steps)
      for (const output of outputNames)
        for (const partition of this.#partitionsOf(step.outputs[output])) {
          const log = this.#cluster.log(partition);
          // What was deleted before anybody had looked is not missed by this reader.
          const offset = Math.max(log.low, this.#positions.get(partition) ?? 0);
          if (offset >= log.stable) continue;
          const { records, next } = log.read({ offset, recordsMax: 1000, isCommitted: true });
          this.#positions.set(partition, next);
          for (const record of records) {
            const one = found(partition, record);
            this.#see(atMs, step, one, valueOf(output, one));
          }
        }
  }

  /** The same objects each time, and more where the topic has grown: a run has hundreds of looks. */
  #partitionsOf(topic: string): readonly TopicPartition[] {
    const known = this.#partitions.get(topic);
    if (known?.length === this.#cluster.partitionsOf(topic)) return known;
    const all = partitionsOf(this.#cluster, topic).map((partition, i) => known?.[i] ?? partition);
    this.#partitions.set(topic, all);
    return all;
  }

  #see(atMs: number, step: Step, { topic, partition, offset }: Found, value: string): void {
    const from = originOf(step.input, value);
    const isEarly =
      step.work.guarantee === 'exactly-once' && this.#offsets.decided(groupId('', step.name), from) <= from.offset;
    this.seen.push({ atMs, topic, partition, offset, value, isEarly });
  }
}
