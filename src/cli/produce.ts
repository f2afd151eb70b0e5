// `processor produce`: JSON lines to records. Every record is acknowledged before it counts; what was not sent is said.

import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { wakefulClock } from '../adapters/system-clock.js';
import { ProcessorError } from '../errors/processor-error.js';
import { DeliveryError, type Producer } from '../ports/kafka.js';
import { OutputBatch } from '../ports/output-batch.js';
import { isDoneWithin } from '../ports/within.js';
import { type ConnectionFlags, connectionOf, openRegistry } from './connection.js';
import { appendLine, type LineTarget } from './json-line.js';
import { unknownTopic } from './known-topics.js';
import { counted } from './table.js';
import { codecsOf } from './topic-codecs.js';
import { useKafka } from './use-kafka.js';

export interface ProduceFlags extends ConnectionFlags {
  readonly file?: string;
  readonly raw: boolean;
  readonly json?: boolean;
}

export async function produce(topic: string, flags: ProduceFlags): Promise<void> {
  const connection = await connectionOf(flags, process.env, `produce ${topic}`);
  const { source, input } = await openInput(flags.file);
  const registry = await openRegistry(connection);
  const codecs = flags.raw
    ? undefined
    : await codecsOf(topic, { use: 'write', registry, registerSchemas: connection.registerSchemas });
  try {
    await useKafka(connection, async (kafka) => {
      const partitions = (await kafka.partitionCounts([topic])).get(topic);
      if (partitions === undefined) throw new ProcessorError('PRC_TOPIC_UNKNOWN', { topic, suggestion: '' });
      const producer = await kafka.openProducer({ kind: 'idempotent', clientId: 'processor-produce' });
      const sending = new Sending(producer, topic, source, { codecs, partitions, turn: 0 });
      try {
        await sending.sendAll(input);
      } finally {
        await producer.close();
      }
      if (flags.json) process.stdout.write(`${JSON.stringify({ topic, sent: sending.sent })}\n`);
      else process.stderr.write(`${counted(sending.sent, 'record')} sent to ${topic}\n`);
    });
  } catch (error) {
    throw await unknownTopic(error, topic, connection);
  }
}

/** A batch is sent at this many records or bytes, or when no line has come for this long. */
const recordsMax = 2000;
const bytesMax = 1024 * 1024;
const idleMs = 100;
/** As long as brokers may take to acknowledge a batch. */
const deliverMs = 60_000;
const progressMs = 2000;

class Sending {
  /** Acknowledged records. */
  sent = 0;
  readonly #producer: Producer;
  readonly #topic: string;
  readonly #source: string;
  readonly #target: LineTarget;
  readonly #batch: OutputBatch;
  #line = 0;
  /** The line of the batch's first record. */
  #first = 0;
  #shownAt = performance.now();

  constructor(producer: Producer, topic: string, source: string, target: LineTarget) {
    this.#producer = producer;
    this.#topic = topic;
    this.#source = source;
    this.#target = target;
    this.#batch = new OutputBatch([topic]);
  }

  async sendAll(input: Readable): Promise<void> {
    const lines = linesOf(input);
    let next = lines.next();
    for (;;) {
      // A pipe that trickles is not held back.
      if (this.#batch.length > 0 && !(await isDoneWithin(wakefulClock, idleMs, next))) await this.#flush();
      const { done, value } = await next;
      if (done) break;
      this.#line++;
      if (value.trim() !== '') await this.#take(value);
      next = lines.next();
    }
    await this.#flush();
  }

  get #account(): string {
    return `${counted(this.sent, 'record')} ${this.sent === 1 ? 'was' : 'were'}`;
  }

  async #take(text: string): Promise<void> {
    const { length } = this.#batch;
    if (length === 0) this.#first = this.#line;
    try {
      appendLine(text, this.#target, this.#batch);
    } catch (cause) {
      await this.#flush();
      const problem = (cause as Error).message;
      throw new ProcessorError(
        'PRC_LINE_INVALID',
        { line: this.#line, source: this.#source, problem, sent: this.#account },
        { cause },
      );
    }
    if (length + 1 >= recordsMax || this.#batch.sink.position >= bytesMax) await this.#flush();
  }

  async #flush(): Promise<void> {
    const batch = this.#batch;
    if (batch.length === 0) return;
    try {
      await this.#producer.deliver(batch, deliverMs);
    } catch (cause) {
      const reason = (cause as Error).message;
      const where = { first: this.#first, last: this.#line, source: this.#source, topic: this.#topic };
      const acknowledged = cause instanceof DeliveryError ? cause.acknowledged : 0;
      const counts = { sent: this.#account, acknowledged, records: batch.length };
      throw new ProcessorError('PRC_SEND_FAILED', { ...where, reason, ...counts }, { cause });
    }
    this.sent += batch.length;
    batch.clear();
    if (performance.now() - this.#shownAt < progressMs) return;
    this.#shownAt = performance.now();
    process.stderr.write(`${counted(this.sent, 'record')} sent …\n`);
  }
}

async function openInput(file: string | undefined): Promise<{ readonly source: string; readonly input: Readable }> {
  if (file === undefined || file === '-') {
    if (process.stdin.isTTY) process.stderr.write('reads JSON lines from the terminal; end them with Ctrl-D\n');
    return { source: 'standard input', input: process.stdin };
  }
  try {
    // Opened before anything else is done, so that a mistyped name is the first thing that fails.
    const handle = await open(file);
    if ((await handle.stat()).isDirectory()) throw new Error('it is a folder');
    return { source: file, input: createReadStream(file, { fd: handle }) };
  } catch (cause) {
    throw new ProcessorError('PRC_INPUT_UNREADABLE', { source: file, reason: (cause as Error).message }, { cause });
  }
}

async function* linesOf(input: Readable): AsyncGenerator<string, void, undefined> {
  let failure: Error | undefined;
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  // readline ends on an error of its input as if it had ended.
  input.on('error', (error) => {
    failure = error;
    lines.close();
  });
  // The first signal ends the input, what was read of it is still sent; the second ends the process.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => lines.close());
  yield* lines;
  if (failure) throw failure;
}
