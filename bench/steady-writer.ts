// Writes numbered records into the four partitions of a topic in turn, one at a time at a steady pace, so that each meets an idle
// task and makes a transaction of its own. Keys stay in their partition: their records have an order.

import { type RawProducer, rawModule } from '../src/adapters/confluent/raw-client.js';
import { called } from './called.js';

const partitions = 4;
/** A multiple of the partitions. */
const keys = 400;

export class SteadyWriter {
  readonly #producer: RawProducer;
  readonly #topic: string;
  readonly #timer: NodeJS.Timeout;
  readonly #startMs = performance.now();
  #written = 0;
  #stopping: Promise<number> | undefined;

  static async start(brokers: string, topic: string, perSecond: number): Promise<SteadyWriter> {
    const producer = new (rawModule().Producer)({
      'bootstrap.servers': brokers,
      'enable.idempotence': true,
      'linger.ms': 0,
      // A broker that is away is waited for.
      'message.timeout.ms': 300_000,
    });
    await called((callback) => producer.connect({ allTopics: false, timeout: 10_000 }, callback));
    // A record counts in the client's queue until its report is taken.
    producer.setPollInterval(100);
    return new SteadyWriter(producer, topic, perSecond);
  }

  private constructor(producer: RawProducer, topic: string, perSecond: number) {
    this.#producer = producer;
    this.#topic = topic;
    this.#timer = setInterval(() => this.#write(perSecond), 1000 / perSecond);
  }

  /** Resolves to how many records there are, numbered from 0, when all of them are written. */
  stop(): Promise<number> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  #write(perSecond: number): void {
    const due = Math.floor(((performance.now() - this.#startMs) * perSecond) / 1000);
    for (; this.#written < due; this.#written++) {
      const [key, value] = [Buffer.from(`k${this.#written % keys}`), Buffer.from(`${this.#written}`)];
      this.#producer.produce(this.#topic, this.#written % partitions, value, key, Date.now(), undefined, undefined);
    }
  }

  async #stop(): Promise<number> {
    clearInterval(this.#timer);
    this.#producer.setPollInterval(0);
    await called((callback) => this.#producer.flush(60_000, callback));
    await new Promise((resolve) => this.#producer.disconnect(0, resolve));
    return this.#written;
  }
}
