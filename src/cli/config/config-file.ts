// Finds processor.config.ts, loads it as processors are loaded, and says what of it holds: the chosen profile before the rest.

import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { didYouMean } from '../../errors/did-you-mean.js';
import { ProcessorError } from '../../errors/processor-error.js';
import { checkConfig } from './check-config.js';
import type { FileLayer } from './resolve.js';

/** In the order in which they are looked for. */
export const configFileNames = [
  'processor.config.ts',
  'processor.config.mts',
  'processor.config.js',
  'processor.config.mjs',
] as const;

export interface ConfigFile {
  /** Its path relative to the folder; undefined where there is none. */
  readonly path: string | undefined;
  readonly layers: readonly FileLayer[];
}

export interface ConfigFileOptions {
  /** Where it is looked for, and whose packages it uses. */
  readonly folder: string;
  /** Its path, where it is named. */
  readonly named: string | undefined;
  readonly profile: string | undefined;
}

/** @throws PRC_CONFIG_MISSING, PRC_CONFIG_WITHOUT_DEFAULT, PRC_PROFILE_UNKNOWN, and as `checkConfig` and `loadModules` */
export async function readConfigFile({ folder, named, profile }: ConfigFileOptions): Promise<ConfigFile> {
  const file = fileOf(folder, named);
  if (file === undefined) {
    if (profile !== undefined) throw unknownProfile(profile, 'this folder, which has no config file', []);
    return { path: undefined, layers: [] };
  }
  const path = relative(folder, file);
  const { loadModules } = await import('../load-modules.js');
  const [module] = await loadModules(folder, [file]);
  const config = module?.exports['default'];
  if (config === undefined) throw new ProcessorError('PRC_CONFIG_WITHOUT_DEFAULT', { file: path });
  checkConfig(path, config);
  const base: FileLayer = { origin: { from: 'file', file: path }, values: config };
  if (profile === undefined) return { path, layers: [base] };
  const profiles = config.profiles ?? {};
  const chosen = Object.hasOwn(profiles, profile) ? profiles[profile] : undefined;
  if (chosen === undefined) throw unknownProfile(profile, path, Object.keys(profiles));
  return { path, layers: [{ origin: { from: 'file', file: path, profile }, values: chosen }, base] };
}

function fileOf(folder: string, named: string | undefined): string | undefined {
  if (named === undefined) return configFileNames.map((name) => join(folder, name)).find((file) => existsSync(file));
  const file = resolve(folder, named);
  if (!existsSync(file)) throw new ProcessorError('PRC_CONFIG_MISSING', { file: named, folder });
  return file;
}

function unknownProfile(profile: string, where: string, known: readonly string[]): ProcessorError {
  return new ProcessorError('PRC_PROFILE_UNKNOWN', {
    profile,
    where,
    suggestion: didYouMean(profile, known),
    known: known.join(', ') || 'none',
  });
}
