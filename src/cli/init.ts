// `processor init`: a project in a folder that is new or empty, or one more processor in a project that is there. It writes
// files that were not there before, and nothing else: no package is installed, no file is changed, nothing is connected to.

import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { ProcessorError } from '../errors/processor-error.js';
import { ask, type Wanted } from './init/questions.js';
import { type NewFile, packagesOf, processorFile, projectFiles } from './init/template-files.js';
import { ownNames, type TemplateName } from './init/template-names.js';
import { word } from './shell-word.js';

export interface InitFlags {
  readonly template?: TemplateName;
  /** The processor's. */
  readonly name?: string;
  readonly yes: boolean;
  readonly json?: boolean;
}

/** @throws PRC_INIT_NAME_INVALID, PRC_INIT_FOLDER_IN_USE, PRC_INIT_FILE_EXISTS, PRC_INIT_FOLDER_UNUSABLE, PRC_INIT_CANCELLED */
export async function init(dir: string | undefined, flags: InitFlags): Promise<void> {
  if (flags.name !== undefined) requireFileName(flags.name);
  const wanted = await wantedBy(dir, flags);
  const folder = resolve(wanted.dir);
  const processor = flags.name ?? ownNames[wanted.template];
  const project = await projectIn(folder);
  const files =
    project === undefined
      ? await projectFiles(wanted.template, { project: await packageName(folder, wanted.template), processor })
      : [await processorFile(wanted.template, processor)];
  await writeNew(folder, files);
  const created = files.map(({ path }) => path);
  const next = [
    ...(folder === process.cwd() ? [] : [`cd ${word(relative(process.cwd(), folder))}`]),
    ...(project === undefined ? afterProject : await afterProcessor(project, wanted.template, processor)),
  ];
  if (flags.json)
    process.stdout.write(`${JSON.stringify({ folder, template: wanted.template, processor, created, next })}\n`);
  else process.stdout.write(told(wanted, created, next));
}

async function wantedBy(dir: string | undefined, { template, yes, json }: InitFlags): Promise<Wanted> {
  const isAsking = process.stdin.isTTY && process.stderr.isTTY && !yes && !json;
  if (!isAsking) return { dir: dir ?? '.', template: template ?? 'minimal' };
  const given = { ...(dir === undefined ? {} : { dir }), ...(template === undefined ? {} : { template }) };
  const here = await readdir('.');
  const isUsable = here.includes('package.json') || isFree(here);
  return ask(
    given,
    { dir: isUsable ? '.' : 'my-processors', template: 'minimal' },
    { input: process.stdin, output: process.stderr },
  );
}

/** What of a package.json matters here. */
interface Project {
  readonly type?: unknown;
  readonly dependencies?: object;
  readonly devDependencies?: object;
}

/** The project that a folder holds; undefined if the folder is free for one. */
async function projectIn(folder: string): Promise<Project | undefined> {
  try {
    const names = await readdir(folder);
    if (names.includes('package.json')) return asProject(await readFile(join(folder, 'package.json'), 'utf8'));
    if (isFree(names)) return undefined;
    const [found, more] = [names.slice(0, namesTold).join(', '), names.length > namesTold ? ', …' : ''];
    throw new ProcessorError('PRC_INIT_FOLDER_IN_USE', { folder, found: `${found}${more}` });
  } catch (cause) {
    if (cause instanceof ProcessorError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new ProcessorError('PRC_INIT_FOLDER_UNUSABLE', { folder, reason: message }, { cause });
  }
}

function isFree(names: readonly string[]): boolean {
  return names.every((name) => name === '.git');
}

function asProject(text: string): Project {
  const manifest: unknown = JSON.parse(text);
  if (typeof manifest !== 'object' || manifest === null) throw new Error('its package.json is not an object');
  return manifest;
}

const namesTold = 3;

/** Writes all of the files, or says which one is there already and writes none. */
async function writeNew(folder: string, files: readonly NewFile[]): Promise<void> {
  for (const { path } of files) if (existsSync(join(folder, path))) throw exists(path);
  for (const { path, text } of files) {
    try {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text, { flag: 'wx' });
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      // Somebody else made it in this very moment.
      if (code === 'EEXIST') throw exists(path);
      throw new ProcessorError('PRC_INIT_FOLDER_UNUSABLE', { folder, reason: message }, { cause });
    }
  }
}

function exists(file: string): ProcessorError {
  return new ProcessorError('PRC_INIT_FILE_EXISTS', { file });
}

/** Narrower than what Kafka takes: it is also a file of processors/, which `run` has to find and a shell to pass on. */
function requireFileName(name: string): void {
  if (!/^[a-z][a-z0-9-]{0,99}$/.test(name)) throw new ProcessorError('PRC_INIT_NAME_INVALID', { name });
}

/** The folder's name as npm takes it. A project cannot have the name of a package that it depends on. */
async function packageName(folder: string, template: TemplateName): Promise<string> {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[-._]+|[-._]+$/g, '');
  const isTaken = name === '' || (await packagesOf(template)).all.includes(name);
  return isTaken ? 'my-processors' : name;
}

const afterProject = ['npm install', 'npm test', 'npx processor dev'];

async function afterProcessor(project: Project, template: TemplateName, processor: string): Promise<readonly string[]> {
  const there = Object.keys({ ...project.dependencies, ...project.devDependencies });
  const missing = (await packagesOf(template)).imported.filter((name) => !there.includes(name));
  return [
    ...(project.type === 'module' ? [] : ['npm pkg set type=module']),
    ...(missing.length === 0 ? [] : [`npm install ${missing.join(' ')}`]),
    `npx processor dev ${processor}`,
  ];
}

function told({ dir, template }: Wanted, created: readonly string[], next: readonly string[]): string {
  const list = (lines: readonly string[]): string => lines.map((line) => `  ${line}\n`).join('');
  return `created in ${dir} from the template '${template}':\n${list(created)}next:\n${list(next)}`;
}
