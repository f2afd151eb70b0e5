// Looks at the log of a topic as the broker holds it, with what no consumer gets to see: which transactions wrote to it, and
// whether a marker committed or aborted them. Speaks Kafka's Fetch request, version 4, over a plain connection: the client
// library hides all of this.

import { connect, type Socket } from 'node:net';

export interface Ends {
  readonly partition: number;
  /** The last stable offset: here the first transaction that is still open begins. */
  readonly stable: number;
  readonly high: number;
}

/** What one transaction wrote to one partition. */
export interface Transaction {
  readonly partition: number;
  readonly producerId: bigint;
  /** Undefined where it ended without a record here. */
  readonly first: number | undefined;
  readonly records: number;
  readonly ended: 'committed' | 'aborted' | undefined;
}

export interface LogProbe {
  /** Where partitions end for readers with and without isolation. */
  ends(topic: string, partitions: readonly number[]): Promise<readonly Ends[]>;
  /** Every transaction in a partition's log, in the order in which they ended; those that are open come last. */
  transactions(topic: string, partition: number): Promise<readonly Transaction[]>;
  /** The batches of a partition's log, in their order. */
  batches(topic: string, partition: number): AsyncIterable<LogBatch>;
  close(): void;
}

/** For one broker, the first that is named, without encryption: it must lead all partitions that are asked for. */
export async function openLogProbe(brokers: string): Promise<LogProbe> {
  const connection = await Connection.open(brokers);
  const highs = new Map<string, number>();
  return {
    async ends(topic, partitions) {
      if (partitions.length === 0) return [];
      const wanted = partitions.map((partition) => ({ partition, offset: highs.get(`${topic}/${partition}`) ?? 0 }));
      const fetched = parseFetch(await connection.ask(fetchRequest(topic, wanted, 1)));
      for (const { partition, high } of fetched) highs.set(`${topic}/${partition}`, high);
      return fetched.map(({ partition, stable, high }) => ({ partition, stable, high }));
    },
    async transactions(topic, partition) {
      const ledger = new TransactionLedger(partition);
      for await (const batch of readBatches(connection, topic, partition)) ledger.add(batch);
      return ledger.all();
    },
    batches: (topic, partition) => readBatches(connection, topic, partition),
    close: () => connection.close(),
  };
}

async function* readBatches(connection: Connection, topic: string, partition: number): AsyncGenerator<LogBatch> {
  for (let offset = 0; ; ) {
    const [fetched] = parseFetch(await connection.ask(fetchRequest(topic, [{ partition, offset }], chunkBytes)));
    const batches = fetched ? parseBatches(fetched.records) : [];
    yield* batches;
    const last = batches.at(-1);
    if (fetched === undefined || last === undefined || last.last + 1 >= fetched.high) return;
    offset = last.last + 1;
  }
}

const chunkBytes = 1024 * 1024;

/** One record batch of a log; a control batch holds one marker. */
export interface LogBatch {
  readonly first: number;
  readonly last: number;
  readonly producerId: bigint;
  readonly epoch: number;
  readonly kind: 'plain' | 'transactional' | 'commit marker' | 'abort marker';
}

/** Follows the transactions through a partition's batches. */
class TransactionLedger {
  readonly #partition: number;
  readonly #open = new Map<bigint, { first: number; records: number }>();
  readonly #ended: Transaction[] = [];

  constructor(partition: number) {
    this.#partition = partition;
  }

  add({ kind, producerId, first, last }: LogBatch): void {
    if (kind === 'plain') return;
    const open = this.#open.get(producerId);
    const records = last - first + 1;
    if (kind !== 'transactional') {
      this.#open.delete(producerId);
      this.#ended.push(this.#transaction(producerId, open, kind === 'commit marker' ? 'committed' : 'aborted'));
    } else if (open) open.records += records;
    else this.#open.set(producerId, { first, records });
  }

  all(): Transaction[] {
    const open = [...this.#open].map(([producerId, transaction]) =>
      this.#transaction(producerId, transaction, undefined),
    );
    return [...this.#ended, ...open];
  }

  #transaction(
    producerId: bigint,
    open: { readonly first: number; readonly records: number } | undefined,
    ended: Transaction['ended'],
  ): Transaction {
    return { partition: this.#partition, producerId, first: open?.first, records: open?.records ?? 0, ended };
  }
}

function fetchRequest(
  topic: string,
  partitions: readonly { readonly partition: number; readonly offset: number }[],
  bytesMax: number,
): Buffer {
  const name = Buffer.from(topic);
  const request = Buffer.alloc(8 + 2 + 17 + 4 + 2 + name.length + 4 + 16 * partitions.length);
  let at = request.writeInt16BE(1, 0); // api key: Fetch
  at = request.writeInt16BE(4, at); // api version: the oldest one that Kafka 4 speaks
  at = request.writeInt32BE(0, at); // correlation id: one request at a time
  at = request.writeInt16BE(-1, at); // client id: null
  at = request.writeInt32BE(-1, at); // replica id: a consumer
  at = request.writeInt32BE(0, at); // max wait
  at = request.writeInt32BE(0, at); // min bytes
  at = request.writeInt32BE(bytesMax, at);
  at = request.writeInt8(0, at); // isolation: none
  at = request.writeInt32BE(1, at); // topics
  at = request.writeInt16BE(name.length, at);
  at += name.copy(request, at);
  at = request.writeInt32BE(partitions.length, at);
  for (const { partition, offset } of partitions) {
    at = request.writeInt32BE(partition, at);
    at = request.writeBigInt64BE(BigInt(offset), at);
    at = request.writeInt32BE(bytesMax, at);
  }
  return request;
}

interface Fetched extends Ends {
  readonly records: Buffer;
}

function parseFetch(response: Buffer): Fetched[] {
  let at = 4 + 4 + 4; // correlation id, throttle time, count of topics: one
  at += 2 + response.readInt16BE(at);
  const count = response.readInt32BE(at);
  at += 4;
  return Array.from({ length: count }, () => {
    const partition = response.readInt32BE(at);
    const error = response.readInt16BE(at + 4);
    if (error !== 0) throw new Error(`the broker answers a fetch of partition ${partition} with error code ${error}`);
    const high = Number(response.readBigInt64BE(at + 6));
    const stable = Number(response.readBigInt64BE(at + 14));
    at += 22;
    at += 4 + 16 * Math.max(0, response.readInt32BE(at)); // aborted transactions, for isolated readers only
    const size = Math.max(0, response.readInt32BE(at));
    at += 4 + size;
    return { partition, high, stable, records: response.subarray(at - size, at) };
  });
}

/** The whole batches in a fetched piece of a log; the last one may be cut off. */
export function parseBatches(records: Buffer): LogBatch[] {
  const batches: LogBatch[] = [];
  for (let at = 0; at + headerBytes <= records.length; ) {
    const size = 12 + records.readInt32BE(at + 8);
    if (at + size > records.length) break;
    const first = Number(records.readBigInt64BE(at));
    const attributes = records.readInt16BE(at + 21);
    batches.push({
      first,
      last: first + records.readInt32BE(at + 23),
      producerId: records.readBigInt64BE(at + 43),
      epoch: records.readInt16BE(at + 51),
      kind:
        (attributes & isControl) !== 0
          ? markerKind(records.subarray(at + headerBytes, at + size))
          : (attributes & isTransactional) !== 0
            ? 'transactional'
            : 'plain',
    });
    at += size;
  }
  return batches;
}

/** Offsets, length, epoch, magic, checksum, attributes, timestamps, producer and the count of records. */
const headerBytes = 61;
const isTransactional = 0x10;
const isControl = 0x20;

/** A control record: length, attributes, two deltas and the key's length in one byte each; the key is version and type. */
function markerKind(record: Buffer): 'commit marker' | 'abort marker' {
  const type = record.readInt16BE(5 + 2);
  if (type !== 0 && type !== 1) throw new Error(`a control record of type ${type}`);
  return type === 1 ? 'commit marker' : 'abort marker';
}

/** One request at a time: size, bytes; size, bytes. */
class Connection {
  readonly #socket: Socket;
  #received: Buffer[] = [];
  #answer: ((response: Buffer) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  static async open(brokers: string): Promise<Connection> {
    const [address = ''] = brokers.split(',');
    const colon = address.lastIndexOf(':');
    const socket = connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)), noDelay: true });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Connection(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('error', (error) => this.#failed?.(error));
    socket.on('close', () => this.#failed?.(new Error('the broker closed the connection')));
  }

  async ask(request: Buffer): Promise<Buffer> {
    const size = Buffer.alloc(4);
    size.writeInt32BE(request.length);
    const response = new Promise<Buffer>((resolve, reject) => {
      this.#answer = resolve;
      this.#failed = reject;
    });
    this.#socket.write(Buffer.concat([size, request]));
    return response;
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#received.push(bytes);
    const received = this.#received.reduce((sum, { length }) => sum + length, 0);
    if (received < 4) return;
    const all = this.#received.length === 1 ? bytes : Buffer.concat(this.#received);
    this.#received = [all];
    if (received < 4 + all.readInt32BE(0)) return;
    this.#received = [];
    this.#answer?.(all.subarray(4));
  }
}
