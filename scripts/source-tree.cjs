// Lets the repository run its own TypeScript without a visible build: every module is transpiled once, file by file, into
// node_modules/.cache/processor/<hash>/, a tree that looks like the repository itself and has a package.json of its own.
// `import … from 'processor'` inside that tree is therefore the tree's own src/, and '../../package.json' is found too.
// CommonJS, because bin/processor.cjs needs it before the first ES module is loaded (see there).

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const { dirname, join, relative, resolve, sep } = require('node:path');
const { pathToFileURL } = require('node:url');

const root = dirname(__dirname);
const cache = join(root, 'node_modules/.cache/processor');

/** What may be run from the repository; tests themselves are vitest's. */
const folders = ['src', 'processors', 'demo', 'bench', 'chaos', 'simulate', 'test'];
/** What programs read as it stands, beside them as in the published package. */
const asTheyAre = ['docs', 'templates'];
const isWanted = (path) => !path.endsWith('.test.ts') && !path.endsWith('.d.ts');

/** A tree is kept for a day after its last start, so that none is removed under a running process. */
const keptMs = 24 * 3600 * 1000;

/**
 * Imports a TypeScript module of the repository.
 * @param {string} path absolute, or relative to the repository's root
 */
async function loadSource(path) {
  process.setSourceMapsEnabled(true);
  if (!fs.existsSync(join(root, 'node_modules/esbuild/package.json')))
    throw explained(`the packages of ${root} are not installed`, 'Install them: npm run set-up');
  const inTree = relative(root, resolve(root, path));
  if (!folders.includes(inTree.split(sep)[0]) || !isWanted(inTree) || !fs.existsSync(join(root, inTree)))
    throw explained(
      `${path} is no program of this repository`,
      `Name a file of ${folders.join('/, ')}/ below ${root}. A module of your own is run by: npx processor run path/to/module.ts`,
    );
  const tree = await provideTree();
  return import(pathToFileURL(join(tree, inTree.replace(/\.ts$/, '.js'))).href);
}

/** An error that is told without its stack. */
function explained(message, hint) {
  return Object.assign(new Error(message), { hint });
}

/** The folder of the transpiled tree, made now if the sources have changed since the last one. */
async function provideTree() {
  const files = folders.flatMap((folder) => listFiles(folder));
  const hash = createHash('sha256').update(root).update(process.versions.node.split('.')[0]);
  hash.update(fs.readFileSync(__filename)).update(fs.readFileSync(join(root, 'package.json')));
  hash.update(fs.readFileSync(join(root, 'node_modules/esbuild/package.json')));
  for (const { path, mtimeMs, size } of files) hash.update(`${path}\0${mtimeMs}\0${size}\0`);
  const tree = join(cache, hash.digest('hex').slice(0, 16));
  if (fs.existsSync(tree)) {
    const now = new Date();
    fs.utimesSync(tree, now, now);
  } else {
    await makeTree(tree, files);
  }
  return tree;
}

async function makeTree(tree, files) {
  const { transform } = require('esbuild');
  fs.mkdirSync(cache, { recursive: true });
  const temporary = fs.mkdtempSync(join(cache, '.new-'));
  for (const folder of new Set(files.map(({ path }) => dirname(path)))) {
    fs.mkdirSync(join(temporary, folder), { recursive: true });
  }
  await Promise.all(
    files.map(async ({ path }) => {
      const from = join(root, path);
      if (!path.endsWith('.ts')) return fs.promises.copyFile(from, join(temporary, path));
      const code = await transpile(transform, from);
      return fs.promises.writeFile(join(temporary, path.replace(/\.ts$/, '.js')), code);
    }),
  );
  fs.writeFileSync(join(temporary, 'package.json'), JSON.stringify(packageOfTree()));
  for (const folder of asTheyAre) fs.symlinkSync(join(root, folder), join(temporary, folder));
  try {
    fs.renameSync(temporary, tree);
  } catch (error) {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error; // another start made the same tree
    fs.rmSync(temporary, { recursive: true, force: true });
  }
  prune(tree);
}

async function transpile(transform, path) {
  try {
    const { code } = await transform(await fs.promises.readFile(path, 'utf8'), {
      loader: 'ts',
      format: 'esm',
      target: 'node20',
      sourcemap: 'inline',
      sourcesContent: false,
      sourcefile: pathToFileURL(path).href,
    });
    return code;
  } catch (error) {
    // Whoever imports this file gets its mistake; what does not import it still runs.
    return `throw new SyntaxError(${JSON.stringify(error.message)});\n`;
  }
}

/** The project's package.json, with its exports on the transpiled files. */
function packageOfTree() {
  const own = JSON.parse(fs.readFileSync(join(root, 'package.json'), 'utf8'));
  const exports = {};
  for (const [name, target] of Object.entries(own.exports)) {
    exports[name] = typeof target === 'string' ? target : target.source.replace(/\.ts$/, '.js');
  }
  return { name: own.name, version: own.version, type: own.type, exports };
}

function listFiles(folder) {
  let entries;
  try {
    entries = fs.readdirSync(join(root, folder), { withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return listFiles(path);
    if (!entry.isFile() || !isWanted(path)) return [];
    const { mtimeMs, size } = fs.statSync(join(root, path));
    return [{ path, mtimeMs, size }];
  });
}

function prune(inUse) {
  for (const name of fs.readdirSync(cache)) {
    const tree = join(cache, name);
    if (tree === inUse) continue;
    const stat = fs.statSync(tree, { throwIfNoEntry: false });
    if (stat !== undefined && Date.now() - stat.mtimeMs > keptMs) fs.rmSync(tree, { recursive: true, force: true });
  }
}

module.exports = { loadSource, repositoryRoot: root };
