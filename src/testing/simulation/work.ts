// What the processors of a simulation do. Each kind is said twice: as a handler, and as a pure rule of what a record has to give,
// by which the end is judged (checkers/). Outputs say which record they come from.

import { text } from '../../codecs/text.js';
import type { TopicPartition } from '../../core/ids.js';
import type { Topology } from '../../core/topology.js';
import { deadLetter, fail, retry, skip } from '../../dsl/error-policy.js';
import { batchProcessor, processor } from '../../dsl/processor.js';
import { topic } from '../../dsl/topic.js';
import type { Found } from './history.js';
import type { Work } from './plan.js';

export const workKinds = [
  'copy',
  'filter',
  'fan-out',
  'retry',
  'dead-letter',
  'skip',
  'batch',
  'slow',
  'waiting',
  'leaving',
  'refused',
] as const;
export type WorkKind = (typeof workKinds)[number];

/** One processor of the chain. */
export interface Step {
  readonly name: string;
  readonly work: Work;
  readonly input: string;
  /** The first one feeds the next step. */
  readonly outputs: { readonly next: string; readonly audit: string; readonly letters: string };
}

/** What a handler may ask of the world that it runs in. */
export interface Host {
  /** Is told of each record before anything comes of it. */
  handled(place: Place): void;
  /** Virtual milliseconds. */
  sleep(ms: number): Promise<void>;
  /** From 0 to below 1. */
  chance(): number;
}

/** By the names that `Step` has for them. */
export const outputNames = ['next', 'audit', 'letters'] as const;
export type OutputName = (typeof outputNames)[number];

export interface Place extends TopicPartition {
  readonly offset: number;
}

export function stepsOf(works: readonly Work[]): readonly Step[] {
  return works.map((work, i) => ({
    name: `step-${i}`,
    work,
    input: `sim-${i}`,
    outputs: { next: `sim-${i + 1}`, audit: `sim-${i}-audit`, letters: `step-${i}.dlq` },
  }));
}

/** The values that a record has to give, by output; each of them once, where the guarantee is exactly-once. */
export function outputsOf(
  { work: { kind } }: Step,
  place: Place,
): { next: string[]; audit: string[]; letters: string[] } {
  const { offset } = place;
  const from = origin(place);
  const none = { next: [], audit: [], letters: [] };
  if (kind === 'filter' && offset % 3 !== 0) return none;
  if (fails(kind, offset)) return kind !== 'skip' ? { ...none, letters: [from] } : none;
  const audit = kind === 'fan-out' ? Array.from({ length: offset % 4 }, (_, i) => `${from}#${i}`) : [from];
  return { next: [from], audit, letters: [] };
}

/** What an output says of where it comes from. A dead letter is its record as it came: its headers say it. */
export function valueOf(output: OutputName, { value, headers }: Pick<Found, 'value' | 'headers'>): string {
  return output === 'letters' ? `${headers.get('dlq.partition')}/${headers.get('dlq.offset')}` : value;
}

/** The place of the record that an output comes from. */
export function originOf(input: string, value: string): Place {
  const [partition = '', offset = ''] = value.split(/[/#]/);
  return { topic: input, partition: Number(partition), offset: Number(offset) };
}

export function topologyOf(step: Step, host: Host): Topology {
  const { name, work, input, outputs } = step;
  const form = { key: text(), value: text() };
  const common = {
    name,
    guarantee: work.guarantee,
    input: topic(input, form),
    outputs: { next: topic(outputs.next, form), audit: topic(outputs.audit, form) },
  };
  type Out = {
    readonly next: (key: string, value: string) => void;
    readonly audit: (key: string, value: string, options?: { readonly timestamp: number }) => void;
  };
  const emit = (record: Place & { readonly key: string }, out: Out): void => {
    const { next, audit } = outputsOf(step, record);
    for (const value of next) out.next(record.key, value);
    for (const value of audit) out.audit(record.key, value);
  };
  if (work.kind === 'batch')
    return batchProcessor({
      ...common,
      handle(batch, { out }) {
        for (const record of batch) {
          host.handled(record);
          emit(record, out);
        }
      },
    }).topology;
  return processor({
    ...common,
    onError: { handle: policyOf(work.kind), encode: work.kind === 'refused' ? deadLetter() : fail() },
    async handle(record, { out }) {
      host.handled(record);
      if (work.kind === 'slow' && record.offset % 5 === 1) await host.sleep(slowMs(record.offset) * host.chance());
      if (work.kind === 'waiting') await Promise.resolve();
      if (work.kind === 'leaving') {
        leaveBehind(host, () => out.audit(record.key, `${origin(record)}!`));
        await host.sleep(host.chance());
      }
      if (work.kind === 'refused' && fails(work.kind, record.offset)) {
        // The broker will not take it (E21), nor anything else of this record then.
        out.next(record.key, `${origin(record)}!`);
        if (record.offset % 2 === 0) out.audit(record.key, tooLarge);
        else out.audit(record.key, `${origin(record)}!`, { timestamp: record.timestamp + 7_200_000 });
        return;
      }
      if (fails(work.kind, record.offset)) {
        // What a failed attempt has emitted is dropped (E19).
        out.audit(record.key, `${origin(record)}!`);
        throw new Error('this one always fails');
      }
      emit(record, out);
      if (work.kind === 'retry' && host.chance() < 0.2) throw new Error('not this time');
    },
  }).topology;
}

/** Acts when its record is done with: what it emits then is no record's, and is refused (E11). */
function leaveBehind(host: Host, act: () => void): void {
  host
    .sleep(1 + 3 * host.chance())
    .then(act)
    .catch(() => {});
}

/** More than a topic of a `refused` step takes. */
export const refusedBytes = 1000;
const tooLarge = 'x'.repeat(2 * refusedBytes);

/** A few are slow enough to be cut off; not so many that a chain of them could not be through within the time that it has. */
function slowMs(offset: number): number {
  return offset % 40 === 1 ? 3000 : 200;
}

function policyOf(kind: WorkKind) {
  if (kind === 'dead-letter') return deadLetter();
  if (kind === 'skip') return skip();
  // It succeeds by chance, long before its tries are used up.
  return retry({ times: 100, backoff: '20ms', backoffMax: '400ms', otherwise: fail() });
}

function fails(kind: WorkKind, offset: number): boolean {
  // A batch is halved until it is alone: a chain of these has to be through in time.
  if (kind === 'refused') return offset % 23 === 2;
  return (kind === 'dead-letter' || kind === 'skip') && offset % 4 === 1;
}

function origin({ partition, offset }: Place): string {
  return `${partition}/${offset}`;
}
