// Loads the user's modules. They are TypeScript, which Node 20 does not run: esbuild bundles them, packages left out, into
// `.processor/modules/` below the current folder, and Node imports that. Types are not checked here, that is `tsc`'s work.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BuildFailure, BuildResult, Loader, Message, Plugin } from 'esbuild';
import { isProcessorError, ProcessorError } from '../errors/processor-error.js';
import { noteSources } from './source-stamps.js';

export interface LoadedModule {
  /** Relative to the folder that it was loaded from, with `/`. */
  readonly path: string;
  readonly exports: Readonly<Record<string, unknown>>;
  /** Its compiled form, absolute; what it shares with others stands beside it. */
  readonly compiled: string;
}

/**
 * Imports modules as one program: what two of them import is loaded once. `import … from 'processor'` in them means this
 * very package, so that there is one copy of it.
 *
 * @param folder whose packages they use and where their compiled form is kept
 * @param files absolute paths
 * @throws PRC_MODULE_UNREADABLE, PRC_MODULE_FAILED, PRC_MODULES_UNWRITABLE
 */
export async function loadModules(folder: string, files: readonly string[]): Promise<readonly LoadedModule[]> {
  // Stacks name the lines that the user wrote.
  process.setSourceMapsEnabled(true);
  const compiled = await compile(folder, files).catch((error: unknown) => {
    throw isBuildFailure(error) ? unreadable(error.errors[0] as Message, error) : error;
  });
  const loaded: LoadedModule[] = [];
  for (const [i, file] of files.entries()) loaded.push(await importModule(folder, file, compiled[i] as string));
  return loaded;
}

export interface TriedModules {
  readonly loaded: readonly LoadedModule[];
  /** Why the others could not be loaded, each reason once. */
  readonly failures: readonly ProcessorError[];
}

/**
 * Like `loadModules`, for whoever looks for mistakes: one in a module does not hide those of the others.
 *
 * @throws PRC_MODULES_UNWRITABLE
 */
export async function tryModules(folder: string, files: readonly string[]): Promise<TriedModules> {
  process.setSourceMapsEnabled(true);
  const { readable, compiled, failures } = await compileReadable(folder, files);
  const loaded: LoadedModule[] = [];
  const reasons = new Set<unknown>();
  for (const [i, file] of readable.entries()) {
    try {
      loaded.push(await importModule(folder, file, compiled[i] as string));
    } catch (error) {
      const failure = error as ProcessorError;
      // What several modules import fails for each of them, with one and the same error.
      const reason = failure.cause ?? failure;
      if (!reasons.has(reason)) failures.push(failure);
      reasons.add(reason);
    }
  }
  return { loaded, failures };
}

async function importModule(folder: string, file: string, compiled: string): Promise<LoadedModule> {
  const path = relative(folder, file);
  try {
    return { path, exports: (await import(pathToFileURL(compiled).href)) as LoadedModule['exports'], compiled };
  } catch (cause) {
    // What the DSL refuses is said by an error that names the mistake and what to do.
    if (isProcessorError(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message.replace(/ imported from .*/s, '') : String(cause);
    throw new ProcessorError('PRC_MODULE_FAILED', { module: path, reason }, { cause });
  }
}

interface Readable {
  readonly readable: readonly string[];
  readonly compiled: readonly string[];
  readonly failures: ProcessorError[];
}

async function compileReadable(folder: string, files: readonly string[]): Promise<Readable> {
  try {
    return { readable: files, compiled: await compile(folder, files), failures: [] };
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    const readable: string[] = [];
    for (const file of files) if (await isReadable(folder, file)) readable.push(file);
    const compiled = readable.length === 0 ? [] : await compile(folder, readable);
    return { readable, compiled, failures: error.errors.map((message) => unreadable(message, error)) };
  }
}

async function isReadable(folder: string, file: string): Promise<boolean> {
  try {
    await bundle(folder, [file], folder);
    return true;
  } catch (error) {
    if (isBuildFailure(error)) return false;
    throw error;
  }
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors) && error.errors.length > 0;
}

function unreadable({ location, text }: Message, cause: BuildFailure): ProcessorError {
  const at = location ? `${location.file}:${location.line}:${location.column + 1}` : 'a module';
  const line = location ? `\n    ${location.lineText.trim()}` : '';
  return new ProcessorError('PRC_MODULE_UNREADABLE', { location: at, problem: `${text}${line}` }, { cause });
}

/** The compiled form of each file. Kept under the hash of its content: a second start, or a second process, writes nothing. */
async function compile(folder: string, files: readonly string[]): Promise<readonly string[]> {
  const store = join(folder, '.processor', 'modules');
  const outputs = await bundle(folder, files, join(store, 'any'));
  const hash = createHash('sha256');
  for (const { name, text } of outputs) hash.update(`${name}\0${text}\0`);
  const home = join(store, hash.digest('hex').slice(0, 16));
  try {
    if (existsSync(home)) await touch(home);
    else await write(store, home, outputs);
  } catch (cause) {
    throw new ProcessorError('PRC_MODULES_UNWRITABLE', { folder: store, reason: (cause as Error).message }, { cause });
  }
  return files.map((file, i) => join(home, `${entryName(file, i)}.mjs`));
}

interface Output {
  readonly name: string;
  readonly text: string;
}

async function bundle(folder: string, files: readonly string[], outdir: string): Promise<readonly Output[]> {
  const esbuild = await import('esbuild');
  try {
    const result: BuildResult<{ write: false }> = await esbuild.build({
      absWorkingDir: folder,
      entryPoints: files.map((file, i) => ({ in: file, out: entryName(file, i) })),
      outdir,
      outExtension: { '.js': '.mjs' },
      chunkNames: 'shared-[hash]',
      bundle: true,
      splitting: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
      target: 'node20',
      sourcemap: 'inline',
      sourcesContent: false,
      loader: { '.avsc': 'json' },
      define: Object.fromEntries(ownPlace.map(({ of, name }) => [of, name])),
      plugins: [noteSources, thisPackage, places],
      write: false,
      logLevel: 'silent',
    });
    return result.outputFiles.map(({ path, text }) => ({ name: basename(path), text }));
  } finally {
    // Its process would keep ours alive.
    await esbuild.stop();
  }
}

function entryName(file: string, index: number): string {
  return `${index}-${basename(file, extname(file))}`;
}

/** `processor` and what is below it are the package that this file belongs to, wherever the user's packages are. */
const thisPackage: Plugin = {
  name: 'this-package',
  setup(build) {
    build.onResolve({ filter: /^processor($|\/)/ }, ({ path }) => {
      try {
        return { path: import.meta.resolve(path), external: true };
      } catch {
        return { errors: [{ text: `the package 'processor' has no export '${path}'` }] };
      }
    });
  },
};

/** What a module may ask about its own place. A bundle is somewhere else, so each file gets its answers written in. */
const ownPlace = [
  { of: 'import.meta.url', name: '__moduleUrl', value: (file: string) => pathToFileURL(file).href },
  { of: 'import.meta.filename', name: '__moduleFilename', value: (file: string) => file },
  { of: 'import.meta.dirname', name: '__moduleDirname', value: (file: string) => dirname(file) },
] as const;

const loaders: Readonly<Record<string, Loader>> = { '.ts': 'ts', '.mts': 'ts', '.js': 'js', '.mjs': 'js' };

const places: Plugin = {
  name: 'places',
  setup(build) {
    build.onLoad({ filter: /\.m?[jt]s$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const asked = ownPlace.filter(({ of }) => source.includes(of));
      if (asked.length === 0) return undefined;
      // On the first line, so that lines keep their numbers.
      const answers = asked.map(({ name, value }) => `const ${name} = ${JSON.stringify(value(path))};`);
      return {
        contents: `${answers.join(' ')} ${source}`,
        loader: loaders[extname(path)] ?? 'js',
        resolveDir: dirname(path),
      };
    });
  },
};

async function write(store: string, home: string, outputs: readonly Output[]): Promise<void> {
  await mkdir(store, { recursive: true });
  // Nothing below is anybody's source.
  await writeFile(join(dirname(store), '.gitignore'), '*\n', { flag: 'wx' }).catch(() => {});
  const temporary = await mkdtemp(join(store, '.new-'));
  // As open as the folder around it: an image is built by one user and run by another.
  await chmod(temporary, (await stat(store)).mode);
  await Promise.all(outputs.map(({ name, text }) => writeFile(join(temporary, name), text)));
  try {
    await rename(temporary, home);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // Another process compiled the same.
    if (!existsSync(home)) throw error;
  }
  await prune(store, home);
}

/** What was not started for a day is removed; nothing younger, a running process may still import from it. */
async function prune(store: string, inUse: string): Promise<void> {
  for (const name of await readdir(store)) {
    const home = join(store, name);
    const { mtimeMs } = await stat(home).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (home !== inUse && Date.now() - mtimeMs > keptMs) await rm(home, { recursive: true, force: true });
  }
}

/** Notes that it is in use; where the folder cannot be written, it is not pruned either. */
async function touch(home: string): Promise<void> {
  const now = new Date();
  await utimes(home, now, now).catch(() => {});
}

const keptMs = 24 * 3600 * 1000;
