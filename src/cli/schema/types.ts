// `processor schema types`: Avro schemas of files, topics or subjects as TypeScript.

import { readFile, writeFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { registrySubjects, type Subjects } from '../../adapters/schema-registry/subjects.js';
import { typeScriptOf } from '../../codecs/avro-typescript.js';
import { subjectOf } from '../../codecs/registry-wire-format.js';
import type { TopologyTopic } from '../../core/topology.js';
import { didYouMean } from '../../errors/did-you-mean.js';
import { isProcessorError, ProcessorError } from '../../errors/processor-error.js';
import type { ConfigFlags } from '../config/config-values.js';
import { loadConfig } from '../config/load-config.js';
import { definedTopics } from '../discover.js';
import { schemasOf } from './declared.js';

export interface TypesFlags extends ConfigFlags {
  readonly long: 'number' | 'bigint';
  readonly out?: string;
  readonly force: boolean;
  readonly json?: boolean;
}

interface FoundSchema {
  /** Where it is from, for people. */
  readonly source: string;
  /** What its type is called where the schema has no name. */
  readonly name: string;
  readonly schema: unknown;
}

export async function types(sources: readonly string[], flags: TypesFlags): Promise<void> {
  const found: FoundSchema[] = [];
  const desk = new Desk(flags);
  for (const source of sources) found.push(...(isFile(source) ? [await fromFile(source)] : await desk.find(source)));
  const text = moduleOf(found, flags);
  if (flags.out !== undefined) await writeOut(flags.out, text, flags.force);
  const from = found.map(({ source }) => source);
  if (flags.json)
    process.stdout.write(
      `${JSON.stringify({ from, ...(flags.out === undefined ? { text } : { file: flags.out }) })}\n`,
    );
  else if (flags.out === undefined) process.stdout.write(text);
  else process.stderr.write(`${flags.out} has the types of ${from.join(', ')}\n`);
}

function moduleOf(found: readonly FoundSchema[], { long }: TypesFlags): string {
  const head = `// Made by 'processor schema types' from ${found.map(({ source }) => source).join(', ')}.\n// What is changed here is lost when it is made again.\n`;
  // One by one first, so that the error says which it is.
  for (const { source, name, schema } of found) {
    try {
      typeScriptOf([{ name, schema }], { long });
    } catch (error) {
      const problem = `${source}: ${error instanceof Error ? error.message : String(error)}`;
      throw new ProcessorError('PRC_SCHEMA_INVALID', { problem }, { cause: error });
    }
  }
  return `${head}\n${typeScriptOf(found, { long })}`;
}

// ── where schemas are found ──

function isFile(source: string): boolean {
  return source.includes('/') || source.includes('\\') || ['.avsc', '.json'].includes(extname(source));
}

async function fromFile(file: string): Promise<FoundSchema> {
  try {
    const schema: unknown = JSON.parse(await readFile(file, 'utf8'));
    return { source: basename(file), name: basename(file, extname(file)), schema };
  } catch (cause) {
    throw new ProcessorError('PRC_SCHEMA_FILE_UNREADABLE', { file, reason: (cause as Error).message }, { cause });
  }
}

/** Finds schemas by the names of topics and subjects. The modules and the registry are asked when a name needs them. */
class Desk {
  readonly #flags: TypesFlags;
  #topics: ReadonlyMap<string, TopologyTopic> | undefined;
  #subjects: Subjects | undefined;

  constructor(flags: TypesFlags) {
    this.#flags = flags;
  }

  /** @throws PRC_SUBJECT_UNKNOWN, PRC_REGISTRY_UNREACHABLE, PRC_REGISTRY_REFUSED */
  async find(name: string): Promise<readonly FoundSchema[]> {
    const topic = (await this.#topicsHere()).get(name);
    const declared = topic === undefined ? [] : schemasOf(topic, 'read');
    if (declared.length > 0)
      return declared.map(({ subject, part, schema }) => ({
        source: `the ${part} of ${name}`,
        name: subject,
        schema: JSON.parse(schema) as unknown,
      }));
    return this.#registered(name);
  }

  async #registered(name: string): Promise<readonly FoundSchema[]> {
    const subjects = await this.#registry();
    if (subjects === undefined)
      throw new ProcessorError('PRC_SUBJECT_UNKNOWN', { name, registry: '(none is configured)', suggestion: '' });
    const found: FoundSchema[] = [];
    for (const subject of [name, subjectOf(name, 'key'), subjectOf(name, 'value')]) {
      const latest = await subjects.latest(subject);
      if (latest === undefined) continue;
      const { version, id, schema, hasReferences } = latest;
      if (hasReferences)
        throw new ProcessorError('PRC_SCHEMA_UNREADABLE', { id, reason: 'it refers to schemas of other subjects' });
      found.push({ source: `${subject} version ${version}`, name: subject, schema: JSON.parse(schema) as unknown });
    }
    if (found.length > 0) return found;
    const suggestion = didYouMean(name, await subjects.names());
    throw new ProcessorError('PRC_SUBJECT_UNKNOWN', { name, registry: subjects.address, suggestion });
  }

  /** A processor that cannot be loaded, because its types are not there yet, is no reason not to make them. */
  async #topicsHere(): Promise<ReadonlyMap<string, TopologyTopic>> {
    if (this.#topics !== undefined) return this.#topics;
    try {
      this.#topics = await definedTopics(process.cwd());
    } catch (error) {
      if (!isProcessorError(error)) throw error;
      process.stderr.write(`the topics of the processors here are not known: ${error.code} ${error.message}\n`);
      this.#topics = new Map();
    }
    return this.#topics;
  }

  async #registry(): Promise<Subjects | undefined> {
    const { registry } = await loadConfig(this.#flags, process.env, 'schema types');
    if (registry !== undefined) this.#subjects ??= registrySubjects(registry);
    return this.#subjects;
  }
}

// ── where the types go ──

/** What is there already is never lost without `--force`; the same text again is no change. */
async function writeOut(file: string, text: string, force: boolean): Promise<void> {
  try {
    await writeFile(file, text, { flag: force ? 'w' : 'wx' });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== 'EEXIST') throw new ProcessorError('PRC_OUT_NOT_WRITTEN', { file, reason: message }, { cause });
    if ((await readFile(file, 'utf8')) === text) return;
    throw new ProcessorError('PRC_OUT_NOT_WRITTEN', { file, reason: 'it exists, and holds something else' }, { cause });
  }
}
