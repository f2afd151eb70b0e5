#!/usr/bin/env node
// The command `processor`. CommonJS on purpose: see the first statement.

// First of all: libuv reads this when its thread pool starts, which the first ES module already does. Every blocking call
// of the Kafka client holds one thread (rule E14). A module that was preloaded has started the pool with its four threads: then
// the variable would say what is not so, and the run says that it has to be set.
const options = [process.env.NODE_OPTIONS, ...process.execArgv].join(' ');
if (!/(^|\s)--(import|loader|experimental-loader)\b/.test(options)) process.env.UV_THREADPOOL_SIZE ??= '128';

// Process 1 of a container gets no signal that it does not listen to. Until somebody does (src/cli/lifecycle.ts), and in commands
// that never do, a signal ends it as it would anywhere else.
if (process.pid === 1)
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(code);
    });

const { existsSync } = require('node:fs');
const { join } = require('node:path');

// The published package has dist/ and no src/; the repository runs its own TypeScript.
const packageRoot = join(__dirname, '..');
const cli = existsSync(join(packageRoot, 'src/cli/main.ts'))
  ? require(join(packageRoot, 'scripts/source-tree.cjs')).loadSource('src/cli/main.ts')
  : import('../dist/cli/main.js');

cli.catch((error) => {
  const isExplained = typeof error?.hint === 'string';
  process.stderr.write(`${isExplained ? `${error.message}\n  ${error.hint}` : (error?.stack ?? error)}\n`);
  process.exitCode = 1;
});
