// Where the records come from that a processor is shaken with: a file of lines, what its module exports, or its codecs.

import { readFile } from 'node:fs/promises';
import type { SchemaRegistry } from '../../core/codec.js';
import type { Topology, TopologyTopic } from '../../core/topology.js';
import { isTopic } from '../../dsl/topic.js';
import { didYouMean } from '../../errors/did-you-mean.js';
import { ProcessorError } from '../../errors/processor-error.js';
import { OutputBatch } from '../../ports/output-batch.js';
import { generated } from '../../testing/shake/generate.js';
import {
  type EncodedInput,
  type GivenRecord,
  type InputPlace,
  inputsIn,
  inputsOf,
  partitionsWanted,
} from '../../testing/shake/inputs.js';
import { partitionsMax } from '../../testing/shake/options.js';
import type { FoundProcessor } from '../discover.js';
import { appendLine } from '../json-line.js';
import type { OpenCodec } from '../topic-codecs.js';

export type RecordSource = { readonly partitionsWanted: ReadonlyMap<string, number> } & (
  | { readonly kind: 'lines'; readonly file: string; readonly lines: readonly Line[] }
  | { readonly kind: 'samples' | 'generated'; readonly records: ReadonlyMap<string, readonly GivenRecord[]> }
);

interface Line {
  readonly number: number;
  readonly topic: string;
  readonly text: string;
}

/** @throws PRC_INPUT_UNREADABLE, PRC_TEST_RECORD_INVALID */
export async function linesOf(topology: Topology, file: string): Promise<RecordSource> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new ProcessorError(
      'PRC_INPUT_UNREADABLE',
      { source: file, reason: cause.message },
      {
        cause,
        hint: 'Paths are taken from the current folder. The file holds JSON lines.',
      },
    );
  });
  const wanted = new Map<string, number>();
  const lines = text.split('\n').flatMap((line, i): Line[] => {
    if (line.trim() === '') return [];
    const { topic, partition } = placeOf(line, topology, `line ${i + 1} of ${file}`);
    wanted.set(topic, Math.max(wanted.get(topic) ?? 0, partition + 1));
    return [{ number: i + 1, topic, text: line }];
  });
  return { kind: 'lines', file, lines, partitionsWanted: wanted };
}

/** @throws PRC_TEST_RECORD_INVALID */
export function sampled({ processor: { topology, input }, module }: FoundProcessor, samples: unknown): RecordSource {
  const source = `samples of ${module}`;
  const names = isTopic(input) ? undefined : Object.entries(input);
  const records = new Map<string, readonly GivenRecord[]>();
  if (names === undefined) {
    const [only] = topology.subtopologies;
    if (only !== undefined) records.set(only.source.topic.name, samplesIn(samples, source));
  } else {
    if (typeof samples !== 'object' || samples === null || Array.isArray(samples))
      throw invalid(
        source,
        `it is no object with a list of records for each of ${names.map(([name]) => name).join(', ')}`,
      );
    for (const [name, list] of Object.entries(samples)) {
      const topic = names.find(([known]) => known === name)?.[1] as TopologyTopic | undefined;
      const known = names.map(([one]) => one);
      if (topic === undefined)
        throw invalid(source, `the processor has no input '${name}'. ${didYouMean(name, known)}`.trim());
      records.set(topic.name, samplesIn(list, `${source} for ${name}`));
    }
  }
  return { kind: 'samples', records, partitionsWanted: partitionsWanted(records) };
}

/** Undefined where a codec does not say what its values look like. */
export function generable(topology: Topology, count: number): RecordSource | undefined {
  const records = new Map<string, readonly GivenRecord[]>();
  for (const { source } of topology.subtopologies) {
    const made = generated(source.topic, count);
    if (made === undefined) return undefined;
    records.set(source.topic.name, made);
  }
  return { kind: 'generated', records, partitionsWanted: partitionsWanted(records) };
}

/** @throws PRC_TEST_RECORD_INVALID where a record does not fit the codecs of its topic */
export function encodable(
  topology: Topology,
  source: RecordSource,
): (place: InputPlace) => Promise<readonly EncodedInput[]> {
  const topics = topology.subtopologies.map(({ source: { topic } }) => topic);
  return async (place) => {
    if (source.kind === 'lines') return encodedLines(topics, source, place);
    const all: EncodedInput[] = [];
    for (const topic of topics) {
      const records = source.records.get(topic.name) ?? [];
      try {
        all.push(...(await inputsOf(topic, records, place)));
      } catch (cause) {
        throw invalid(
          `${source.kind === 'samples' ? 'the list of samples' : 'what was made of the codecs'} for ${topic.name}`,
          (cause as Error).message,
          cause,
        );
      }
    }
    return all;
  };
}

async function encodedLines(
  topics: readonly TopologyTopic[],
  { file, lines }: Extract<RecordSource, { readonly kind: 'lines' }>,
  { registry, partitions }: InputPlace,
): Promise<readonly EncodedInput[]> {
  const targets = new Map<string, { readonly target: Parameters<typeof appendLine>[1]; readonly batch: OutputBatch }>();
  for (const topic of topics) {
    const codecs = { key: await opened(topic, 'key', registry), value: await opened(topic, 'value', registry) };
    targets.set(topic.name, {
      target: { codecs, partitions: partitions.get(topic.name) ?? 1, turn: 0 },
      batch: new OutputBatch([topic.name]),
    });
  }
  return lines.flatMap(({ number, topic, text }) => {
    const to = targets.get(topic);
    if (to === undefined) return [];
    to.batch.clear();
    try {
      appendLine(text, to.target, to.batch);
    } catch (cause) {
      throw invalid(`line ${number} of ${file}`, (cause as Error).message, cause);
    }
    return inputsIn(to.batch);
  });
}

async function opened(topic: TopologyTopic, part: 'key' | 'value', registry: SchemaRegistry): Promise<OpenCodec> {
  const codec = topic[part];
  const serde = await codec.open({ topic: topic.name, part, use: 'write', registry, registerSchemas: true });
  return { format: codec.format, nullable: codec.nullable, serde };
}

function placeOf(
  line: string,
  { subtopologies }: Topology,
  source: string,
): { readonly topic: string; readonly partition: number } {
  const names = subtopologies.map(({ source: { topic } }) => topic.name);
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (cause) {
    throw invalid(source, (cause as Error).message, cause);
  }
  const { topic, partition } = (json ?? {}) as { readonly topic?: unknown; readonly partition?: unknown };
  const [only] = names;
  // Where there is one input, lines of any topic of the same form will do: they are copied from somewhere.
  const name = names.length === 1 ? only : names.find((one) => one === topic);
  if (name === undefined) {
    const meant = typeof topic === 'string' ? didYouMean(topic, names) : '';
    throw invalid(source, `its 'topic' is none of ${names.join(', ')}. ${meant}`.trim());
  }
  return { topic: name, partition: checkedPartition(partition, source) };
}

/** -1 where none is named. Each partition up to it is there in every run. */
function checkedPartition(partition: unknown, source: string): number {
  if (partition === undefined) return -1;
  if (typeof partition === 'number' && Number.isInteger(partition) && partition >= 0 && partition < partitionsMax)
    return partition;
  throw invalid(source, `its 'partition' is no whole number from 0 to ${partitionsMax - 1}`);
}

function samplesIn(list: unknown, source: string): readonly GivenRecord[] {
  if (!Array.isArray(list)) throw invalid(source, 'it is no list of records');
  return list.map((one: unknown, i): GivenRecord => {
    if (typeof one !== 'object' || one === null || !('key' in one && 'value' in one))
      throw invalid(source, `number ${i + 1} is no { key, value }`);
    if ('partition' in one) checkedPartition(one.partition, `number ${i + 1} of ${source}`);
    return one;
  });
}

function invalid(source: string, problem: string, cause?: unknown): ProcessorError {
  return new ProcessorError('PRC_TEST_RECORD_INVALID', { source, problem }, { cause });
}
