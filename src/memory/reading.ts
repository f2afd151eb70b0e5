// What a consumer reads of one partition, from one position on: one request at a time, ahead of whoever takes the records. A
// reading that has ended delivers nothing any more; to read from elsewhere is to begin another one (E3).

import type { TopicPartition } from '../core/ids.js';
import type { RecordBatch } from '../ports/record-batch.js';
import type { LogRecord, ReadRecords } from './partition-log.js';
import type { ClientSetup } from './producer.js';
import { toRecordBatch } from './record-form.js';
import { Refusal } from './refusal.js';
import type { Route } from './route.js';

export interface ReadingSetup extends Pick<ClientSetup, 'kernel' | 'process' | 'network' | 'cluster'> {
  /** There is something to take. */
  readonly arrived: () => void;
  /** It will never read on. */
  readonly refused: (refusal: Refusal) => void;
}

export class Reading {
  readonly #partition: TopicPartition;
  readonly #setup: ReadingSetup;
  #buffer: LogRecord[] = [];
  readonly #begin: number;
  /** Where the next request reads. */
  #next: number;
  /** Behind the last record or marker that has come. */
  #passed: number;
  /** Where a poll has found it last. */
  #position: number | undefined;
  #isPaused = false;
  #isAsking = false;
  #isOver = false;
  /** Which one of its name it reads; undefined where it knows of none. */
  #topicId: string | undefined;
  readonly #leader: Route;

  constructor(partition: TopicPartition, offset: number, setup: ReadingSetup) {
    this.#partition = partition;
    this.#begin = offset;
    this.#next = offset;
    this.#passed = offset;
    this.#setup = setup;
    this.#topicId = setup.cluster.topicId(partition.topic);
    this.#leader = setup.network.to({ kind: 'leader', partition });
    this.#ask();
  }

  /** Behind what was taken, markers and what they have aborted included, as far as they had come; undefined before anything had. */
  get position(): number | undefined {
    return this.#position;
  }

  /** For a poll, which passes markers even where there is no record. */
  take(recordsMax: number): RecordBatch | undefined {
    if (this.#isPaused || this.#isOver) return undefined;
    const records = this.#buffer.splice(0, recordsMax);
    const endPosition = this.#buffer[0]?.offset ?? this.#passed;
    if (endPosition > this.#begin) this.#position = endPosition;
    if (records.length === 0) return undefined;
    this.#ask();
    return toRecordBatch(this.#partition, records, endPosition);
  }

  /** What was read ahead is dropped, and read again. */
  pause(): void {
    this.#isPaused = true;
    const [first] = this.#buffer;
    if (first) this.#next = this.#passed = first.offset;
    this.#buffer = [];
  }

  resume(): void {
    this.#isPaused = false;
    this.#ask();
  }

  end(): void {
    this.#isOver = true;
    this.#leader.close();
  }

  /** The same from where it stands, with nothing read ahead; paused if it was. In the place of this one, which ends. */
  anew(): Reading {
    this.end();
    const next = new Reading(this.#partition, this.#position ?? this.#begin, this.#setup);
    if (this.#isPaused) next.pause();
    return next;
  }

  #ask(): void {
    if (this.#isAsking || this.#isOver || this.#isPaused || this.#buffer.length > 0) return;
    this.#isAsking = true;
    const { cluster } = this.#setup;
    const topicId = this.#topicId;
    const from = { offset: this.#next, recordsMax: fetchRecordsMax, isCommitted: true };
    this.#leader
      .askAndWait<ReadRecords>('Fetch', (reply) => {
        cluster.requireTopic(this.#partition.topic, topicId);
        cluster.fetch(this.#partition, from, fetchWaitMs, reply);
      })
      .then(
        (read) => this.#read(from.offset, read),
        (error: unknown) => this.#failed(error),
      );
  }

  #failed(error: unknown): void {
    const { kernel, process, cluster, refused } = this.#setup;
    if (this.#isOver) return;
    // An offset that is not there is never left (E20). A topic that is gone is looked for: another one of its name is read on (E17).
    // And a connection that is lost costs nothing but the time to ask again.
    if (error instanceof Refusal && !isUnknownTopic(error)) return refused(error);
    const again = (): void => {
      this.#isAsking = false;
      this.#topicId = cluster.topicId(this.#partition.topic);
      this.#ask();
    };
    kernel.schedule(againMs, again, process);
  }

  #read(from: number, { records, next, passed }: ReadRecords): void {
    this.#isAsking = false;
    if (this.#isOver || this.#isPaused || from !== this.#next) return;
    this.#buffer.push(...records);
    this.#next = next;
    if (passed > from) this.#passed = passed;
    if (records.length > 0) this.#setup.arrived();
    else this.#ask();
  }
}

function isUnknownTopic({ code }: Refusal): boolean {
  return code === 'UNKNOWN_TOPIC_ID' || code === 'UNKNOWN_TOPIC_OR_PART';
}

/** The client's own: it asks again after this long where nothing comes. */
const fetchWaitMs = 500;
const fetchRecordsMax = 500;
/** The client's own pause after a connection was lost. */
const againMs = 100;
