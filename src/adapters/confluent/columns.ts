// From the client's message objects to the port's columns. The one copy of each record's bytes happens here: afterwards
// the objects are garbage, and what is held is exactly what is counted (E22).

import { ByteSlab } from '../../core/byte-slab.js';
import { appendHeader } from '../../ports/headers.js';
import { type RecordBatch, recordColumns } from '../../ports/record-batch.js';
import type { RawMessage } from './raw-client.js';

/** Groups messages by partition, keeping their order. */
export function byPartition(messages: readonly RawMessage[]): RawMessage[][] {
  const groups: RawMessage[][] = [];
  const index = new Map<string, RawMessage[]>();
  let last: RawMessage | undefined;
  let group: RawMessage[] = [];
  for (const message of messages) {
    // Messages of a partition come in runs: the map is asked only when a run ends.
    if (last === undefined || last.partition !== message.partition || last.topic !== message.topic) {
      const key = `${message.topic}/${message.partition}`;
      const known = index.get(key);
      if (known) group = known;
      else {
        group = [];
        index.set(key, group);
        groups.push(group);
      }
    }
    group.push(message);
    last = message;
  }
  return groups;
}

/** `messages` are of one partition and not empty. */
export function toRecordBatch(messages: readonly RawMessage[], endPosition: number): RecordBatch {
  const { topic, partition } = messages[0] as RawMessage;
  const columns = recordColumns(messages.length);
  let size = 0;
  let headers: ByteSlab | undefined;
  for (const message of messages) size += (message.key?.length ?? 0) + (message.value?.length ?? 0);
  const bytes = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (let i = 0; i < messages.length; i++) {
    const message = messages[i] as RawMessage;
    columns.offset[i] = message.offset;
    columns.timestamp[i] = message.timestamp ?? -1;
    columns.keyStart[i] = message.key ? at : -1;
    if (message.key) at += message.key.copy(bytes, at);
    columns.keyEnd[i] = message.key ? at : -1;
    columns.valueStart[i] = message.value ? at : -1;
    if (message.value) at += message.value.copy(bytes, at);
    columns.valueEnd[i] = message.value ? at : -1;
    if (message.headers !== undefined && message.headers.length > 0) {
      headers ??= new ByteSlab(1024);
      columns.headersStart[i] = size + headers.position;
      for (const header of message.headers) {
        const [name, value] = headerOf(header);
        appendHeader(headers, name, value);
      }
      columns.headersEnd[i] = size + headers.position;
    }
  }
  return {
    topic,
    partition,
    length: messages.length,
    endPosition,
    columns,
    bytes: headers ? joined(bytes, headers) : bytes,
  };
}

/** The client gives each header as an object with one property. */
function headerOf(header: Readonly<Record<string, Buffer>>): readonly [name: string, value: Buffer | null] {
  const [name] = Object.keys(header);
  // It sets the property as one does, so that the value of `__proto__` becomes the prototype.
  return name === undefined ? ['__proto__', Object.getPrototypeOf(header) as Buffer] : [name, header[name] ?? null];
}

function joined(records: Buffer, headers: ByteSlab): Uint8Array {
  return Buffer.concat([records, headers.bytes.subarray(0, headers.position)]);
}
