// What `processor dev` says: each thing once, as data for programs and as text for people. Pure.

import { join, relative } from 'node:path';
import { table } from '../table.js';
import { memoryOutputs } from './memory-folder.js';
import type { Failure, ProcessorRow } from './messages.js';
import type { Counts, Status } from './status.js';
import type { TypeMistake } from './type-check.js';

export type DevEvent =
  | { readonly event: 'begin'; readonly versions: Versions }
  | ({ readonly event: 'surroundings' } & Place)
  | {
      readonly event: 'loaded';
      readonly processors: readonly ProcessorRow[];
      /** Topics that were missing. */
      readonly created: readonly string[];
    }
  | { readonly event: 'changed'; readonly files: readonly string[] }
  /** `ms` since the change, or since the start. */
  | { readonly event: 'ready'; readonly isReload: boolean; readonly partitions: number; readonly ms: number }
  | { readonly event: 'not-loaded'; readonly failure: Failure; readonly isServing: boolean }
  | { readonly event: 'failed'; readonly failure: Failure }
  | { readonly event: 'restart' }
  | { readonly event: 'killed'; readonly seconds: number }
  /** What was done since the one before it. */
  | ({ readonly event: 'status'; readonly lag: number | null } & Counts & Pick<Status, 'partitions'>)
  | { readonly event: 'types'; readonly mistakes: readonly TypeMistake[] }
  | { readonly event: 'types-unchecked'; readonly reason: string }
  | { readonly event: 'notice'; readonly message: string }
  /** What the user's own code has written. */
  | { readonly event: 'output'; readonly line: string }
  | { readonly event: 'stopping' }
  | { readonly event: 'stopped' };

export interface Versions {
  readonly processor: string;
  readonly node: string;
  readonly librdkafka: string;
}

/** Where everything is. */
export interface Place {
  readonly brokers: string;
  readonly registry: string | undefined;
  /** The version and the start of the embedded Kafka; undefined where another one is used. */
  readonly embedded: { readonly version: string; readonly ms: number } | undefined;
  readonly isRegistryEmbedded: boolean;
  /** There are no brokers. */
  readonly isInMemory: boolean;
  /** Of what is embedded; undefined where nothing is. */
  readonly dataDir: string | undefined;
  readonly mayCreateTopics: boolean;
}

/** @param folder paths are shown relative to it */
export function textOf(said: DevEvent, folder: string): string {
  switch (said.event) {
    case 'begin': {
      const { processor, node, librdkafka } = said.versions;
      return `processor ${processor} · node ${node} · librdkafka ${librdkafka}`;
    }
    case 'surroundings':
      return placeText(said, folder);
    case 'loaded':
      return [...createdText(said.created), '', indented(table(processorRows(said.processors))), ''].join('\n');
    case 'changed':
      return `changed: ${listed(said.files.map((file) => relative(folder, file) || '.'))}`;
    case 'ready':
      return `${said.isReload ? 'reloaded' : 'ready'} after ${seconds(said.ms)}, works on ${partitions(said.partitions)}`;
    case 'not-loaded':
      return `${said.failure.text}\n${said.isServing ? 'the version before this one goes on' : 'nothing runs'}; waits for a change`;
    case 'failed':
      return `${said.failure.text}\nstopped; waits for a change`;
    case 'restart':
      return 'restart';
    case 'killed':
      return `did not stop within ${said.seconds} s and was killed: does a handler keep the thread busy?`;
    case 'status': {
      const lag = said.lag === null ? '?' : number(said.lag);
      const parts = [
        `${number(said.in)} in`,
        `${number(said.out)} out`,
        `lag ${lag}`,
        `${number(said.commits)} commits`,
      ];
      return [...parts, `${number(said.aborts)} aborts`, `${number(said.deadLetters)} dead letters`].join(' · ');
    }
    case 'types':
      return typesText(said.mistakes);
    case 'types-unchecked':
      return `types are not checked: ${said.reason}`;
    case 'notice':
      return said.message;
    case 'output':
      return said.line;
    case 'stopping':
      return 'stopping: finishes what is under way (again: at once)';
    case 'stopped':
      return 'stopped';
  }
}

/** One line. An error is what commands report with `--json`. */
export function jsonOf(said: DevEvent, at: Date): string {
  const line = { time: at.toISOString(), ...said };
  return JSON.stringify('failure' in line ? { ...line, failure: undefined, ...line.failure.json } : line);
}

/** Where the variables of an earlier `dev` still stand, that is why none is started. */
const named = 'named by -b, KAFKA_BROKERS or processor.config.ts';

function placeText(place: Place, folder: string): string {
  if (place.isInMemory) return memoryText(relative(folder, place.dataDir ?? folder));
  const { brokers, embedded, registry, isRegistryEmbedded, dataDir } = place;
  const rows = [
    ['  Kafka', brokers, embedded ? `embedded, Kafka ${embedded.version}, after ${seconds(embedded.ms)}` : named],
    ['  Registry', registry ?? 'none', registry === undefined ? '' : isRegistryEmbedded ? 'embedded' : 'not ours'],
  ];
  if (dataDir !== undefined)
    rows.push(['  Data', relative(folder, dataDir), 'kept; to wipe it: npx processor dev --reset']);
  const variables = registry === undefined ? '' : ` SCHEMA_REGISTRY_URL=${registry}`;
  const notes = [`  In other terminals: export KAFKA_BROKERS=${brokers}${variables}`];
  if (embedded) notes.push('  For development only: one broker, nothing is replicated, nobody has to log in.');
  else notes.push('  For one of its own, name none: unset KAFKA_BROKERS.');
  if (!place.mayCreateTopics) notes.push('  Topics are not created there (--create-topics lets it).');
  return `\n${table(rows)}${notes.join('\n')}`;
}

function memoryText(files: string): string {
  return [
    '',
    '  Kafka  in memory: gone when it stops; not Kafka',
    `  Send   echo '{ "key": …, "value": … }' >> ${files}/<input>.jsonl`,
    `  Read   tail -F ${join(files, memoryOutputs)}/<output>.jsonl`,
    '  Each start and each change begins anew, with all that stands in the files of the inputs.',
    '  produce, tail and other tools need a Kafka; this is none.',
    '',
  ].join('\n');
}

function createdText(created: readonly string[]): readonly string[] {
  return created.length === 0 ? [] : [`created ${created.length === 1 ? 'topic' : 'topics'} ${created.join(', ')}`];
}

function processorRows(processors: readonly ProcessorRow[]): readonly (readonly string[])[] {
  return [
    ['processor', 'input → output', 'partitions', 'guarantee'],
    ...processors.map((one) => [
      one.processor,
      `${one.inputs.join(', ')} → ${one.outputs.join(', ') || 'nothing'}`,
      one.partitions.join(' + '),
      one.guarantee,
    ]),
  ];
}

function typesText(mistakes: readonly TypeMistake[]): string {
  if (mistakes.length === 0) return 'types: no errors';
  const lines = mistakes
    .slice(0, typesMax)
    .map(({ file, line, column, code, message }) => `  ${file}:${line}:${column} ${code} ${message}`);
  const more = mistakes.length > typesMax ? [`  and ${mistakes.length - typesMax} more`] : [];
  return [
    `types: ${mistakes.length} ${mistakes.length === 1 ? 'error' : 'errors'}, which do not stop the run`,
    ...lines,
    ...more,
  ].join('\n');
}

const typesMax = 20;
const listedMax = 3;

function listed(files: readonly string[]): string {
  const more = files.length > listedMax ? ` and ${files.length - listedMax} more` : '';
  return `${files.slice(0, listedMax).join(', ')}${more}`;
}

function indented(text: string): string {
  return text.trimEnd().replace(/^/gm, '  ');
}

function partitions(count: number): string {
  return `${count} ${count === 1 ? 'partition' : 'partitions'}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function number(value: number): string {
  return value.toLocaleString('en');
}
