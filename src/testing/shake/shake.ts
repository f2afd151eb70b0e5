// Shakes a processor: the author's own handlers over the same records, once calmly and then many times with one disruption each, and
// what is committed is compared. Whatever differs is a handler that does not do the same for the same record.

import type { EmitOptions } from '../../core/record.js';
import type { Topology } from '../../core/topology.js';
import type { Duration } from '../../dsl/duration.js';
import type { Processor } from '../../dsl/processor.js';
import type { AnyTopic, Topics, Writes } from '../../dsl/topic.js';
import { ProcessorError } from '../../errors/processor-error.js';
import { MemoryRegistry } from '../memory-registry.js';
import type { Finding } from './finding.js';
import { type EncodedInput, type InputPlace, inputsOf, partitionCounts, partitionsWanted } from './inputs.js';
import { checkedRecords } from './options.js';
import { Shaking } from './shaking.js';

export type ShakeRecord<T extends AnyTopic> = {
  readonly key: Writes<T['key']>;
  readonly value: Writes<T['value']>;
} & EmitOptions;

/** Of one input, or of several by their names. */
export type ShakeRecords<Input extends AnyTopic | Topics> = Input extends AnyTopic
  ? readonly ShakeRecord<Input>[]
  : { readonly [Name in keyof Input]?: Input[Name] extends AnyTopic ? readonly ShakeRecord<Input[Name]>[] : never };

export interface ShakeSettings {
  /** How many runs there are at most. Default 1,000. */
  readonly runsMax?: number;
  /** What a process that takes over has in its environment otherwise than the one before it; undefined takes a variable away. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** How long a handler may wait for something real, such as a file. Default 2 s. */
  readonly handlerWait?: Duration;
}

export interface ShakeOptions<Input extends AnyTopic | Topics> extends ShakeSettings {
  readonly records: ShakeRecords<Input>;
}

export interface Shaken {
  readonly processor: string;
  /** What is wrong; none if all is well. */
  readonly findings: readonly Finding[];
  /** How many more lines differ than the findings tell of: those that came first are mended first. */
  readonly notTold: number;
  readonly records: number;
  /** Where the calm run could have been disrupted: at this many steps of the engine, and behind this many awaits of handlers. */
  readonly points: { readonly engine: number; readonly awaits: number };
  /** Disrupted runs that took place. */
  readonly runs: number;
  /** Disruptions that were not tried, because of `runsMax` … */
  readonly notTried: number;
  /** … and those whose point did not come: what a handler waits for can come another way each time. */
  readonly notReached: number;
}

/**
 * Runs the processor's own handlers on a model of Kafka over the same records again and again, each time with an abort, a crash or
 * a rebalance at another point, and compares what is committed with what it is without any.
 *
 * ```ts
 * expect((await shake(enrichOrders, { records })).findings).toEqual([]);
 * ```
 *
 * @throws what the processor stops with where nothing disrupts it; PRC_TEST_RECORDS_MISSING, PRC_TEST_HANDLER_PENDING;
 *   PRC_OPTION_INVALID, PRC_OPTION_UNKNOWN, PRC_OPTIONS_MISSING, PRC_DURATION_INVALID
 */
export async function shake<Name extends string, Input extends AnyTopic | Topics, Outputs extends Topics>(
  processor: Processor<Name, Input, Outputs>,
  options: ShakeOptions<Input>,
): Promise<Shaken> {
  const given = checkedRecords(processor, options);
  const { topology } = processor;
  const { records: _, ...settings } = options;
  return shakeTopology(
    topology,
    async (place) => {
      const all: EncodedInput[] = [];
      for (const { source } of topology.subtopologies)
        all.push(...(await inputsOf(source.topic, given.get(source.topic.name) ?? [], place)));
      return all;
    },
    { ...settings, partitionsWanted: partitionsWanted(given) },
  );
}

export interface TopologySettings extends ShakeSettings {
  /** By topic, how many partitions its records need. */
  readonly partitionsWanted: ReadonlyMap<string, number>;
  /** Is told how far it is, between runs. */
  readonly onProgress?: (runs: number, of: number) => void;
}

/** The same for records that somebody else encodes. One after another: what is watched meanwhile is the whole process's. */
export async function shakeTopology(
  topology: Topology,
  encode: (place: InputPlace) => Promise<readonly EncodedInput[]>,
  settings: TopologySettings,
): Promise<Shaken> {
  const before = underWay;
  let done = (): void => {};
  underWay = new Promise((resolve) => (done = resolve));
  await before;
  try {
    const partitions = partitionCounts(topology, settings.partitionsWanted);
    const place: InputPlace = { registry: new MemoryRegistry(), partitions, epochMs: Date.now() };
    const inputs = await encode(place);
    if (inputs.length === 0) throw new ProcessorError('PRC_TEST_RECORDS_MISSING', { processor: topology.name });
    return await new Shaking(fromTheBeginning(topology), { ...place, inputs }, settings).toItsEnd();
  } finally {
    done();
  }
}

/** Its records are there before anybody reads: whoever begins with the latest would pass over them. */
function fromTheBeginning(topology: Topology): Topology {
  return { ...topology, start: 'earliest' };
}

let underWay: Promise<void> = Promise.resolve();
