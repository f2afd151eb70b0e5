// What is wrong with the modules that are wanted, and with the processors in them: each mistake with its place.

import { isProcessorError, type ProcessorError } from '../../errors/processor-error.js';
import {
  type Choice,
  choose,
  type FoundProcessor,
  mistakesIn,
  noModules,
  processorsIn,
  unknownNames,
} from '../discover.js';
import { type LoadedModule, tryModules } from '../load-modules.js';
import type { Finding } from './finding.js';
import { handlerFindings } from './handler-rules.js';
import { beginningOf, CompiledModules, type Place, placeOfFailure } from './place.js';
import type { Remark } from './remark.js';
import { topologyRemarks } from './topology-rules.js';

export interface Gathered {
  /** Those that are wanted and can be used. */
  readonly processors: readonly FoundProcessor[];
  readonly findings: readonly Finding[];
  /** Where something is defined that a remark is about. */
  readonly placeOf: (about: Remark['about']) => Place | undefined;
}

export async function gather(folder: string, wanted: readonly string[], namespace: string): Promise<Gathered> {
  try {
    return await gatherFrom(folder, choose(folder, wanted), namespace);
  } catch (error) {
    if (!isProcessorError(error)) throw error;
    return { processors: [], findings: [finding(error)], placeOf: () => undefined };
  }
}

async function gatherFrom(folder: string, choice: Choice, namespace: string): Promise<Gathered> {
  const { loaded, failures } = await tryModules(folder, choice.files);
  const found = processorsIn(loaded);
  const processors = found.filter(choice.isWanted);
  const unknown = unknownNames(choice, found);
  const compiled = new CompiledModules(folder, loaded);
  const placeOf = places(loaded, found, compiled);
  // Where processors are wanted by name, modules without them are nobody's business, unless the name is in none of the others.
  const isAbout = (module: string): boolean =>
    choice.names.length === 0 || processors.some((one) => one.module === module);
  return {
    processors,
    placeOf,
    findings: [
      ...(choice.names.length === 0 || unknown.length > 0
        ? failures.map((error) => finding(error, placeOfFailure(error, folder)))
        : []),
      ...unknown.map((error) => finding(error)),
      ...(choice.files.length === 0 ? [finding(noModules(folder))] : []),
      ...mistakesIn(loaded)
        .filter(({ module }) => isAbout(module))
        .map(({ module, error }) => finding(error, ownPlace(module, loaded, compiled))),
      ...remarksAbout(processors, found, namespace).map(({ level, error, about }) => ({
        level,
        error,
        place: placeOf(about),
      })),
      ...processors.flatMap((one) => handlerFindings(one, moduleOf(one, loaded), compiled)),
    ],
  };
}

/** What concerns a wanted processor, although the others are looked at, too: a circle may go by way of them. */
function remarksAbout(
  processors: readonly FoundProcessor[],
  found: readonly FoundProcessor[],
  namespace: string,
): readonly Remark[] {
  const topologies = found.map(({ processor }) => processor.topology);
  const remarks = topologyRemarks(namespace, topologies);
  if (processors.length === found.length) return remarks;
  const wanted = processors.map(({ processor }) => processor.topology);
  const names = new Set(wanted.map(({ name }) => name));
  const topics = new Set(
    wanted.flatMap(({ subtopologies, sinks }) => [
      ...subtopologies.map(({ source }) => source.topic.name),
      ...sinks.map(({ topic }) => topic.name),
    ]),
  );
  return remarks.filter(
    ({ about }) => about !== undefined && ('topic' in about ? topics.has(about.topic) : names.has(about.processor)),
  );
}

function places(
  loaded: readonly LoadedModule[],
  found: readonly FoundProcessor[],
  compiled: CompiledModules,
): Gathered['placeOf'] {
  return (about) => {
    if (about === undefined) return undefined;
    if ('topic' in about) return compiled.topics(about.topic).at(-1) ?? undefined;
    const one = found.find(({ processor }) => processor.name === about.processor);
    return one && compiled.processor(moduleOf(one, loaded), about.processor);
  };
}

function ownPlace(path: string, loaded: readonly LoadedModule[], compiled: CompiledModules): Place {
  const module = loaded.find((one) => one.path === path);
  const [one] = module === undefined ? [] : processorsIn([module]);
  return module && one ? compiled.processor(module, one.processor.name) : beginningOf(path);
}

function moduleOf({ module }: FoundProcessor, loaded: readonly LoadedModule[]): LoadedModule {
  return loaded.find(({ path }) => path === module) as LoadedModule;
}

function finding(error: ProcessorError, place?: Place): Finding {
  return { level: 'error', error, place };
}
