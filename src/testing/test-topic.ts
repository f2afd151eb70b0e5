// One topic of a driver as a test sees it: typed sending, and reading what is committed. Encodes, spreads keys and decodes by the
// engine's own code, so that a test sees what a consumer would.

import { isUint8Array } from 'node:util/types';
import type { EmitOptions } from '../core/record.js';
import type { InputRecord as RecordOf } from '../dsl/handler.js';
import type { AnyTopic, Writes } from '../dsl/topic.js';
import { messageOf } from '../engine/failures.js';
import { InputRecord, type OpenedCodec } from '../engine/input-record.js';
import { Outputs } from '../engine/outputs.js';
import { shown } from '../errors/options.js';
import { ProcessorError } from '../errors/processor-error.js';
import type { Cluster } from '../memory/cluster.js';
import { recordsOf, toRecordBatch } from '../memory/record-form.js';
import { type RecordBatch, recordColumns } from '../ports/record-batch.js';

export interface TestTopic<T extends AnyTopic> {
  /**
   * Appends a record, as any producer would; the key chooses the partition.
   *
   * @throws PRC_TEST_RECORD_REFUSED where key or value do not fit the codecs or there is no such partition;
   *   PRC_TEST_TOPIC_UNREAD, PRC_TEST_CLOSED
   */
  send(key: Writes<T['key']>, value: Writes<T['value']>, options?: EmitOptions): void;
  /** Appends bytes as they are, for input that no codec reads. @throws as `send`, also for what is no Uint8Array */
  sendBytes(
    key: Uint8Array | null,
    value: Uint8Array | null,
    options?: Pick<EmitOptions, 'partition' | 'timestamp'>,
  ): void;
  /**
   * What a reader of committed records finds, by partition and offset; decoded when it is touched.
   *
   * @throws PRC_TEST_NOT_SETTLED where something was sent since the last `settle()`
   */
  records(): readonly RecordOf<T>[];
}

export interface TestTopicSetup {
  readonly name: string;
  readonly cluster: Cluster;
  readonly key: OpenedCodec;
  readonly value: OpenedCodec;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly sent: () => void;
  /** The topics that the processors read, where this is none of them. */
  readonly inputs: readonly string[] | undefined;
  /** Throws where the driver is closed. */
  readonly requireOpen: () => void;
  /** Throws where there is something to settle first. */
  readonly requireSettled: (topic: string) => void;
}

export class MemoryTopic implements TestTopic<AnyTopic> {
  readonly #setup: TestTopicSetup;
  /** Keys that are null go round. */
  #turn = 0;
  /** The same without codecs. */
  #raw: MemoryTopic | undefined;

  constructor(setup: TestTopicSetup) {
    this.#setup = setup;
  }

  send(key: unknown, value: unknown, options?: EmitOptions): void {
    const { name, cluster, key: keyCodec, value: valueCodec, inputs, sent, requireOpen } = this.#setup;
    requireOpen();
    if (inputs) throw new ProcessorError('PRC_TEST_TOPIC_UNREAD', { topic: name, inputs: inputs.join(', ') });
    const outputs = new Outputs({
      topics: [{ name, key: keyCodec, value: valueCodec }],
      deadLetterTopics: [],
      partitionCounts: new Map([[name, cluster.partitionsOf(name)]]),
      callBytesMax: Number.POSITIVE_INFINITY,
    });
    try {
      outputs.emit(0, key, value, options, { batch: this.#now(), index: 0 });
    } catch (cause) {
      throw new ProcessorError('PRC_TEST_RECORD_REFUSED', { topic: name, reason: messageOf(cause) }, { cause });
    }
    for (const { partition, records } of recordsOf(outputs.batch)) cluster.produce(partition, records);
    sent();
  }

  sendBytes(key: Uint8Array | null, value: Uint8Array | null, options: EmitOptions = {}): void {
    this.#raw ??= new MemoryTopic({ ...this.#setup, key: asTheyAre, value: asTheyAre });
    this.#raw.send(key, value, options);
  }

  records(): readonly RecordOf<AnyTopic>[] {
    const { name, key, value, requireSettled } = this.#setup;
    requireSettled(name);
    return this.#batches().flatMap((batch) =>
      Array.from(
        { length: batch.length },
        (_, i) => new InputRecord(batch, i, key, value) as unknown as RecordOf<AnyTopic>,
      ),
    );
  }

  /** Loads what the codecs need to know, a schema for instance, before what is there can be read. */
  async load(): Promise<void> {
    const { key, value } = this.#setup;
    if (!key.serde.missing && !value.serde.missing) return;
    for (const { bytes, columns, length } of this.#batches())
      for (let i = 0; i < length; i++) {
        await missing(key, bytes, columns.keyStart[i] as number, columns.keyEnd[i] as number);
        await missing(value, bytes, columns.valueStart[i] as number, columns.valueEnd[i] as number);
      }
  }

  #batches(): readonly RecordBatch[] {
    const { name, cluster } = this.#setup;
    return Array.from({ length: cluster.partitionsOf(name) }, (_, partition) => {
      const log = cluster.log({ topic: name, partition });
      const { records, next } = log.read({ offset: log.low, recordsMax: Number.POSITIVE_INFINITY, isCommitted: true });
      return toRecordBatch({ topic: name, partition }, records, next);
    });
  }

  /** Where the record would come from, if it came from one: it gives the timestamp, and a partition where there is no key. */
  #now(): Parameters<Outputs['emit']>[4]['batch'] {
    const columns = recordColumns(1);
    columns.timestamp[0] = this.#setup.nowMs();
    return { topic: '', partition: this.#turn++, length: 1, endPosition: 1, bytes: new Uint8Array(0), columns };
  }
}

/** For parts that no codec stands for. */
export const asTheyAre: OpenedCodec = {
  nullable: true,
  serde: {
    decode: (bytes, start, end) => bytes.slice(start, end),
    encode(bytes, sink) {
      if (!isUint8Array(bytes)) throw new TypeError(`${shown(bytes)} is no bytes: Buffer.from('text') makes some`);
      sink.reserve(bytes.length);
      sink.bytes.set(bytes, sink.position);
      sink.position += bytes.length;
    },
  },
};

async function missing({ serde }: OpenedCodec, bytes: Uint8Array, start: number, end: number): Promise<void> {
  if (start >= 0) await serde.missing?.(bytes, start, end);
}
