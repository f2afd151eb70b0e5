// The fast lane's addon: built from src/adapters/confluent/native in a few seconds, with the node-gyp that npm brings. What is
// built lies in prebuilds/, where released packages have it, too. Where it cannot be built, processors take the slow lane.

import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { libc, ownHeaders } from './addon.mjs';
import { lastLines, repositoryRoot, run, step } from './steps.mjs';

const sources = join(repositoryRoot, 'src/adapters/confluent/native');
const header = join(repositoryRoot, 'node_modules/@confluentinc/kafka-javascript/deps/librdkafka/src/rdkafka.h');

/** Whether it was built from these very sources, or could not be. */
export function laneIsReady() {
  return existsSync(noteFile()) && readFileSync(noteFile(), 'utf8') === hash();
}

export async function provideLane() {
  await step('fast lane', async () => {
    rmSync(folder(), { recursive: true, force: true });
    mkdirSync(folder(), { recursive: true });
    const built = await build();
    writeFileSync(noteFile(), hash());
    return built;
  });
}

/** @returns {Promise<string | undefined>} why it could not be built */
async function build() {
  const { ok, output } = await run('npm', ['run', '--silent', 'build:lane'], { env: ownHeaders() });
  if (!ok) return `cannot be built here, processors take the slow lane:\n${lastLines(output, 5)}`;
  copyFileSync(join(sources, 'build/Release/lane.node'), join(folder(), 'lane.node'));
  rmSync(join(sources, 'build'), { recursive: true, force: true });
  return undefined;
}

function hash() {
  const digest = createHash('sha256').update(process.versions.modules);
  const files = readdirSync(sources).filter((name) => /\.(c|h|gyp)$/.test(name));
  for (const name of files.sort()) digest.update(readFileSync(join(sources, name)));
  return digest.update(readFileSync(header)).digest('hex');
}

function noteFile() {
  return join(folder(), 'sources.sha256');
}

/** As src/adapters/confluent/native/lane.ts looks for it. */
function folder() {
  const isMusl = process.platform === 'linux' && libc() === 'musl';
  return join(repositoryRoot, 'prebuilds', [process.platform, process.arch, ...(isMusl ? ['musl'] : [])].join('-'));
}
