// Finds processors: in the modules of `processors/`, or in the files that are named. What is found but cannot be used is an
// error, never passed over in silence: a processor that does not run is noticed too late.

import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Topology, TopologyTopic } from '../core/topology.js';
import { checkTopics } from '../dsl/check-topics.js';
import { type AnyProcessor, isProcessor } from '../dsl/processor.js';
import { isTopic } from '../dsl/topic.js';
import { ProcessorError } from '../errors/processor-error.js';
import { type LoadedModule, loadModules } from './load-modules.js';
import { didYouMean } from './suggest.js';

export interface Discovered {
  readonly processors: readonly FoundProcessor[];
  /** Modules that export topics alone: there is nothing in them to run. */
  readonly skipped: readonly string[];
  /** Every topic that was seen, by its name: of processors and of modules with topics alone. */
  readonly topics: ReadonlyMap<string, TopologyTopic>;
}

export interface FoundProcessor {
  readonly processor: AnyProcessor;
  /** The path of its module, relative to the folder. */
  readonly module: string;
}

/**
 * @param wanted processors' names, or paths of modules (with a `/` or an ending). None: all of `processors/`.
 * @throws PRC_MODULES_NONE, PRC_MODULE_MISSING, PRC_MODULE_WITHOUT_PROCESSOR, PRC_PROCESSOR_UNKNOWN,
 *   PRC_PROCESSOR_DEFINED_TWICE, PRC_TOPIC_DEFINED_TWICE, and those of `loadModules`
 */
export async function discover(folder: string, wanted: readonly string[]): Promise<Discovered> {
  const paths = wanted.filter(isPath);
  const names = wanted.filter((one) => !isPath(one));
  const files = [
    ...new Set([...namedFiles(folder, paths), ...(paths.length === 0 || names.length > 0 ? moduleFiles(folder) : [])]),
  ];
  if (files.length === 0) throw new ProcessorError('PRC_MODULES_NONE', { folder: join(folder, modulesFolder) });
  const modules = await loadModules(folder, files);
  const found = modules.flatMap(({ path, exports }) => {
    const processor = exports['default'];
    return isProcessor(processor) ? [{ processor, module: path }] : [];
  });
  const without = modules.filter(({ exports }) => !isProcessor(exports['default']));
  refuseUnusable(without);
  refuseTwins(found);
  const namedPaths = new Set(namedFiles(folder, paths).map((file) => relative(folder, file)));
  const processors =
    wanted.length === 0
      ? found
      : found.filter(({ processor, module }) => names.includes(processor.name) || namedPaths.has(module));
  for (const name of names) if (!found.some(({ processor }) => processor.name === name)) throw unknown(name, found);
  if (processors.length === 0) throw new ProcessorError('PRC_MODULES_NONE', { folder: join(folder, modulesFolder) });
  checkTopics(processors.map(({ processor }) => processor.topology));
  return { processors, skipped: without.map(({ path }) => path), topics: topicsOf(found, without) };
}

/** The modules of `processors/`: those below it, those named `_…` and tests are not. */
export function moduleFiles(folder: string): readonly string[] {
  const home = join(folder, modulesFolder);
  if (!existsSync(home)) return [];
  return readdirSync(home, { withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map(({ name }) => name)
    .filter((name) => moduleName.test(name) && !name.startsWith('_') && !otherName.test(name))
    .sort()
    .map((name) => join(home, name));
}

export const modulesFolder = 'processors';
const moduleName = /\.(ts|mts|js|mjs)$/;
/** Tests and declarations. */
const otherName = /\.(test|spec|test-d|d)\.[cm]?[jt]s$/;

function isPath(wanted: string): boolean {
  return wanted.includes('/') || wanted.includes('\\') || moduleName.test(wanted);
}

function namedFiles(folder: string, paths: readonly string[]): readonly string[] {
  return paths.map((path) => {
    const file = resolve(folder, path);
    if (!existsSync(file)) throw new ProcessorError('PRC_MODULE_MISSING', { module: path, folder });
    return file;
  });
}

function refuseUnusable(modules: readonly LoadedModule[]): void {
  for (const { path, exports } of modules) {
    const names = Object.keys(exports);
    if (names.length > 0 && names.every((name) => isTopic(exports[name]))) continue;
    throw new ProcessorError('PRC_MODULE_WITHOUT_PROCESSOR', { module: path, found: foundIn(exports) });
  }
}

function foundIn(exports: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(exports);
  if (names.length === 0) return 'nothing';
  return names
    .map((name) => (isProcessor(exports[name]) ? `the processor '${exports[name].name}' as ${name}` : name))
    .join(', ');
}

function refuseTwins(found: readonly FoundProcessor[]): void {
  const known = new Map<string, string>();
  for (const { processor, module } of found) {
    const one = known.get(processor.name);
    if (one !== undefined)
      throw new ProcessorError('PRC_PROCESSOR_DEFINED_TWICE', { processor: processor.name, one, other: module });
    known.set(processor.name, module);
  }
}

function unknown(name: string, found: readonly FoundProcessor[]): ProcessorError {
  const names = found.map(({ processor }) => processor.name);
  return new ProcessorError('PRC_PROCESSOR_UNKNOWN', {
    name,
    suggestion: didYouMean(name, names),
    known: names.join(', ') || 'none',
  });
}

function topicsOf(
  found: readonly FoundProcessor[],
  without: readonly LoadedModule[],
): ReadonlyMap<string, TopologyTopic> {
  const topics = new Map<string, TopologyTopic>();
  for (const { exports } of without)
    for (const one of Object.values(exports)) if (isTopic(one)) topics.set(one.name, one);
  for (const { processor } of found) for (const one of topicsIn(processor.topology)) topics.set(one.name, one);
  return topics;
}

function topicsIn({ subtopologies, sinks }: Topology): readonly TopologyTopic[] {
  return [...subtopologies.map(({ source }) => source.topic), ...sinks.map(({ topic }) => topic)];
}
