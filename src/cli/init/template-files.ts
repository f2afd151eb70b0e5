// What a template becomes: its files with the names of the new project in them. Templates are whole projects that are compiled
// and run by tests as they stand, without placeholders; what is replaced is the name of their processor.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ownVersion } from '../own-version.js';
import { ownNames, type TemplateName } from './template-names.js';

export interface NewFile {
  /** Relative to the project's folder, with `/`. */
  readonly path: string;
  readonly text: string;
}

export interface ProjectNames {
  readonly project: string;
  readonly processor: string;
}

/** What every template has. npm packs no file called `.gitignore`, so there it has no dot. */
export function templatePaths(template: TemplateName): readonly string[] {
  const processor = ownNames[template];
  const tests = `test/${processor}.test.ts`;
  return ['gitignore', 'package.json', 'tsconfig.json', 'README.md', modulePath(processor), tests];
}

export async function projectFiles(template: TemplateName, names: ProjectNames): Promise<readonly NewFile[]> {
  return Promise.all(
    templatePaths(template).map(async (from) => {
      const path = from === 'gitignore' ? '.gitignore' : renamed(from, template, names.processor);
      const text = renamed(await read(template, from), template, names.processor);
      return { path, text: path === 'package.json' ? manifestOf(text, names.project) : text };
    }),
  );
}

/** The processor alone, for a project that is there. */
export async function processorFile(template: TemplateName, processor: string): Promise<NewFile> {
  const text = await read(template, modulePath(ownNames[template]));
  return { path: modulePath(processor), text: renamed(text, template, processor) };
}

export interface Packages {
  /** What the processor imports. */
  readonly imported: readonly string[];
  /** That, and what its tests and types need. */
  readonly all: readonly string[];
}

export async function packagesOf(template: TemplateName): Promise<Packages> {
  const { dependencies, devDependencies } = JSON.parse(await read(template, 'package.json')) as Manifest;
  const imported = Object.keys(dependencies);
  return { imported, all: [...imported, ...Object.keys(devDependencies)] };
}

interface Manifest {
  readonly name: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

function modulePath(processor: string): string {
  return `processors/${processor}.ts`;
}

function manifestOf(text: string, name: string): string {
  const manifest = JSON.parse(text) as Manifest;
  const dependencies = { ...manifest.dependencies, processor: `^${ownVersion()}` };
  return `${JSON.stringify({ ...manifest, name, dependencies }, undefined, 2)}\n`;
}

function renamed(text: string, template: TemplateName, processor: string): string {
  return text.replaceAll(ownNames[template], processor);
}

function read(template: TemplateName, path: string): Promise<string> {
  return readFile(fileURLToPath(new URL(`../../../templates/${template}/${path}`, import.meta.url)), 'utf8');
}
