// Runs a TypeScript program of this repository, the way bin/processor.cjs runs the CLI:
//
//   node scripts/run.cjs demo/main.ts --crash
//   node scripts/run.cjs --set-up demo/main.ts --crash      sets up first what is missing, Kafka's jars included
//   node scripts/run.cjs --try-set-up demo/main.ts          the same for a program that can do without what cannot be had
//
// The program finds its own arguments in process.argv from index 2, as if it had been started by itself.

// First of all: libuv reads this when its thread pool starts, which the first ES module already does (rule E14).
process.env.UV_THREADPOOL_SIZE ??= '128';

const { resolve } = require('node:path');
const { loadSource } = require('./source-tree.cjs');

const flag = ['--set-up', '--try-set-up'].find((known) => known === process.argv[2]);
const [program, ...args] = process.argv.slice(flag ? 3 : 2);
if (program === undefined) {
  process.stderr.write('usage: node scripts/run.cjs [--set-up | --try-set-up] <file.ts> [arguments]\n');
  process.exit(2);
}

async function main() {
  if (flag) {
    const { orExplain, orGoOn, setUp } = await import('./set-up.mjs');
    await (flag === '--set-up' ? orExplain : orGoOn)(() => setUp({ kafka: true }));
  }
  process.argv = [process.argv[0], resolve(program), ...args];
  await loadSource(resolve(program));
}

main().catch((error) => {
  const isExplained = typeof error?.hint === 'string';
  process.stderr.write(`${isExplained ? `${error.message}\n  ${error.hint}` : (error?.stack ?? error)}\n`);
  process.exit(1);
});
