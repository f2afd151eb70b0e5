// Where in the user's files something stands, and how that is found: from the stack of an error, or from the compiled form of a
// module by way of its source map.

import { readdirSync, readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import type { ProcessorError } from '../../errors/processor-error.js';
import type { LoadedModule } from '../load-modules.js';
import { innermost, ownFrames } from '../own-frames.js';

export interface Place {
  /** Relative to the current folder. */
  readonly file: string;
  /** From 1, as editors count; so is `column`. */
  readonly line: number;
  readonly column: number;
}

/** `processors/enrich.ts:12:3`, alone or in brackets behind a name. */
export function placeIn(text: string): Place | undefined {
  const [, file, line, column] = /([^\s()]+):(\d+):(\d+)\)?$/.exec(text) ?? [];
  return file === undefined ? undefined : { file, line: Number(line), column: Number(column) };
}

/** Where a module that cannot be loaded goes wrong. */
export function placeOfFailure(failure: ProcessorError, folder: string): Place | undefined {
  const { code, details } = failure as ProcessorError<'PRC_MODULE_UNREADABLE' | 'PRC_MODULE_FAILED'>;
  if (code === 'PRC_MODULE_UNREADABLE' && 'location' in details) return placeIn(String(details.location));
  const [frame] = ownFrames(innermost(failure));
  if (frame !== undefined) return placeIn(frame);
  if (!('module' in details)) return undefined;
  const module = String(details.module);
  return placeOfImport(failure.message, module, folder) ?? beginningOf(module);
}

export function beginningOf(file: string): Place {
  return { file, line: 1, column: 1 };
}

/** What cannot be imported is named in the message, and by nothing else. */
function placeOfImport(message: string, module: string, folder: string): Place | undefined {
  const [, specifier] = /(?:Cannot find (?:package|module)|The requested module) '([^']+)'/.exec(message) ?? [];
  if (specifier === undefined) return undefined;
  const text = readFileSync(join(folder, module), 'utf8');
  const index = [`'${specifier}'`, `"${specifier}"`].map((quoted) => text.indexOf(quoted)).find((at) => at >= 0);
  return index === undefined ? undefined : { file: module, ...position(text, index) };
}

/** The compiled form of modules that were loaded together. */
export class CompiledModules {
  readonly #folder: string;
  readonly #files: readonly CompiledFile[];

  /** @param folder that places are relative to */
  constructor(folder: string, modules: readonly LoadedModule[]) {
    this.#folder = folder;
    const homes = new Set(modules.map(({ compiled }) => dirname(compiled)));
    this.#files = [...homes].flatMap((home) => compiledIn(home).map((name) => new CompiledFile(join(home, name))));
  }

  /** The call that defines a module's processor. */
  processor(module: LoadedModule, name: string): Place {
    const file = this.#fileOf(module);
    const calls = [...file.text.matchAll(/\b(?:processor|batchProcessor)\d*\(/g)];
    const names = JSON.stringify(name);
    const ownCall = calls.find(({ index }, i) =>
      file.text.slice(index, calls[i + 1]?.index).includes(`name: ${names}`),
    );
    const call = ownCall ?? (calls.length === 1 ? calls[0] : undefined);
    return (call && this.#place(file, call.index)) ?? beginningOf(module.path);
  }

  /** The calls that define a topic; those of modules behind those of what they share. */
  topics(name: string): readonly Place[] {
    const calls = new RegExp(`\\btopic\\d*\\(${JSON.stringify(name).replaceAll('.', '\\.')}`, 'g');
    return this.#files.flatMap((file) =>
      [...file.text.matchAll(calls)].flatMap(({ index }) => this.#place(file, index) ?? []),
    );
  }

  /** A function's text in the compiled form; undefined for one that comes from a package. */
  function(module: LoadedModule, handle: (...args: never) => unknown): CompiledFunction | undefined {
    const code = Function.prototype.toString.call(handle);
    const own = this.#fileOf(module);
    const file = [own, ...this.#files].find(({ text }) => text.includes(code));
    if (file === undefined) return undefined;
    const from = file.text.indexOf(code);
    return { code, moduleCode: file.text, place: (at) => this.#place(file, from + at) };
  }

  #fileOf({ compiled }: LoadedModule): CompiledFile {
    return this.#files.find(({ path }) => path === compiled) as CompiledFile;
  }

  #place(file: CompiledFile, index: number): Place | undefined {
    const found = file.origin(index);
    return found && { ...found, file: relative(this.#folder, found.file) };
  }
}

/** What modules share, then the modules in the order in which they were named: `2-enrich.mjs`, `10-settle.mjs`. */
function compiledIn(home: string): readonly string[] {
  const place = (name: string): number => Number(/^(\d+)-/.exec(name)?.[1] ?? -1);
  return readdirSync(home)
    .filter((name) => name.endsWith('.mjs'))
    .sort((a, b) => place(a) - place(b));
}

export interface CompiledFunction {
  readonly code: string;
  readonly moduleCode: string;
  /** Where in the author's file stands what is at this index of `code`. */
  readonly place: (at: number) => Place | undefined;
}

class CompiledFile {
  readonly path: string;
  readonly text: string;
  #map: SourceMap | undefined;

  constructor(path: string) {
    this.path = path;
    this.text = readFileSync(path, 'utf8');
  }

  origin(index: number): Place | undefined {
    this.#map ??= sourceMapIn(this.text);
    const { line, column } = position(this.text, index);
    const entry = this.#map.findEntry(line - 1, column - 1);
    if (!('originalSource' in entry)) return undefined;
    const file = resolve(dirname(this.path), entry.originalSource);
    return { file, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
  }
}

function sourceMapIn(text: string): SourceMap {
  const [, base64 = ''] = /\n\/\/# sourceMappingURL=data:application\/json;base64,([\w+/=]+)\s*$/.exec(text) ?? [];
  return new SourceMap(JSON.parse(Buffer.from(base64, 'base64').toString('utf8')) as SourceMapPayload);
}

function position(text: string, index: number): Pick<Place, 'line' | 'column'> {
  const before = text.slice(0, index);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: index - lineStart + 1 };
}
