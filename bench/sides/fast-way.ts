// The columns of the fast lane, and nothing of the engine between them: what the framework costs is counted from here.

import { setTimeout as wait } from 'node:timers/promises';
import { inspect } from 'node:util';
import { FastIntake } from '../../src/adapters/confluent/native/fast-intake.js';
import { FastOutlet } from '../../src/adapters/confluent/native/fast-outlet.js';
import {
  attached,
  type ClientHandle,
  type ClientMark,
  chooseLane,
  laneConfig,
  markOfLatest,
} from '../../src/adapters/confluent/native/lane.js';
import type { RawProducer } from '../../src/adapters/confluent/raw-client.js';
import type { ByteSlab } from '../../src/core/byte-slab.js';
import { partitionOf } from '../../src/core/murmur2.js';
import { OutputBatch } from '../../src/ports/output-batch.js';
import type { RecordBatch } from '../../src/ports/record-batch.js';
import { appendText } from '../inputs/input.js';
import { enrich, isHundredth, type Order } from '../workloads/enrichment.js';
import type { WorkloadName } from '../workloads/workload.js';
import type { Records, Way } from './bare-loop.js';
import type { SideOptions } from './options.js';

export interface Columns extends Records {
  readonly batch: RecordBatch;
}

const consumeMax = 5000;
const waitMs = 100;

interface Exit {
  readonly raw: RawProducer;
  readonly handle: ClientHandle;
  readonly outlet: FastOutlet;
  /** Its bytes are used again as soon as the client has copied them. */
  readonly outputs: OutputBatch;
}

export function fastWay({ workload, input, output, partitions }: SideOptions): Way<Columns> {
  const lane = chooseLane('fast');
  if (lane.kind === 'slow') throw new Error(lane.reason);
  const { native } = lane;
  const write = work(workload, partitions);
  let reader: ClientHandle;
  let intake: FastIntake;
  let exits: readonly Exit[];
  const marks = new Map<object, ClientMark>();
  const handleOf = (client: object, reads: boolean): ClientHandle =>
    attached(native, marks.get(client) as ClientMark, reads);

  return {
    config: laneConfig(lane),
    made: (client) => void marks.set(client, markOfLatest(lane)),
    open(consumer, producers) {
      reader = handleOf(consumer, true);
      intake = new FastIntake(native, reader);
      exits = producers.map((raw) => {
        const handle = handleOf(raw, false);
        return { raw, handle, outlet: new FastOutlet(native, handle), outputs: new OutputBatch([output]) };
      });
    },
    async take() {
      const { batches, failures } = await intake.take(consumeMax, waitMs);
      if (failures.length > 0) throw new Error(inspect(failures));
      return batches.map((batch) => ({
        partition: batch.partition,
        length: batch.length,
        endOffset: batch.endPosition,
        batch,
      }));
    },
    async write({ batch }, partition) {
      const { raw, outlet, outputs } = exits[partition] as Exit;
      outputs.clear();
      write(batch, outputs);
      for (let at = 0; at < outputs.length; ) {
        const { to, refusal } = outlet.queue(outputs, at);
        if (refusal) throw refusal;
        at = to;
        if (at === outputs.length) break;
        raw.poll();
        await wait(1);
      }
    },
    async sendOffset(partition, offset) {
      const { handle } = exits[partition] as Exit;
      const refusal = await native.sendOffsets(
        handle,
        reader,
        [{ topic: input, partition, offset, metadata: '' }],
        10_000,
      );
      if (refusal) throw new Error(refusal.message);
    },
    close() {
      intake.close();
      for (const { outlet } of exits) outlet.close();
    },
  };
}

type Work = (batch: RecordBatch, outputs: OutputBatch) => void;
type AppendValue = (bytes: Buffer, start: number, end: number, sink: ByteSlab) => void;

function work(workload: WorkloadName, partitions: number): Work {
  switch (workload) {
    case 'json-enrich':
      return records(partitions, 1, always, (bytes, start, end, sink) =>
        appendText(JSON.stringify(enrich(JSON.parse(bytes.toString('utf8', start, end)) as Order)), sink),
      );
    case 'filter':
      return records(partitions, 1, isHundredth, appendBytes);
    case 'fan-out':
      return records(partitions, 3, always, appendBytes);
    case 'pass-through':
    case 'pass-through-100':
    case 'pass-through-10k':
      return records(partitions, 1, always, appendBytes);
    case 'json-validated':
    case 'avro-enrich':
      throw new Error(`the bare fast loop has no ${workload}`);
  }
}

function records(
  partitions: number,
  times: number,
  isKept: (bytes: Uint8Array, valueStart: number) => boolean,
  appendValue: AppendValue,
): Work {
  return ({ columns, bytes: all, length }, outputs) => {
    const { sink } = outputs;
    const bytes = Buffer.from(all.buffer, all.byteOffset, all.byteLength);
    for (let i = 0; i < length; i++) {
      const [valueFrom, valueTo] = [columns.valueStart[i] as number, columns.valueEnd[i] as number];
      if (!isKept(bytes, valueFrom)) continue;
      const [keyFrom, keyTo] = [columns.keyStart[i] as number, columns.keyEnd[i] as number];
      const partition = partitionOf(bytes, keyFrom, keyTo, partitions);
      for (let copy = 0; copy < times; copy++) {
        const keyStart = sink.position;
        appendBytes(bytes, keyFrom, keyTo, sink);
        const valueStart = sink.position;
        appendValue(bytes, valueFrom, valueTo, sink);
        outputs.append({
          topic: 0,
          partition,
          timestamp: columns.timestamp[i] as number,
          keyStart,
          keyEnd: valueStart,
          valueStart,
          valueEnd: sink.position,
          headersStart: 0,
          headersEnd: 0,
        });
      }
    }
  };
}

function always(): boolean {
  return true;
}

function appendBytes(bytes: Buffer, start: number, end: number, sink: ByteSlab): void {
  sink.reserve(end - start);
  sink.position += bytes.copy(sink.bytes, sink.position, start, end);
}
