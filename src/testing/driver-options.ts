// What `testDriver()` takes, and what it refuses before anything is set up.

import type { Topology } from '../core/topology.js';
import { type Duration, durationMs } from '../dsl/duration.js';
import { requireName } from '../dsl/options.js';
import type { AnyProcessor } from '../dsl/processor.js';
import { type AnyTopic, isTopic } from '../dsl/topic.js';
import { invalidOption, requireOptions } from '../errors/options.js';
import { ProcessorError } from '../errors/processor-error.js';

export interface TestDriverOptions {
  /** How many partitions topics get whose definition names none. Default 4. */
  readonly partitions?: number;
  /** Names of the instances that run from the beginning. Default: one, `a`. */
  readonly instances?: readonly string[];
  readonly namespace?: string;
  /** Where virtual time begins, as `Date` reads it. Default: the beginning of 2026, UTC. */
  readonly now?: string | number | Date;
  /** How long a handler may wait for something real, such as a file. Default 2 s: less than a test runner gives a test. */
  readonly handlerWait?: Duration;
  /** Other definitions of the processors' topics, such as an older writer's; their schemas are registered first. */
  readonly topics?: readonly AnyTopic[];
  /** Of what `driver.faults` draws. Default 1. */
  readonly seed?: number;
}

export interface CheckedOptions {
  readonly topologies: readonly Topology[];
  readonly partitions: number;
  readonly instances: readonly string[];
  readonly namespace: string;
  readonly epochMs: number;
  readonly handlerWaitMs: number;
  readonly topics: readonly AnyTopic[];
  readonly seed: number;
}

/** @throws PRC_OPTION_INVALID, PRC_OPTION_UNKNOWN, PRC_OPTIONS_MISSING, PRC_TEST_PROCESSOR_TWICE, … */
export function checkedOptions(
  processors: AnyProcessor | readonly AnyProcessor[],
  options: TestDriverOptions,
): CheckedOptions {
  const topologies = topologiesOf(Array.isArray(processors) ? processors : [processors]);
  requireOptions(owner, options, known);
  const {
    partitions = 4,
    instances = ['a'],
    namespace = '',
    handlerWait = handlerWaitDefault,
    topics = [],
    seed = 1,
  } = options;
  if (!Number.isSafeInteger(partitions) || partitions < 1)
    throw invalidOption(owner, 'partitions', partitions, 'It is a whole number, 1 or more.');
  if (!Array.isArray(instances) || instances.some((name) => typeof name !== 'string' || name === ''))
    throw invalidOption(owner, 'instances', instances, "It is a list of names: ['a', 'b'].");
  const twice = instances.find((name, i) => instances.indexOf(name) !== i);
  if (twice !== undefined) throw new ProcessorError('PRC_TEST_INSTANCE_KNOWN', { name: twice });
  if (namespace !== '') requireName('namespace', namespace);
  if (!Array.isArray(topics) || !topics.every(isTopic))
    throw invalidOption(owner, 'topics', topics, 'It is a list of what topic() makes.');
  if (!Number.isSafeInteger(seed)) throw invalidOption(owner, 'seed', seed, 'It is a whole number.');
  const epochMs = new Date(options.now ?? '2026-01-01T00:00:00Z').getTime();
  if (!(epochMs >= 0))
    throw invalidOption(owner, 'now', options.now, "It is a time since 1970: '2026-01-01T00:00:00Z'.");
  return {
    topologies,
    partitions,
    instances,
    namespace,
    epochMs,
    handlerWaitMs: durationMs(handlerWait),
    topics,
    seed,
  };
}

/** Less than the 5 s of test runners: they would end the test, and say nothing about the handler. */
export const handlerWaitDefault: Duration = '2s';
const owner = 'testDriver()';

/** Every option, so that one that is added is let through. */
const known = Object.keys({
  partitions: true,
  instances: true,
  namespace: true,
  now: true,
  handlerWait: true,
  topics: true,
  seed: true,
} satisfies Readonly<Record<keyof Required<TestDriverOptions>, true>>);

function topologiesOf(processors: readonly unknown[]): readonly Topology[] {
  if (processors.length === 0) throw invalidOption(owner, 'processors', processors, 'It takes one processor at least.');
  const names = new Set<string>();
  return processors.map((one) => {
    if (!isProcessor(one))
      throw invalidOption(owner, 'processors', one, 'It takes what processor() makes, or an array of such.');
    const { topology } = one;
    if (names.has(topology.name)) throw new ProcessorError('PRC_TEST_PROCESSOR_TWICE', { processor: topology.name });
    names.add(topology.name);
    return topology;
  });
}

export function isProcessor(given: unknown): given is AnyProcessor {
  return (
    typeof given === 'object' &&
    given !== null &&
    'topology' in given &&
    typeof given.topology === 'object' &&
    given.topology !== null
  );
}
