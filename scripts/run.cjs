// Runs a TypeScript program of this repository, the way bin/processor.cjs runs the CLI:
//
//   node scripts/run.cjs demo/main.ts --crash
//
// The program finds its own arguments in process.argv from index 2, as if it had been started by itself.

// First of all: libuv reads this when its thread pool starts, which the first ES module already does (rule E14).
process.env.UV_THREADPOOL_SIZE ??= '128';

const { resolve } = require('node:path');
const { loadSource } = require('./source-tree.cjs');

const [program, ...args] = process.argv.slice(2);
if (program === undefined) {
  process.stderr.write('usage: node scripts/run.cjs <file.ts> [arguments]\n');
  process.exit(2);
}
process.argv = [process.argv[0], resolve(program), ...args];
loadSource(resolve(program)).catch((error) => {
  process.stderr.write(`${error?.stack ?? error}\n`);
  process.exit(1);
});
