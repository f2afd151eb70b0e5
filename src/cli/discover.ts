// Finds processors: in the modules of `processors/`, or in the files that are named. What is found but cannot be used is an
// error, never passed over in silence: a processor that does not run is noticed too late.

import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Topology, TopologyTopic } from '../core/topology.js';
import { checkTopics } from '../dsl/check-topics.js';
import { type AnyProcessor, isProcessor } from '../dsl/processor.js';
import { isTopic } from '../dsl/topic.js';
import { didYouMean } from '../errors/did-you-mean.js';
import { ProcessorError } from '../errors/processor-error.js';
import { type LoadedModule, loadModules } from './load-modules.js';

export interface Discovered {
  readonly processors: readonly FoundProcessor[];
  /** Modules that export topics alone: there is nothing in them to run. */
  readonly skipped: readonly string[];
}

export interface FoundProcessor {
  readonly processor: AnyProcessor;
  /** The path of its module, relative to the folder. */
  readonly module: string;
}

/**
 * The processors that are wanted, at least one.
 *
 * @param wanted processors' names, or paths of modules (with a `/` or an ending). None: all of `processors/`.
 * @throws PRC_MODULES_NONE, PRC_MODULE_MISSING, PRC_PROCESSOR_UNKNOWN, PRC_TOPIC_DEFINED_TWICE, and those of `load`
 */
export async function discover(folder: string, wanted: readonly string[]): Promise<Discovered> {
  const named = namedFiles(folder, wanted.filter(isPath));
  const names = wanted.filter((one) => !isPath(one));
  const files = named.length === 0 || names.length > 0 ? [...named, ...moduleFiles(folder)] : named;
  const { found, topicsAlone } = await load(folder, [...new Set(files)]);
  for (const name of names) if (!found.some(({ processor }) => processor.name === name)) throw unknown(name, found);
  const namedModules = new Set(named.map((file) => relative(folder, file)));
  const processors = found.filter(
    ({ processor, module }) => wanted.length === 0 || names.includes(processor.name) || namedModules.has(module),
  );
  if (processors.length === 0) throw new ProcessorError('PRC_MODULES_NONE', { folder: join(folder, modulesFolder) });
  checkTopics(processors.map(({ processor }) => processor.topology));
  return { processors, skipped: topicsAlone.map(({ path }) => path) };
}

/**
 * Every topic that `processors/` defines, by its name; of processors and of modules with topics alone.
 *
 * @throws PRC_TOPIC_DEFINED_TWICE, and those of `load`
 */
export async function definedTopics(folder: string): Promise<ReadonlyMap<string, TopologyTopic>> {
  const { found, topicsAlone } = await load(folder, moduleFiles(folder));
  checkTopics(found.map(({ processor }) => processor.topology));
  const topics = new Map<string, TopologyTopic>();
  for (const { exports } of topicsAlone)
    for (const one of Object.values(exports)) if (isTopic(one)) topics.set(one.name, one);
  for (const { processor } of found) for (const one of topicsIn(processor.topology)) topics.set(one.name, one);
  return topics;
}

interface Loaded {
  readonly found: readonly FoundProcessor[];
  readonly topicsAlone: readonly LoadedModule[];
}

/** @throws PRC_MODULE_WITHOUT_PROCESSOR, PRC_PROCESSOR_DEFINED_TWICE, and those of `loadModules` */
async function load(folder: string, files: readonly string[]): Promise<Loaded> {
  const modules = files.length === 0 ? [] : await loadModules(folder, files);
  const found = modules.flatMap(({ path, exports }) => {
    const processor = exports['default'];
    return isProcessor(processor) ? [{ processor, module: path }] : [];
  });
  const topicsAlone = modules.filter(({ exports }) => !isProcessor(exports['default']));
  refuseUnusable(topicsAlone);
  refuseTwins(found);
  return { found, topicsAlone };
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

function topicsIn({ subtopologies, sinks }: Topology): readonly TopologyTopic[] {
  return [...subtopologies.map(({ source }) => source.topic), ...sinks.map(({ topic }) => topic)];
}
