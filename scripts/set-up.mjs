// Brings a fresh clone to the point where everything runs: npm packages, the Kafka client's native addon and, where asked,
// Kafka's jars. Plain JavaScript on Node's own modules, because it runs before anything is installed. It does nothing
// twice: what it makes is kept in node_modules or, across clones, in the user's cache folder.
//
//   node scripts/set-up.mjs            packages and addon
//   node scripts/set-up.mjs --kafka    also the embedded broker's jars
//   node scripts/set-up.mjs --quiet    no line where nothing is missing: for what runs it before something else

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { addonIsReady, provideAddon } from './set-up/addon.mjs';
import { withLock } from './set-up/lock.mjs';
import { installPackages, packagesAreReady } from './set-up/packages.mjs';
import { repositoryRoot, SetUpError, step } from './set-up/steps.mjs';

/**
 * Sets up whatever is missing, one printed line per step; one short line when nothing is.
 * @param {{ kafka?: boolean, quiet?: boolean }} [wanted]
 */
export async function setUp({ kafka = false, quiet = false } = {}) {
  const startedAt = performance.now();
  if (await isReady({ kafka })) {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    if (!quiet) process.stderr.write(`set-up: everything is in place (${seconds} s)\n`);
    return;
  }
  // Two commands in one fresh clone must not install into the same node_modules at once.
  await withLock(join(repositoryRoot, '.processor', 'set-up.lock'), async () => {
    if (!packagesAreReady()) await step('npm packages', installPackages);
    if (!(await addonIsReady())) await provideAddon();
    if (kafka && !(await kafkaIsReady())) await step('embedded Kafka', provideKafka);
  });
}

async function isReady({ kafka }) {
  return packagesAreReady() && (await addonIsReady()) && (!kafka || (await kafkaIsReady()));
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

async function loadEmbeddedKafka(file) {
  const { loadSource } = (await import('./source-tree.cjs')).default;
  return loadSource(`src/embedded/kafka/${file}`);
}

/** Runs `main` as a command: a failed set-up ends with one clear error and exit code 1. */
export async function orExplain(main) {
  try {
    return await main();
  } catch (error) {
    const hint = typeof error?.hint === 'string' ? `\n  ${error.hint}` : '';
    const expected = error instanceof SetUpError || hint !== '';
    process.stderr.write(`\nset-up failed: ${expected ? error.message + hint : (error?.stack ?? error)}\n`);
    process.exit(1);
  }
}

if (process.argv[1] !== undefined && existsSync(process.argv[1])) {
  const isEntry = import.meta.url === pathToFileURL(process.argv[1]).href;
  const has = (flag) => process.argv.includes(flag);
  if (isEntry) await orExplain(() => setUp({ kafka: has('--kafka'), quiet: has('--quiet') }));
}
