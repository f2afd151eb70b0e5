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
  /** What the module exports by that name: records to try it with. */
  readonly samples?: unknown;
}

/**
 * The processors that are wanted, at least one.
 *
 * @param wanted processors' names, or paths of modules (with a `/` or an ending). None: all of `processors/`.
 * @throws PRC_MODULES_NONE, PRC_MODULE_MISSING, PRC_PROCESSOR_UNKNOWN, PRC_TOPIC_DEFINED_TWICE, and those of `load`
 */
export async function discover(folder: string, wanted: readonly string[]): Promise<Discovered> {
  const choice = choose(folder, wanted);
  const { found, topicsAlone } = await load(folder, choice.files);
  const [refusal] = unknownNames(choice, found);
  if (refusal !== undefined) throw refusal;
  const processors = found.filter(choice.isWanted);
  if (processors.length === 0) throw noModules(folder);
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

/** What the words of a command line ask for. */
export interface Choice {
  /** The modules to load, absolute. */
  readonly files: readonly string[];
  readonly names: readonly string[];
  readonly isWanted: (found: FoundProcessor) => boolean;
}

/** @throws PRC_MODULE_MISSING */
export function choose(folder: string, wanted: readonly string[]): Choice {
  const named = namedFiles(folder, wanted.filter(isPath));
  const names = wanted.filter((one) => !isPath(one));
  const files = named.length === 0 || names.length > 0 ? [...named, ...moduleFiles(folder)] : named;
  const namedModules = new Set(named.map((file) => relative(folder, file)));
  return {
    files: [...new Set(files)],
    names,
    isWanted: ({ processor, module }) =>
      wanted.length === 0 || names.includes(processor.name) || namedModules.has(module),
  };
}

/** An error for each name that nothing has. */
export function unknownNames({ names }: Choice, found: readonly FoundProcessor[]): readonly ProcessorError[] {
  return names
    .filter((name) => !found.some(({ processor }) => processor.name === name))
    .map((name) => unknown(name, found));
}

export function noModules(folder: string): ProcessorError {
  return new ProcessorError('PRC_MODULES_NONE', { folder: join(folder, modulesFolder) });
}

interface Loaded {
  readonly found: readonly FoundProcessor[];
  readonly topicsAlone: readonly LoadedModule[];
}

/** @throws PRC_MODULE_WITHOUT_PROCESSOR, PRC_PROCESSOR_DEFINED_TWICE, and those of `loadModules` */
async function load(folder: string, files: readonly string[]): Promise<Loaded> {
  const modules = files.length === 0 ? [] : await loadModules(folder, files);
  const [mistake] = mistakesIn(modules);
  if (mistake !== undefined) throw mistake.error;
  return {
    found: processorsIn(modules),
    topicsAlone: modules.filter(({ exports }) => !isProcessor(exports['default'])),
  };
}

export function processorsIn(modules: readonly LoadedModule[]): readonly FoundProcessor[] {
  return modules.flatMap(({ path, exports }) => {
    const processor = exports['default'];
    if (!isProcessor(processor)) return [];
    const { samples } = exports;
    return [{ processor, module: path, ...(samples === undefined ? {} : { samples }) }];
  });
}

export interface Mistake {
  readonly module: string;
  readonly error: ProcessorError;
}

/** Modules with nothing in them that could run, and processors whose name another one has. */
export function mistakesIn(modules: readonly LoadedModule[]): readonly Mistake[] {
  return [...modules.filter(isUnusable).map(unusable), ...twins(processorsIn(modules))];
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

/** Topics alone are there for others. */
function isUnusable({ exports }: LoadedModule): boolean {
  const names = Object.keys(exports);
  return !isProcessor(exports['default']) && !(names.length > 0 && names.every((name) => isTopic(exports[name])));
}

function unusable({ path, exports }: LoadedModule): Mistake {
  const details = { module: path, found: foundIn(exports) };
  return { module: path, error: new ProcessorError('PRC_MODULE_WITHOUT_PROCESSOR', details) };
}

function foundIn(exports: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(exports);
  if (names.length === 0) return 'nothing';
  return names
    .map((name) => (isProcessor(exports[name]) ? `the processor '${exports[name].name}' as ${name}` : name))
    .join(', ');
}

function twins(found: readonly FoundProcessor[]): Mistake[] {
  const known = new Map<string, string>();
  return found.flatMap(({ processor: { name }, module }) => {
    const one = known.get(name);
    if (one === undefined) known.set(name, module);
    if (one === undefined) return [];
    const details = { processor: name, one, other: module };
    return [{ module, error: new ProcessorError('PRC_PROCESSOR_DEFINED_TWICE', details) }];
  });
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
