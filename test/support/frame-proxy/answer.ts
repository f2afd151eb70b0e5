// What a broker said to a request that it got from the proxy alone, read as far as tests of transactions ask.

import { BodyReader } from './body-reader.js';
import type { Frame } from './frame.js';

export interface Answer {
  readonly request: Frame;
  /** What comes behind the length and the correlation id. */
  readonly body: Buffer;
}

/**
 * The error codes in the answer to one of the requests of a transaction, by Kafka's names ('NONE' where all went well): one
 * for the whole request, or one for each partition.
 */
export function errorsIn({ request: { api, apiVersion }, body }: Answer): string[] {
  const version = `${api} v${apiVersion}`;
  const read = new BodyReader(body);
  switch (version) {
    case 'EndTxn v1':
    case 'AddOffsetsToTxn v0':
      read.skip(throttleBytes);
      return [read.error()];
    case 'InitProducerId v4':
      read.tags();
      read.skip(throttleBytes);
      return [read.error()];
    case 'AddPartitionsToTxn v0':
      read.skip(throttleBytes);
      return read.array(() => (read.text(), read.array(() => (read.skip(partitionBytes), read.error())))).flat();
    case 'TxnOffsetCommit v3':
      read.tags();
      read.skip(throttleBytes);
      return read
        .compactArray(() => {
          read.compactText();
          const errors = read.compactArray(() => {
            read.skip(partitionBytes);
            const error = read.error();
            read.tags();
            return error;
          });
          read.tags();
          return errors;
        })
        .flat();
    case 'Produce v10':
      read.tags();
      return read
        .compactArray(() => {
          read.compactText();
          const errors = read.compactArray(() => readProducedPartition(read));
          read.tags();
          return errors;
        })
        .flat();
    default:
      throw new Error(`answers to ${version} are not read here`);
  }
}

function readProducedPartition(read: BodyReader): string {
  read.skip(partitionBytes);
  const error = read.error();
  read.skip(8 + 8 + 8); // base offset, append time, log start
  read.compactArray(() => {
    read.skip(4); // index in the batch
    read.compactText();
    read.tags();
  });
  read.compactText(); // message
  read.tags();
  return error;
}

const throttleBytes = 4;
const partitionBytes = 4;
