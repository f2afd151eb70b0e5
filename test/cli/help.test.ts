// What a user meets first: help, version, and what is said to a mistyped command line.

import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { exitCodes } from '../../src/cli/exit-codes.js';
import { fromJson } from '../../src/cli/json-values.js';
import { commandLine } from '../../src/cli/program.js';
import { cli, project, reported } from './support.js';

describe('help', () => {
  test('names the commands, examples, environment and exit codes', async () => {
    const { code, stdout, stderr } = await cli(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const part of ['run', 'describe', 'topics', 'tail', 'produce', 'Examples:', 'KAFKA_BROKERS', 'NO_COLOR'])
      expect(stdout).toContain(part);
    const codes = /^Exit codes: (.*)$/m.exec(stdout)?.[1]?.match(/\d+/g);
    expect(codes).toEqual(Object.values(exitCodes).map(String));
  });

  test('shows the commands by what one does with them', async () => {
    const { stdout } = await cli(['--help']);
    const groups = [...stdout.matchAll(/^(Develop|Run|Inspect|Operate):\n((?: {2}\S.*\n)+)/gm)];
    const commands = groups.map(([, group, lines = '']) => [group, lines.match(/(?<=^ {2})\w+/gm)]);
    expect(commands).toEqual([
      ['Develop', expect.arrayContaining(['check'])],
      ['Run', ['run']],
      ['Inspect', expect.arrayContaining(['describe', 'tail'])],
      ['Operate', expect.arrayContaining(['topics', 'produce', 'config', 'explain', 'completion'])],
    ]);
  });

  test.for(['dev', 'check', 'run', 'describe', 'topics create', 'topics list', 'tail', 'produce', 'config', 'doctor'])(
    'of %s shows its options',
    async (command) => {
      const { code, stdout } = await cli([...command.split(' '), '--help']);
      expect(code).toBe(0);
      expect(stdout).toContain(`Usage: processor ${command}`);
      expect(stdout).toContain('--brokers');
      expect(stdout).toContain('-c, --config <file>');
      expect(stdout).toContain('--profile <name>');
      expect(stdout).toContain('--json');
    },
  );

  test('of every command that reads what is configured names the config file and its profile', () => {
    const commands = commandLine('1.0.0').commands.flatMap((one) => [one, ...one.commands]);
    const takes = (command: Command, flag: string): boolean => command.options.some(({ long }) => long === flag);
    const configured = commands.filter((one) => takes(one, '--brokers') || takes(one, '--namespace'));
    expect(configured.length).toBeGreaterThanOrEqual(8);
    for (const command of configured)
      for (const flag of ['--config', '--profile'])
        expect(takes(command, flag), `${command.name()} ${flag}`).toBe(true);
  });

  test('loads commander and nothing else: no client, no compiler, no logger', async () => {
    const folder = await project({
      'probe.cjs': `process.on('exit', () => {
        const natives = process.report.getReport().sharedObjects.filter((path) => path.endsWith('.node'));
        process.stderr.write(JSON.stringify([...Object.keys(require.cache), ...natives]));
      });`,
    });
    // The first start after a change compiles the sources.
    await cli(['--version']);
    const { stderr } = await cli(['--help'], { env: { NODE_OPTIONS: `--require ${join(folder, 'probe.cjs')}` } });
    const loaded = JSON.parse(stderr) as string[];
    const packages = loaded.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
    expect(new Set(packages)).toEqual(new Set(['commander']));
    expect(loaded.filter((path) => path.endsWith('.node'))).toEqual([]);
  });

  test('version is the package’s', async () => {
    const { code, stdout } = await cli(['--version']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('of produce writes values as produce takes them', async () => {
    const { stdout } = await cli(['produce', '--help']);
    const written = [...stdout.matchAll(/\{"\$\w+": "[^"…]+"\}/g)].map(([text]) => text);
    expect(written).toHaveLength(4);
    for (const text of written) expect(fromJson(JSON.parse(text)), text).not.toEqual(JSON.parse(text));
  });

  test('without a command, the help and exit code 2', async () => {
    const { code, stderr } = await cli([]);
    expect(code).toBe(2);
    expect(stderr).toContain('Usage: processor');
  });
});

describe('a mistyped command line ends with exit code 2 and', () => {
  test.for([
    { args: ['rnu'], says: "unknown command 'rnu' (Did you mean run?)", hint: 'npx processor --help' },
    {
      args: ['topics', 'lst'],
      says: "unknown command 'lst' (Did you mean list?)",
      hint: 'npx processor topics --help',
    },
    {
      args: ['run', '--broker', 'x'],
      says: "unknown option '--broker' (Did you mean --brokers?)",
      hint: 'npx processor run --help',
    },
    {
      args: ['topics', 'create', '--partition', '3'],
      says: "unknown option '--partition' (Did you mean --partitions?)",
      hint: 'npx processor topics --help',
    },
    { args: ['explain', 'PRC_USGE'], says: "no error 'PRC_USGE' (Did you mean PRC_USAGE?)", hint: 'processor explain' },
    {
      args: ['describe', '--format', 'acls'],
      says: "option '--json' cannot be used with option '--format <format>'",
      hint: 'npx processor describe --help',
    },
    { args: ['tail'], says: "missing required argument 'topic'", hint: 'npx processor tail --help' },
    {
      args: ['tail', 'orders', '--isolation', 'dirty'],
      says: 'Allowed choices are committed, uncommitted',
      hint: 'tail --help',
    },
    { args: ['tail', 'orders', '-n', 'ten'], says: 'It is a whole number from 1', hint: 'tail --help' },
    { args: ['tail', 'orders', '--from', 'yesterday', '-b', 'x:1'], says: "not 'yesterday'", hint: 'tail --help' },
    { args: ['run', '--memory-max', '512'], says: 'It is a size such as 512MiB', hint: 'run --help' },
    { args: ['run', '--memory-max', '0GiB'], says: 'It is a size such as 512MiB', hint: 'run --help' },
    { args: ['run', '-b', 'x:1', '-X', 'linger.ms'], says: '-X takes prop=value', hint: 'run --help' },
    { args: ['run', '-b', 'x:1', '-X', 'bootstrap.servers=y:1'], says: 'named with --brokers', hint: 'run --help' },
  ])('$says', async ({ args, says, hint }) => {
    const result = await cli([...args, '--json']);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    const { code, message, hint: given } = reported(result);
    expect(code).toBe('PRC_USAGE');
    expect(message).toContain(says);
    expect(given).toContain(hint);
  });

  test('is text without --json: code, message, and what to do', async () => {
    const { stderr } = await cli(['rnu']);
    expect(stderr).toBe(
      "PRC_USAGE unknown command 'rnu' (Did you mean run?)\n  fix   What it takes: npx processor --help\n",
    );
  });

  test('and of any other error, the command that says more', async () => {
    const { code, stderr } = await cli(['topics', 'list', '-b', 'http://localhost:9092,localhost:9092x']);
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /^PRC_BROKERS_INVALID .*'http:\/\/localhost:9092'.*'localhost:9092x'.*\n {2}fix .*\n {2}more {2}npx processor explain PRC_BROKERS_INVALID\n$/,
    );
  });
});
