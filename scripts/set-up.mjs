// Brings a fresh clone to the point where everything runs: npm packages, the Kafka client's native addon and, where asked,
// Kafka's jars. Plain JavaScript on Node's own modules, because it runs before anything is installed. It does nothing
// twice: what it makes is kept in node_modules or, across clones, in the user's cache folder.
//
//   node scripts/set-up.mjs            packages and addon
//   node scripts/set-up.mjs --kafka    also the embedded broker's jars
//   node scripts/set-up.mjs --quiet    no line where nothing is missing: for what runs it before something else
//   node scripts/set-up.mjs --addon-to <folder>    also copies the addon into a project that npm installed with --ignore-scripts

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { addonIsReady, copyAddonTo, provideAddon } from './set-up/addon.mjs';
import { laneIsReady, provideLane } from './set-up/lane.mjs';
import { withLock } from './set-up/lock.mjs';
import { installPackages, packagesAreReady } from './set-up/packages.mjs';
import { repositoryRoot, SetUpError, step } from './set-up/steps.mjs';

/**
 * Sets up whatever is missing, one printed line per step; one short line when nothing is.
 * @param {{ kafka?: boolean, apicurio?: boolean, quiet?: boolean }} [wanted] apicurio: a registry that tests can do without
 */
export async function setUp({ kafka = false, apicurio = false, quiet = false } = {}) {
  const startedAt = performance.now();
  if (await isReady({ kafka, apicurio })) {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    if (!quiet) process.stderr.write(`set-up: everything is in place (${seconds} s)\n`);
    return;
  }
  // Two commands in one fresh clone must not install into the same node_modules at once.
  await withLock(join(repositoryRoot, '.processor', 'set-up.lock'), async () => {
    if (!packagesAreReady()) await step('npm packages', installPackages);
    if (!(await addonIsReady())) await provideAddon();
    if (!laneIsReady()) await provideLane();
    if (kafka && !(await kafkaIsReady())) await step('embedded Kafka', provideKafka);
    if (apicurio && !(await apicurioIsReady())) await step('Apicurio Registry, for tests', provideApicurio);
  });
}

async function isReady({ kafka, apicurio }) {
  if (!packagesAreReady() || !(await addonIsReady()) || !laneIsReady()) return false;
  return (!kafka || (await kafkaIsReady())) && (!apicurio || (await apicurioIsReady()));
}

// What knows about the broker is TypeScript of the project itself, which can be loaded once the packages are there.

async function kafkaIsReady() {
  const { findJars } = await loadEmbeddedKafka('jars.ts');
  return (await findJars()) !== undefined;
}

async function provideKafka(note) {
  const { prepareEmbeddedKafka } = await loadEmbeddedKafka('broker.ts');
  await prepareEmbeddedKafka(note);
}

function loadEmbeddedKafka(file) {
  return load(`src/embedded/kafka/${file}`);
}

async function apicurioIsReady() {
  const { findApicurio } = await load('test/support/apicurio.ts');
  return findApicurio() !== undefined;
}

/** Where it cannot be had, everything else is tried all the same. */
async function provideApicurio(note) {
  const support = await load('test/support/apicurio.ts');
  try {
    await support.provideApicurio(note);
  } catch (error) {
    return `not here, its tests are skipped: ${error.message}`;
  }
}

async function load(path) {
  const { loadSource } = (await import('./source-tree.cjs')).default;
  return loadSource(path);
}

/** Runs `main` as a command: a failed set-up ends with one clear error and exit code 1. */
export async function orExplain(main) {
  try {
    return await main();
  } catch (error) {
    explain(error);
    process.exit(1);
  }
}

/** For a program that can do without: what cannot be had is said, and the program says what it does instead. Else it ends with 1. */
export async function orGoOn(main) {
  try {
    await main();
  } catch (error) {
    explain(error);
    if (!(await cannotBeHad(error))) process.exit(1);
  }
}

async function cannotBeHad(error) {
  if (error instanceof SetUpError) return true;
  if (!packagesAreReady()) return false;
  const { isNotToBeHad } = await loadEmbeddedKafka('not-to-be-had.ts');
  return isNotToBeHad(error);
}

function explain(error) {
  const hint = typeof error?.hint === 'string' ? `\n  ${error.hint}` : '';
  const expected = error instanceof SetUpError || hint !== '';
  process.stderr.write(`\nset-up failed: ${expected ? error.message + hint : (error?.stack ?? error)}\n`);
}

if (process.argv[1] !== undefined && existsSync(process.argv[1])) {
  const isEntry = import.meta.url === pathToFileURL(process.argv[1]).href;
  const has = (flag) => process.argv.includes(flag);
  const addonTo = process.argv[process.argv.indexOf('--addon-to') + 1];
  if (isEntry)
    await orExplain(async () => {
      await setUp({ kafka: has('--kafka'), quiet: has('--quiet') });
      if (has('--addon-to')) copyAddonTo(resolve(addonTo));
    });
}
