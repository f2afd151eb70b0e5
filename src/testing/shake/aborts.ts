// A client whose transactions can be made to abort: the next call of one fails as brokers and client make it fail.

import { type Kafka, KafkaError, type Producer } from '../../ports/kafka.js';

export class Aborts {
  /** Whether the next call fails. */
  isDue = false;

  /** The same client, whose producers ask here. */
  in(kafka: Kafka): Kafka {
    return replaced(kafka, {
      openProducer: async (options) => this.#producer(await kafka.openProducer(options)),
    });
  }

  #producer(producer: Producer): Producer {
    return replaced(producer, {
      send: async (...given) => {
        this.#requireNone();
        await producer.send(...given);
      },
      sendOffsets: async (...given) => {
        this.#requireNone();
        await producer.sendOffsets(...given);
      },
      commit: async (...given) => {
        this.#requireNone();
        await producer.commit(...given);
      },
    });
  }

  #requireNone(): void {
    if (!this.isDue) return;
    this.isDue = false;
    throw new KafkaError('TRANSACTION_ABORTABLE', 'the transaction has to be aborted', { abortable: true });
  }
}

/** The same object with some of its methods replaced. */
function replaced<T extends object>(of: T, methods: Partial<T>): T {
  return new Proxy(of, {
    get(target, name) {
      const own = Reflect.get(methods, name) as unknown;
      if (own !== undefined) return own;
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
