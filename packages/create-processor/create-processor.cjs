#!/usr/bin/env node
// `npm create processor my-app -- --template avro` is `processor init my-app --template avro`: npm fetches this package, with
// `processor` as its one dependency, and runs this file. The templates and everything else are that package's.
//
// How it is published: after `processor` itself and with its version, by `npm publish` in this folder. It is no workspace of the
// repository, so that neither package-lock.json nor `npm ci` knows of it; a test holds its version against the other one.

const { dirname, join } = require('node:path');

process.argv.splice(2, 0, 'init');
require(join(dirname(require.resolve('processor/package.json')), 'bin/processor.cjs'));
