// The fast lane's addon as JavaScript sees it (lane.c), and whether it can be had here. It hands over whole columns of the very
// clients that the binding makes; where it is missing, everything goes through the binding, more slowly (slow-lane.ts).

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GroupOffset, TopicPartition } from '../../../core/ids.js';
import { ProcessorError } from '../../../errors/processor-error.js';
import { type RawConfig, type RawError, rawModule } from '../raw-client.js';

/** A client that the binding made. It may be held for as long as one likes: a closed one only refuses. */
export type ClientHandle = object & { readonly isClientHandle: never };

export interface NativeLane {
  /** librdkafka's version as a number, such as 0x020f01ff. Throws with the name of what is missing. */
  load(bindingFile: string): number;
  /** The mark of the configuration with `laneConfig` that was made last; clients that are made from it have it, too. */
  latestMark(): number;
  /** The client with this mark; undefined where there is none, or no more. It must be connected. */
  attach(mark: number, reads: boolean): ClientHandle | undefined;
  /** It is used by nobody any more: what stands in the way of its disconnect is let go. */
  close(client: ClientHandle): void;
  /** Rejects where the client is closed, or where memory ran out under records that were already taken. */
  consume(client: ClientHandle, recordsMax: number, timeoutMs: number): Promise<NativeTaken>;
  setTopics(client: ClientHandle, topics: readonly string[]): NativeRefusal | undefined;
  /** Queues the records of the columns from index `from` on; a refusal names the first that was not taken. */
  produce(
    client: ClientHandle,
    from: number,
    length: number,
    bytes: Uint8Array,
    topic: Int32Array,
    partition: Int32Array,
    timestamp: Float64Array,
    keyStart: Int32Array,
    keyEnd: Int32Array,
    valueStart: Int32Array,
    valueEnd: Int32Array,
    headersStart: Int32Array,
    headersEnd: Int32Array,
  ): NativeRefusal | undefined;
  /** Resolves with what went wrong, if anything did. */
  sendOffsets(
    producer: ClientHandle,
    consumer: ClientHandle,
    offsets: readonly (TopicPartition & GroupOffset)[],
    timeoutMs: number,
  ): Promise<RawError | undefined>;
  state(client: ClientHandle): NativeState;
  /** Why the client will never work again. */
  fatal(client: ClientHandle): { readonly code: number; readonly message: string } | undefined;
  /** How many clients there are that were made with `laneConfig`. */
  count(): number;
}

export interface NativeTaken {
  readonly batches: readonly NativeBatch[];
  readonly notices: readonly NativeNotice[];
}

/** What the client said instead of a record, and where; the topic is empty where it is about no partition. */
export interface NativeNotice {
  readonly code: number;
  readonly message: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Records of one partition, which can have several batches where it is gigabytes; `buffer` is laid out as `recordColumns` does it, with the bytes behind the columns. */
export interface NativeBatch {
  readonly topic: string;
  readonly partition: number;
  readonly length: number;
  /** Negative where the client does not know it, and where more of the partition follows. */
  readonly position: number;
  readonly buffer: ArrayBuffer;
}

export interface NativeRefusal {
  readonly index: number;
  readonly code: number;
  readonly message: string;
}

export interface NativeState {
  /** Requests of transactions that went out and that no broker has answered, whether they are under way or lost (E7). */
  readonly unanswered: number;
  /** Records outside transactions that brokers have acknowledged, and that they, or the client, have given up. */
  readonly acknowledged: number;
  readonly refused: number;
  /** The code of the first refusal; 0 where there was none. */
  readonly refusal: number;
}

export type Lane =
  | { readonly kind: 'fast'; readonly native: NativeLane; readonly file: string }
  | { readonly kind: 'slow'; readonly reason: string };

let chosen: Lane | undefined;

/** Which lane this process takes: the fast one where it can be had, or what `PROCESSOR_LANE` (`fast` or `slow`) says. */
export function lane(): Lane {
  chosen ??= chooseLane(process.env['PROCESSOR_LANE']);
  return chosen;
}

/** What a client has to be made with to be known to the lane. */
export function laneConfig(one: Lane): RawConfig {
  return one.kind === 'fast' ? { 'plugin.library.paths': one.file } : {};
}

/** How the lane knows the client that was constructed right before this, when it is connected. */
export type ClientMark = number & { readonly isClientMark: never };

export function markOfLatest(one: Lane): ClientMark {
  return (one.kind === 'fast' ? one.native.latestMark() : 0) as ClientMark;
}

/** The lane's handle of a client that is connected and was made with `laneConfig`. */
export function attached(native: NativeLane, mark: ClientMark, reads: boolean): ClientHandle {
  const client = native.attach(mark, reads);
  if (client === undefined) throw new Error('the fast lane does not know the client');
  return client;
}

/** What `lane` decides once; the addon is looked for above `folder`. */
export function chooseLane(wanted: string | undefined, folder: string = dirname(fileURLToPath(import.meta.url))): Lane {
  if (wanted === 'slow') return { kind: 'slow', reason: 'PROCESSOR_LANE=slow' };
  if (wanted !== undefined && wanted !== '' && wanted !== 'fast')
    throw new ProcessorError('PRC_LANE_UNKNOWN', { lane: wanted });
  const found = find(folder);
  if (found.kind === 'slow' && wanted === 'fast')
    throw new ProcessorError('PRC_LANE_MISSING', { reason: found.reason });
  return found;
}

function find(folder: string): Lane {
  const file = addonAbove(folder);
  if (file === undefined) return { kind: 'slow', reason: `no addon for ${target()} was built` };
  // librdkafka reads a list there.
  if (file.includes(';')) return { kind: 'slow', reason: `its path has a semicolon: ${file}` };
  if (!rawModule().features.includes('plugins'))
    return { kind: 'slow', reason: 'the Kafka client was built without plugins' };
  const require = createRequire(import.meta.url);
  const binding = Object.keys(require.cache).find((path) => path.endsWith('/confluent-kafka-javascript.node'));
  if (binding === undefined) return { kind: 'slow', reason: "the Kafka client's addon is not where it is looked for" };
  try {
    const native = require(file) as NativeLane;
    const version = native.load(binding);
    if (version >>> 24 !== librdkafkaMajor)
      return { kind: 'slow', reason: `librdkafka ${rawModule().librdkafkaVersion} is not one that was tried` };
    return { kind: 'fast', native, file };
  } catch (error) {
    return { kind: 'slow', reason: (error as Error).message.split('\n')[0] ?? '' };
  }
}

/** In the package's or repository's own folder `prebuilds`, which is above this file wherever it was compiled to. */
function addonAbove(folder: string): string | undefined {
  const file = join(folder, 'prebuilds', target(), 'lane.node');
  if (existsSync(file)) return file;
  return folder === dirname(folder) ? undefined : addonAbove(dirname(folder));
}

/** The folder of the addon that fits here, such as `linux-x64` or `linux-arm64-musl`. */
export function target(): string {
  return [process.platform, process.arch, ...(isMusl() ? ['musl'] : [])].join('-');
}

function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  // The report would look up names of connections, which takes its time.
  const report: typeof process.report & { excludeNetwork?: boolean } = process.report;
  report.excludeNetwork = true;
  const { header } = report.getReport() as { readonly header: { readonly glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined;
}

/** Within a major version librdkafka keeps its functions and structs. */
const librdkafkaMajor = 2;
