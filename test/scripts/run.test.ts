// The launcher, tried on a small repository of its own: scripts/run.cjs and bin/processor.cjs find everything by where they
// stand.

import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';

const home = join(import.meta.dirname, '../..');
let repository: string;
beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), 'processor-launcher-'));
  for (const file of ['scripts/source-tree.cjs', 'scripts/run.cjs', 'bin/processor.cjs']) {
    cpSync(join(home, file), join(repository, file));
  }
  mkdirSync(join(repository, 'node_modules'));
  symlinkSync(join(home, 'node_modules/esbuild'), join(repository, 'node_modules/esbuild'));
  const exports = { '.': { source: './src/index.ts', default: './dist/index.js' }, './package.json': './package.json' };
  write('package.json', JSON.stringify({ name: 'processor', version: '9.8.7', type: 'module', exports }));
  write('src/index.ts', `export const words: readonly string[] = ['from', 'source'];`);
});
afterEach(() => rmSync(repository, { recursive: true }));

test("a program finds its arguments, the package's sources by name, and the package's version", async () => {
  write(
    'demo/main.ts',
    `import { readFileSync } from 'node:fs';
     import { words } from 'processor';
     const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
     console.log(process.argv.slice(2).join(), words.join(), version);`,
  );
  expect(await run('demo/main.ts', '--crash', '2')).toEqual({
    out: '--crash,2 from,source 9.8.7\n',
    errors: '',
    code: 0,
  });
});

test('a failing program ends with the line of its TypeScript', async () => {
  write('demo/main.ts', `interface Long {\n  text: string;\n}\nthrow new Error('on purpose');\nexport type { Long };`);
  const { errors, code } = await run('demo/main.ts');
  expect(errors).toContain('on purpose');
  expect(errors).toContain(`${join(repository, 'demo/main.ts')}:4:`);
  expect(code).toBe(1);
});

test.runIf(process.platform === 'linux')('a program has the thread pool that blocking calls need', async () => {
  write(
    'demo/main.ts',
    `import { readFileSync } from 'node:fs';
     console.log(/^Threads:\\s+(\\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]);`,
  );
  expect(Number((await run('demo/main.ts')).out)).toBeGreaterThan(128);
});

test('a changed source is seen by the next start', async () => {
  write('demo/main.ts', `import { words } from 'processor';\nconsole.log(words.length);`);
  expect((await run('demo/main.ts')).out).toBe('2\n');
  write('src/index.ts', `export const words = ['and', 'now', 'three'];`);
  expect((await run('demo/main.ts')).out).toBe('3\n');
});

test('a file that does not parse stops who imports it, and nobody else', async () => {
  write('src/broken.ts', 'export const = 1;');
  write('demo/main.ts', `console.log('fine');`);
  write('demo/importer.ts', `import '../src/broken.js';`);
  expect((await run('demo/main.ts')).out).toBe('fine\n');
  const { errors, code } = await run('demo/importer.ts');
  expect(errors).toMatch(/SyntaxError: .*broken\.ts:1:13.*Expected identifier/s);
  expect(code).toBe(1);
});

test('several first starts at once each find a whole tree, and leave one', async () => {
  for (let i = 0; i < 50; i++) write(`src/part-${i}.ts`, `export const part: number = ${i};`);
  write('demo/main.ts', `import { part } from '../src/part-49.js';\nconsole.log(part);`);
  const all = await Promise.all([1, 2, 3, 4].map(() => run('demo/main.ts')));
  expect(all.map(({ out }) => out)).toEqual(['49\n', '49\n', '49\n', '49\n']);
  expect(trees()).toHaveLength(1);
});

test('a tree is kept for a day after its last start', async () => {
  write('demo/main.ts', `console.log('one');`);
  await run('demo/main.ts');
  const [first = ''] = trees();
  write('demo/main.ts', `console.log('three');`);
  await run('demo/main.ts');
  expect(trees()).toHaveLength(2);
  const twoDaysAgo = Date.now() / 1000 - 2 * 24 * 3600;
  utimesSync(join(cache(), first), twoDaysAgo, twoDaysAgo);
  write('demo/main.ts', `console.log('five!');`);
  await run('demo/main.ts');
  expect(trees()).toHaveLength(2);
  expect(trees()).not.toContain(first);
});

test('the command runs src/ in the repository, and dist/ in a published package', async () => {
  const cli = (from: string) =>
    `console.log(${JSON.stringify(from)}, process.env['UV_THREADPOOL_SIZE']);process.exitCode = 3`;
  write('src/cli/main.ts', `${cli('source')} as number;`);
  write('dist/cli/main.js', cli('build'));
  expect(await start('bin/processor.cjs')).toEqual({ out: 'source 128\n', errors: '', code: 3 });
  rmSync(join(repository, 'src'), { recursive: true });
  rmSync(join(repository, 'scripts'), { recursive: true });
  expect(await start('bin/processor.cjs')).toEqual({ out: 'build 128\n', errors: '', code: 3 });
});

test.for([
  ['/tmp/elsewhere.ts', 'outside of the repository'],
  ['scripts/run.cjs', 'no TypeScript of its own'],
  ['demo/mian.ts', 'a name that there is not'],
] as const)('%s is refused in a sentence: %s', async ([program]) => {
  write('demo/main.ts', '');
  const { errors, code } = await run(program);
  expect(errors).toMatch(/^.* is no program of this repository\n {2}Name a file of src\/, .*\n$/);
  expect(errors).toContain(program.split('/').at(-1));
  expect(code).toBe(1);
});

test.for(['bin/processor.cjs', 'scripts/run.cjs'])(
  '%s says in a sentence that packages are not installed',
  async (file) => {
    write('src/cli/main.ts', '');
    rmSync(join(repository, 'node_modules'), { recursive: true });
    const { errors, code } = await start(file, 'src/cli/main.ts');
    expect(errors).toMatch(/^the packages of .* are not installed\n {2}Install them: npm run set-up\n$/);
    expect(code).toBe(1);
  },
);

function run(program: string, ...args: string[]): Promise<{ out: string; errors: string; code: number | null }> {
  return start('scripts/run.cjs', program, ...args);
}

async function start(...args: string[]): Promise<{ out: string; errors: string; code: number | null }> {
  const { UV_THREADPOOL_SIZE: _, ...env } = process.env;
  const child = spawn(process.execPath, args, { cwd: repository, env });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { out, errors, code: await ended };
}

function write(path: string, content: string): void {
  mkdirSync(dirname(join(repository, path)), { recursive: true });
  writeFileSync(join(repository, path), content);
}

function cache(): string {
  return join(repository, 'node_modules/.cache/processor');
}

function trees(): string[] {
  return readdirSync(cache());
}
