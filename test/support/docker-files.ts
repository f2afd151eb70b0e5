// What stands in docker/, read as its own readers would: the Dockerfile by instructions, the rest as YAML.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

export const dockerFolder: string = fileURLToPath(new URL('../../docker/', import.meta.url));

export interface Stage {
  readonly base: string;
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

export interface Instruction {
  /** In capitals. */
  readonly name: string;
  /** What follows it, on one line. */
  readonly text: string;
}

export interface Dockerfile {
  /** `ARG`s before the first stage, with their defaults. */
  readonly args: ReadonlyMap<string, string>;
  readonly stages: readonly Stage[];
}

export function readDockerfile(): Dockerfile {
  const args = new Map<string, string>();
  const stages: { base: string; name: string; instructions: Instruction[] }[] = [];
  for (const instruction of instructionsIn(readFileSync(join(dockerFolder, 'Dockerfile'), 'utf8'))) {
    const stage = stages.at(-1);
    if (instruction.name === 'FROM') {
      const [base = '', , name = ''] = instruction.text.split(' ');
      stages.push({ base, name, instructions: [] });
    } else if (stage !== undefined) stage.instructions.push(instruction);
    else if (instruction.name === 'ARG') args.set(...(instruction.text.split('=', 2) as [string, string]));
  }
  return { args, stages };
}

/** Comments and the ends of lines that go on are left out. */
function instructionsIn(text: string): Instruction[] {
  const lines = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => {
    const [, name = '', rest = ''] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
    return { name, text: rest };
  });
}

/** The stage that is the image. */
export function productionStage(): Stage {
  return readDockerfile().stages.at(-1) as Stage;
}

/** The last instruction of this name, which is the one that holds. */
export function instructionOf(stage: Stage, name: string): string {
  const found = stage.instructions.filter((one) => one.name === name).at(-1);
  if (found === undefined) throw new Error(`the stage ${stage.name} has no ${name}`);
  return found.text;
}

/** The words of an exec form; throws for any other. */
export function execForm(text: string): readonly string[] {
  const words: unknown = JSON.parse(text.slice(text.indexOf('[')));
  if (!Array.isArray(words) || !words.every((word) => typeof word === 'string'))
    throw new Error(`no exec form: ${text}`);
  return words;
}

/** The documents of a YAML file of docker/, which the caller knows the shape of; throws for what is no YAML. */
export function readYaml(path: string): readonly unknown[] {
  return parseAllDocuments(readFileSync(join(dockerFolder, path), 'utf8'), { merge: true }).map((document) => {
    const [error] = document.errors;
    if (error) throw new Error(`${path}: ${error.message}`);
    return document.toJS() as unknown;
  });
}
