// Who writes the records that the first processor reads: plainly, or in transactions that are committed or aborted some time later,
// so that readers meet markers, aborted records and ends that stand still for a while.

import { Refusal } from '../../memory/refusal.js';
import type { Rig } from '../rig.js';
import type { Write } from './plan.js';

export class Writers {
  readonly #rig: Rig;
  readonly #topic: string;
  #written = 0;

  constructor(rig: Rig, topic: string) {
    this.#rig = rig;
    this.#topic = topic;
  }

  write({ partition: number, keys, transaction }: Write): void {
    const { cluster, kernel } = this.#rig;
    const partition = { topic: this.#topic, partition: number };
    const records = keys.map((key) => ({
      timestamp: kernel.wallMs,
      key: encoder.encode(key),
      value: encoder.encode(String(this.#written++)),
      headers: none,
    }));
    if (transaction === undefined) {
      cluster.produce(partition, records);
      return;
    }
    const id = `writer-${this.#written}`;
    const producer = cluster.transactions.init(id, 60_000);
    cluster.transactions.addPartitions(id, producer, [partition]);
    this.#untilTaken(() => {
      cluster.produce(partition, records, { ...producer, sequence: 0, isTransactional: true });
      kernel.schedule(transaction.lengthMs, () =>
        this.#untilTaken(() => cluster.transactions.end(id, producer, transaction.outcome)),
      );
    });
  }

  /** Again and again while a coordinator is on its way from one broker to another. */
  #untilTaken(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#rig.kernel.schedule(againMs, () => this.#untilTaken(write));
    }
  }
}

const againMs = 50;
const encoder = new TextEncoder();
const none = new Uint8Array(0);
