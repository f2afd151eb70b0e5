// `processor init`: what it writes into which folder, and where it writes nothing.

import { execFile } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { emptyFolder, filesIn } from './init/project.js';
import { bin, cli, reported } from './support.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

describe('a new project', () => {
  test('is what the template is, with its own name and the running version of processor', async () => {
    const folder = await emptyFolder();
    const { code, stdout, stderr } = await cli(['init', 'My Shop', '--template', 'two-outputs'], { cwd: folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(
      "created in My Shop from the template 'two-outputs':\n" +
        '  .gitignore\n  package.json\n  tsconfig.json\n  README.md\n  processors/split-orders.ts\n  test/split-orders.test.ts\n' +
        "next:\n  cd 'My Shop'\n  npm install\n  npm test\n  npx processor dev\n",
    );
    const files = await filesIn(join(folder, 'My Shop'));
    expect(JSON.parse(files['package.json'] ?? '')).toMatchObject({
      name: 'my-shop',
      type: 'module',
      dependencies: { processor: `^${version}`, zod: expect.any(String) },
      allowScripts: { '@confluentinc/kafka-javascript': true },
    });
    expect(files['processors/split-orders.ts']).toContain("name: 'split-orders'");
    expect(files['.gitignore']).toContain('node_modules/');
  });

  test('is minimal where no template is named, and in the current folder where none is named', async () => {
    const folder = await emptyFolder({ '.git/HEAD': 'ref: refs/heads/main\n' });
    const result = await cli(['init', '--json'], { cwd: folder });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(result.stdout)).toEqual({
      folder,
      template: 'minimal',
      processor: 'count-words',
      created: [
        '.gitignore',
        'package.json',
        'tsconfig.json',
        'README.md',
        'processors/count-words.ts',
        'test/count-words.test.ts',
      ],
      next: ['npm install', 'npm test', 'npx processor dev'],
    });
    expect(Object.keys(await filesIn(folder))).toContain('.git/HEAD');
  });

  test('has a processor of another name throughout: its file, its test, its group', async () => {
    const folder = await emptyFolder();
    await cli(['init', '.', '--template', 'avro', '--name', 'cool-readings'], { cwd: folder });
    const files = await filesIn(folder);
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining(['processors/cool-readings.ts', 'test/cool-readings.test.ts']),
    );
    expect(files['processors/cool-readings.ts']).toContain("name: 'cool-readings'");
    expect(Object.values(files).join()).not.toContain('convert-readings');
  });

  test('in a folder called like a package that it uses has another name: npm would install it into itself', async () => {
    const folder = await emptyFolder();
    await cli(['init', 'processor'], { cwd: folder });
    const { 'package.json': manifest = '' } = await filesIn(join(folder, 'processor'));
    expect(JSON.parse(manifest)).toMatchObject({ name: 'my-processors' });
  });
});

describe('in a project that is there', () => {
  test('one file is added, and what the project lacks is said', async () => {
    const folder = await emptyFolder({ 'package.json': '{"dependencies":{"processor":"^0.1.0"}}' });
    const result = await cli(['init', '--template', 'two-outputs', '--name', 'ship', '--json'], { cwd: folder });
    expect(JSON.parse(result.stdout)).toEqual({
      folder,
      template: 'two-outputs',
      processor: 'ship',
      created: ['processors/ship.ts'],
      next: ['npm pkg set type=module', 'npm install zod', 'npx processor dev ship'],
    });
    const files = await filesIn(folder);
    expect(Object.keys(files).sort()).toEqual(['package.json', 'processors/ship.ts']);
    expect(files['package.json']).toBe('{"dependencies":{"processor":"^0.1.0"}}');
  });

  test('nothing is said to be lacking where nothing is', async () => {
    const manifest = '{"type":"module","dependencies":{"zod":"4"},"devDependencies":{"processor":"*"}}';
    const folder = await emptyFolder({ 'app/package.json': manifest });
    const { stdout } = await cli(['init', 'app', '--template', 'two-outputs', '--json'], { cwd: folder });
    expect(JSON.parse(stdout)).toMatchObject({ next: ['cd app', 'npx processor dev split-orders'] });
  });

  test('a file that is there is never overwritten', async () => {
    const before = { 'package.json': '{}', 'processors/count-words.ts': 'mine' };
    const folder = await emptyFolder(before);
    const result = await cli(['init', '--json'], { cwd: folder });
    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(reported(result)).toMatchObject({
      code: 'PRC_INIT_FILE_EXISTS',
      message: 'processors/count-words.ts exists already, and nothing is overwritten',
      hint: expect.stringContaining('--name'),
    });
    expect(await filesIn(folder)).toEqual(before);
  });
});

describe('nothing is written', () => {
  test.for([
    { what: 'files of something else', files: { 'notes.txt': '', 'src/a.ts': '' }, code: 'PRC_INIT_FOLDER_IN_USE' },
    { what: 'a package.json that is none', files: { 'package.json': '{' }, code: 'PRC_INIT_FOLDER_UNUSABLE' },
  ])('into a folder with $what', async ({ files, code }) => {
    const folder = await emptyFolder(files);
    const result = await cli(['init', '--yes', '--json'], { cwd: folder });
    expect(result.code).toBe(3);
    expect(reported(result)).toMatchObject({ code, message: expect.stringContaining(folder) });
    expect(await filesIn(folder)).toEqual(files);
  });

  test('where the folder is a file', async () => {
    const folder = await emptyFolder({ shop: 'a file' });
    const result = await cli(['init', 'shop', '--json'], { cwd: folder });
    expect(reported(result)).toMatchObject({ code: 'PRC_INIT_FOLDER_UNUSABLE' });
    expect(await filesIn(folder)).toEqual({ shop: 'a file' });
  });

  // Root may write everywhere.
  test.runIf(process.getuid?.() !== 0)('where the user may not write', async () => {
    const folder = await emptyFolder();
    chmodSync(folder, 0o500);
    const result = await cli(['init', 'shop', '--json'], { cwd: folder });
    expect(reported(result)).toMatchObject({ code: 'PRC_INIT_FOLDER_UNUSABLE' });
  });

  test.for(['Ship Orders', '_shared', 'ship.test', '../ship', '7-days', '', 'x'.repeat(101)])(
    "for a processor called '%s'",
    async (name) => {
      const folder = await emptyFolder();
      const result = await cli(['init', '--name', name, '--json'], { cwd: folder });
      expect(result.code).toBe(3);
      expect(reported(result)).toMatchObject({
        code: 'PRC_INIT_NAME_INVALID',
        hint: expect.stringContaining('enrich-orders'),
      });
      expect(await filesIn(folder)).toEqual({});
    },
  );

  test('for a template that there is not: exit code 2, and which there are', async () => {
    const folder = await emptyFolder();
    const result = await cli(['init', '--template', 'avros', '--json'], { cwd: folder });
    expect(result.code).toBe(2);
    expect(reported(result).message).toContain('Allowed choices are minimal, two-outputs, avro');
    expect(await filesIn(folder)).toEqual({});
  });
});

test('help has every template and examples', async () => {
  const { stdout } = await cli(['init', '--help']);
  for (const part of ['--template', '--name', '--yes', '--json', 'two-outputs', 'Examples:', 'npm create processor'])
    expect(stdout).toContain(part);
});

describe('on a terminal', () => {
  const script = '/usr/bin/script';
  const onTerminal = test.runIf(existsSync(script));

  onTerminal('it asks for what was not given', async () => {
    const folder = await emptyFolder();
    const said = await typed(folder, 'init --name ship', 'shop\ntwo-output\ntwo-outputs\n');
    expect(said).toContain('Folder (.): ');
    expect(said).toContain("Did you mean 'two-outputs'?");
    expect(Object.keys(await filesIn(join(folder, 'shop')))).toContain('processors/ship.ts');
  });

  onTerminal('it asks nothing with --yes', async () => {
    const folder = await emptyFolder();
    expect(await typed(folder, 'init shop --yes', '')).not.toContain('Template');
    expect(Object.keys(await filesIn(folder))).toContain('shop/processors/count-words.ts');
  });

  onTerminal('it writes nothing after Ctrl-C', async () => {
    const folder = await emptyFolder();
    expect(await typed(folder, 'init', '\u0003')).toContain('PRC_INIT_CANCELLED');
    expect(await filesIn(folder)).toEqual({});
  });

  /** What stands on a terminal in the end, after a command was started there and this was typed. */
  function typed(cwd: string, command: string, keys: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], TERM: 'xterm', NO_COLOR: '1' };
      const child = execFile(
        script,
        ['-qec', `${process.execPath} ${bin} ${command}; true`, '/dev/null'],
        { cwd, env },
        (error, stdout) => (error === null ? resolve(stdout) : reject(error)),
      );
      // Ended by the command, not by us: the end of our input would be typed as Ctrl-D.
      let isTyped = keys === '';
      child.stdout?.on('data', (text: string) => {
        if (isTyped || !text.includes('): ')) return;
        isTyped = true;
        child.stdin?.write(keys);
      });
    });
  }
});
