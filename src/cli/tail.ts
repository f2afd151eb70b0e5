// `processor tail`: prints the records of a topic.

import { once } from 'node:events';
import { styleText } from 'node:util';
import { type ReadFrom, readTopic } from '../adapters/confluent/topic-reader.js';
import { ProcessorError } from '../errors/processor-error.js';
import { type Connection, type ConnectionFlags, connectionOf, openRegistry } from './connection.js';
import { type DecodedRecord, RecordDecoder } from './decode-record.js';
import { taggedBytes } from './json-values.js';
import { unknownTopic } from './known-topics.js';
import { codecsOf, type TopicCodecs } from './topic-codecs.js';

export interface TailFlags extends ConnectionFlags {
  readonly isolation: 'committed' | 'uncommitted';
  readonly from?: string;
  readonly limit?: number;
  readonly partition?: readonly number[];
  readonly follow: boolean;
  readonly raw: boolean;
  readonly json?: boolean;
}

export async function tail(topic: string, flags: TailFlags): Promise<void> {
  const connection = await connectionOf(flags, process.env, `tail ${topic}`);
  const from = fromOf(flags);
  const registry = await openRegistry(connection);
  const codecs = flags.raw ? undefined : await codecsHere(topic, connection);
  const decoder = new RecordDecoder(codecs, registry);
  const output = new Output();
  let printed = 0;
  try {
    const records = readTopic({
      brokers: connection.brokers,
      settings: connection.settings,
      topic,
      isolation: flags.isolation,
      from,
      until: flags.follow ? 'forever' : 'end',
      ...(flags.partition ? { partitions: flags.partition } : {}),
      signal: output.closed,
      onNotice: (message) => process.stderr.write(`${message}\n`),
    });
    for await (const record of records) {
      const decoded = await decoder.decode(record);
      await output.write(flags.json ? JSON.stringify(decoded) : lineOf(topic, decoded));
      if (++printed === flags.limit || output.closed.aborted) break;
    }
  } catch (error) {
    throw await unknownTopic(error, topic, connection);
  }
}

/** A broken processor is no reason not to look: then the records are shown undecoded, and it is said why. */
async function codecsHere(topic: string, connection: Connection): Promise<TopicCodecs | undefined> {
  try {
    return await codecsOf(topic, { use: 'read', registry: await openRegistry(connection), registerSchemas: false });
  } catch (error) {
    if (!(error instanceof ProcessorError)) throw error;
    process.stderr.write(
      `the codecs of ${topic} cannot be used, its records are guessed: ${error.code} ${error.message}\n`,
    );
    return undefined;
  }
}

function fromOf({ from, follow }: TailFlags): ReadFrom {
  if (from === undefined) return follow ? 'end' : 'beginning';
  if (from === 'beginning' || from === 'end') return from;
  if (/^\d{1,15}$/.test(from)) return { offset: Number(from) };
  const timestamp = /^\d{4}-\d\d/.test(from) ? Date.parse(from) : Number.NaN;
  if (!Number.isNaN(timestamp)) return { timestamp };
  throw new ProcessorError('PRC_USAGE', {
    problem: `--from takes beginning, end, an offset or a time, not '${from}'`,
    command: 'tail ',
  });
}

/** Standard output, until its reader has enough (`| head`) or a signal says so. */
class Output {
  readonly #ending = new AbortController();

  constructor() {
    process.stdout.once('error', () => this.#ending.abort());
    // The second signal finds nobody and ends the process.
    process.once('SIGINT', () => this.#ending.abort());
    process.once('SIGTERM', () => this.#ending.abort());
  }

  get closed(): AbortSignal {
    return this.#ending.signal;
  }

  async write(line: string): Promise<void> {
    if (process.stdout.write(`${line}\n`) || this.closed.aborted) return;
    await once(process.stdout, 'drain', { signal: this.closed }).catch((error: Error) => {
      if (error.name !== 'AbortError') throw error;
    });
  }
}

function lineOf(
  topic: string,
  { partition, offset, timestamp, key, value, headers, undecodable }: DecodedRecord,
): string {
  const time = timestamp < 0 ? '-' : new Date(timestamp).toISOString();
  const parts = [dim(`${topic}/${partition}@${offset}`), dim(time), cyan(textOf(key)), textOf(value)];
  for (const [name, header] of Object.entries(headers)) parts.push(dim(`${name}=${textOf(header)}`));
  for (const [part, problem] of Object.entries(undecodable ?? {})) parts.push(red(`! ${part}: ${problem}`));
  return parts.join('  ');
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const bytes = taggedBytes(value);
  return bytes === undefined ? JSON.stringify(value) : `0x${Buffer.from(bytes).toString('hex')}`;
}

function styled(format: 'dim' | 'cyan' | 'red', text: string): string {
  return process.stdout.isTTY ? styleText(format, text, { stream: process.stdout }) : text;
}

const dim = (text: string): string => styled('dim', text);
const cyan = (text: string): string => styled('cyan', text);
const red = (text: string): string => styled('red', text);
