// The client's raw API: an object for each record on the way in, a call for each on the way out.

import type { RawConsumer, RawMessage, RawProducer } from '../../src/adapters/confluent/raw-client.js';
import { called } from '../called.js';
import { enrich, isHundredth, type Order } from '../workloads/enrichment.js';
import type { WorkloadName } from '../workloads/workload.js';
import type { Records, Way } from './bare-loop.js';
import type { SideOptions } from './options.js';

export interface Messages extends Records {
  readonly messages: readonly RawMessage[];
}

const consumeMax = 1000;
const waitMs = 100;

export function rawWay({ workload, input, output }: SideOptions): Way<Messages> {
  const outputsOf = work(workload);
  let consumer: RawConsumer;
  let producers: readonly RawProducer[];

  async function consume(count: number, timeoutMs: number): Promise<readonly RawMessage[]> {
    consumer.setDefaultConsumeTimeout(timeoutMs);
    return called<readonly RawMessage[]>((callback) => consumer.consume(count, callback));
  }

  return {
    config: {},
    made() {},
    open(itsConsumer, itsProducers) {
      consumer = itsConsumer;
      producers = itsProducers;
    },
    async take() {
      let messages = await consume(consumeMax, 0);
      if (messages.length === 0) messages = await consume(1, waitMs);
      return byPartition(messages);
    },
    write({ messages }, partition) {
      const producer = producers[partition] as RawProducer;
      for (const { key, value, timestamp } of messages)
        for (const made of outputsOf(value as Buffer))
          producer.produce(output, -1, made, key, timestamp as number, undefined, undefined);
    },
    async sendOffset(partition, offset) {
      const producer = producers[partition] as RawProducer;
      const offsets = [{ topic: input, partition, offset }];
      await called((callback) => producer.sendOffsetsToTransaction(offsets, consumer, 10_000, callback));
    },
    close() {},
  };
}

type Work = (value: Buffer) => readonly Buffer[];

function work(workload: WorkloadName): Work {
  switch (workload) {
    case 'json-enrich':
      return (value) => [Buffer.from(JSON.stringify(enrich(JSON.parse(value.toString()) as Order)))];
    case 'filter':
      return (value) => (isHundredth(value, 0) ? [value] : []);
    case 'fan-out':
      return (value) => [value, value, value];
    case 'pass-through':
    case 'pass-through-100':
    case 'pass-through-10k':
      return (value) => [value];
    case 'json-validated':
    case 'avro-enrich':
      throw new Error(`the bare loop has no ${workload}`);
  }
}

function byPartition(messages: readonly RawMessage[]): Messages[] {
  const groups = new Map<number, RawMessage[]>();
  for (const message of messages) {
    const group = groups.get(message.partition);
    if (group) group.push(message);
    else groups.set(message.partition, [message]);
  }
  return [...groups].map(([partition, group]) => ({
    partition,
    length: group.length,
    endOffset: (group.at(-1) as RawMessage).offset + 1,
    messages: group,
  }));
}
