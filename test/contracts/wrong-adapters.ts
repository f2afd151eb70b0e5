// Implementations of the port that are wrong in one thing each: the model's own, decorated. Each names cases of the contract that
// have to find it.

import type { TransactionalId } from '../../src/core/ids.js';
import type { Consumer, Kafka, Producer, ProducerOptions } from '../../src/ports/kafka.js';
import type { RecordBatch } from '../../src/ports/record-batch.js';

export interface WrongAdapter {
  /** What it gets wrong. */
  readonly name: string;
  /** Names of cases, or their beginnings. */
  readonly foundBy: readonly string[];
  decorate(kafka: Kafka): Kafka;
}

export const wrongAdapters: readonly WrongAdapter[] = [
  {
    name: 'an offset that a transaction has in hand is answered as none',
    foundBy: [
      'E2: while a transaction has an offset in hand there is no answer',
      'E2: where two transactions have an offset of the partition in hand',
    ],
    decorate: withConsumer((consumer) => ({
      committed: (partition) => consumer.committed(partition, 50).catch(() => undefined),
    })),
  },
  {
    name: 'each producer has an id of its own, so that nobody is fenced',
    foundBy: [
      'E2: init takes the id over',
      'E2: a predecessor with records that commits is fenced',
      'E2: a predecessor that has begun and sends offsets is fenced',
      'E9: whoever was fenced can do nothing any more',
    ],
    decorate(kafka) {
      return changed(kafka, {
        openProducer: (options) =>
          kafka.openProducer(
            options.kind === 'transactional'
              ? { ...options, transactionalId: `${options.transactionalId}-${++opened}` as TransactionalId }
              : options,
          ),
      });
    },
  },
  {
    name: 'init resolves before the predecessor is settled',
    foundBy: ['E2: init ends what its predecessor has left open'],
    decorate: withProducer((producer) => {
      let initialising = Promise.resolve();
      return {
        init(timeoutMs) {
          initialising = producer.init(timeoutMs);
          return Promise.resolve();
        },
        begin: () => initialising.then(() => producer.begin()),
      };
    }),
  },
  {
    name: 'records are sent outside of their transaction',
    foundBy: [
      'what is aborted is never read',
      'what is in an open transaction is not read before its commit',
      'a transaction of several topics is read from all of them or from none',
    ],
    decorate(kafka) {
      return withProducer((_, { clientId }) => ({
        async send(outputs) {
          const idempotent = await kafka.openProducer({ kind: 'idempotent', clientId });
          await idempotent.deliver(outputs, 5000);
        },
      }))(kafka);
    },
  },
  {
    name: 'a commit says nothing of a record that was refused',
    foundBy: ['E21: a record too large for the brokers', 'a transaction that its group refused can only be aborted'],
    decorate: withProducer((producer) => ({
      commit: (timeoutMs, guard) => producer.commit(timeoutMs, guard).catch(() => producer.abort(timeoutMs)),
    })),
  },
  {
    name: 'a commit that is made again is believed to be done',
    foundBy: ['E8: a commit whose time is over is made again'],
    decorate: withProducer((producer) => {
      let isAsked = false;
      return {
        async commit(timeoutMs, guard) {
          if (isAsked) return;
          isAsked = true;
          await producer.commit(timeoutMs, guard);
          isAsked = false;
        },
      };
    }),
  },
  {
    name: 'nobody asks the guard',
    foundBy: [
      'E4: what the guard throws rejects the commit',
      'E4: what the guard throws rejects the sending of offsets',
    ],
    decorate: withProducer((producer) => ({
      sendOffsets: (offsets, consumer, timeoutMs) => producer.sendOffsets(offsets, consumer, timeoutMs, () => {}),
      commit: (timeoutMs) => producer.commit(timeoutMs, () => {}),
    })),
  },
  {
    name: 'a producer never says that something has failed',
    foundBy: ['E7: a producer one of whose calls had no answer', 'E7: a producer that was fenced is tainted'],
    decorate: withProducer(() => ({ isTainted: false })),
  },
  {
    name: 'deliver resolves when the records are queued',
    foundBy: [
      'what was delivered is there when deliver resolves',
      'records too large for the brokers are refused by name',
    ],
    decorate: withProducer((producer) => ({
      deliver(outputs, timeoutMs) {
        void producer.deliver(outputs, timeoutMs).catch(() => {});
        return Promise.resolve();
      },
    })),
  },
  {
    name: 'a rewind leaves what was fetched ahead',
    foundBy: ['E3: a rewind goes forward, too'],
    decorate: withConsumer((consumer) => {
      const ahead: RecordBatch[] = [];
      return {
        async poll(recordsMax, timeoutMs) {
          if (ahead.length === 0) ahead.push(...(await consumer.poll(1, timeoutMs)), ...(await consumer.poll(1, 50)));
          return ahead.splice(0, recordsMax);
        },
      };
    }),
  },
  {
    name: 'a pause outlasts a rewind',
    foundBy: ['a rewind ends a pause'],
    decorate: withConsumer((consumer) => {
      const paused = new Set<string>();
      const key = ({ topic, partition }: { topic: string; partition: number }): string => `${topic}/${partition}`;
      return {
        pause(partitions) {
          for (const partition of partitions) paused.add(key(partition));
          consumer.pause(partitions);
        },
        resume(partitions) {
          for (const partition of partitions) paused.delete(key(partition));
          consumer.resume(partitions);
        },
        rewind(partition) {
          consumer.rewind(partition);
          if (paused.has(key(partition))) consumer.pause([partition]);
        },
      };
    }),
  },
  {
    name: 'a batch ends one offset too far',
    foundBy: [
      'E12: reading from where a batch ended',
      'E12: a batch that ends amid a transaction ends behind its last record',
    ],
    decorate: withBatches((batch) => ({ ...batch, endPosition: batch.endPosition + 1 })),
  },
  {
    name: 'a batch ends behind its last record, and in front of the markers behind it',
    foundBy: ['E12: reading from where a batch ended'],
    decorate: withBatches((batch) => ({ ...batch, endPosition: (batch.columns.offset.at(-1) ?? 0) + 1 })),
  },
  {
    name: 'null is read as nothing',
    foundBy: ['a null key is not an empty one', 'keys, values, nulls, headers and timestamps'],
    decorate: withBatches((batch) => {
      const { columns } = batch;
      const none = (starts: Int32Array, ends: Int32Array): { starts: Int32Array; ends: Int32Array } => ({
        starts: starts.map((start) => Math.max(start, 0)),
        ends: ends.map((end) => Math.max(end, 0)),
      });
      const [key, value] = [none(columns.keyStart, columns.keyEnd), none(columns.valueStart, columns.valueEnd)];
      return {
        ...batch,
        columns: {
          ...columns,
          keyStart: key.starts,
          keyEnd: key.ends,
          valueStart: value.starts,
          valueEnd: value.ends,
        },
      };
    }),
  },
  {
    name: 'a close waits for no poll',
    foundBy: ['a consumer is closed amid a poll when that has returned'],
    decorate: withConsumer((consumer) => ({
      close() {
        void consumer.close();
        return Promise.resolve();
      },
    })),
  },
  {
    name: 'any word is an answer to the group',
    foundBy: ['cooperative: what is taken cannot be accepted', 'range: what is taken cannot be accepted'],
    decorate: withConsumer((consumer) => ({
      accept() {
        try {
          consumer.accept();
        } catch {
          // As the client has it: the group waits on.
        }
      },
    })),
  },
  {
    name: 'what moves a position is taken amid a poll, too',
    foundBy: ['E3: what moves a position throws while a poll is under way'],
    decorate: withConsumer((consumer) => ({
      rewind(partition) {
        try {
          consumer.rewind(partition);
        } catch {
          // It is done later, or never.
        }
      },
    })),
  },
];

/** Producers that were opened under ids of their own. */
let opened = 0;

/** The same object, but for these parts. */
function changed<T extends object>(one: T, parts: Partial<T>): T {
  return new Proxy(one, {
    get(target, name) {
      if (Object.hasOwn(parts, name)) return parts[name as keyof T];
      const found: unknown = Reflect.get(target, name, target);
      return typeof found === 'function' ? (found.bind(target) as unknown) : found;
    },
  });
}

function withProducer(
  parts: (producer: Producer, options: ProducerOptions) => Partial<Producer>,
): (kafka: Kafka) => Kafka {
  return (kafka) =>
    changed(kafka, {
      async openProducer(options) {
        const producer = await kafka.openProducer(options);
        return changed(producer, parts(producer, options));
      },
    });
}

function withConsumer(parts: (consumer: Consumer) => Partial<Consumer>): (kafka: Kafka) => Kafka {
  return (kafka) => {
    /** The model's producers take the model's consumers alone. */
    const originals = new WeakMap<Consumer, Consumer>();
    return changed(
      withProducer((producer) => ({
        sendOffsets: (offsets, consumer, timeoutMs, guard) =>
          producer.sendOffsets(offsets, originals.get(consumer) ?? consumer, timeoutMs, guard),
      }))(kafka),
      {
        async openConsumer(options) {
          const consumer = await kafka.openConsumer(options);
          const wrong = changed(consumer, parts(consumer));
          originals.set(wrong, consumer);
          return wrong;
        },
      },
    );
  };
}

function withBatches(change: (batch: RecordBatch) => RecordBatch): (kafka: Kafka) => Kafka {
  return withConsumer((consumer) => ({
    poll: async (recordsMax, timeoutMs) => (await consumer.poll(recordsMax, timeoutMs)).map(change),
  }));
}
