// docker/Dockerfile, as far as it can be judged without building it. What its steps do is tried in test/cli/container.test.ts.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { knownVariables, refusedArguments } from '../support/command-line.js';
import { dockerFolder, execForm, instructionOf, productionStage, readDockerfile } from '../support/docker-files.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { args, stages } = readDockerfile();
const production = productionStage();

describe('the stages', () => {
  test('stand on one image, which is named to its last number', () => {
    const [base, ...others] = stages;
    expect(base?.base).toBe('node:${NODE_VERSION}-bookworm-slim');
    expect(args.get('NODE_VERSION')).toMatch(/^\d+\.\d+\.\d+$/);
    const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { engines: { node: string } };
    expect(`>=${args.get('NODE_VERSION')}` >= engines.node).toBe(true);
    const known = stages.map(({ name }) => name);
    for (const { base: name } of others) expect(known).toContain(name.replace('${ADDON}', args.get('ADDON') ?? ''));
  });

  test('copy from each other only what is there', () => {
    const known = stages.map(({ name }) => name);
    for (const { instructions } of stages)
      for (const { text } of instructions) {
        const [, from] = /--from=(\S+)/.exec(text) ?? [];
        if (from !== undefined) expect(known).toContain(from);
      }
  });

  test('there is one for each way to the addon, and both install what the lock file says', () => {
    for (const way of ['prebuilt', 'source']) {
      const stage = stages.find(({ name }) => name === `packages-${way}`);
      expect(stage?.instructions.map(({ name, text }) => `${name} ${text}`)).toContain('RUN npm ci');
    }
  });

  test("the addon from source has the packages that it needs on this repository's own machines", async () => {
    const { howToInstall } = (await import(join(root, 'scripts/set-up/debian.mjs'))) as { howToInstall: string };
    const source = stages.find(({ name }) => name === 'packages-source');
    const [, wanted = ''] = /apt-get install (.*)$/.exec(howToInstall) ?? [];
    expect(packagesOf(source?.instructions.find(({ name }) => name === 'RUN')?.text ?? '')).toEqual(
      wanted.split(' ').sort(),
    );
  });

  test('what it was built of does not reach the image, what it is linked to does', () => {
    const apt = production.instructions.find(({ text }) => text.includes('apt-get install'))?.text ?? '';
    expect(packagesOf(apt)).toEqual(
      ['ca-certificates', 'libcurl4', 'liblz4-1', 'libsasl2-2', 'libssl3', 'libzstd1', 'zlib1g'].sort(),
    );
  });
});

describe('the image', () => {
  test('starts the command of the package, which is process 1', () => {
    const { name, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      name: string;
      bin: Record<string, string>;
    };
    expect(execForm(instructionOf(production, 'ENTRYPOINT'))).toEqual([
      'node',
      `node_modules/${name}/${bin['processor']}`,
    ]);
  });

  test('by itself runs all processors, with arguments that the command line knows', () => {
    const command = execForm(instructionOf(production, 'CMD'));
    expect(command[0]).toBe('run');
    expect(refusedArguments(command)).toEqual([]);
  });

  test('is nobody in particular, by number', () => {
    const [, user, group] = /^(\d+):(\d+)$/.exec(instructionOf(production, 'USER')) ?? [];
    expect(Number(user)).toBeGreaterThan(0);
    expect(Number(group)).toBeGreaterThan(0);
  });

  test('answers at one port, and asks itself there how it is', () => {
    const variables = instructionOf(production, 'ENV');
    expect(variables).toContain('PROCESSOR_HTTP_HOST=0.0.0.0');
    expect(variables).toContain(`PROCESSOR_HTTP_PORT=${instructionOf(production, 'EXPOSE')}`);
    for (const [, name] of variables.matchAll(/([A-Z_]+)=/g)) expect([...knownVariables(), 'NODE_ENV']).toContain(name);
    const [program, flag, script] = execForm(instructionOf(production, 'HEALTHCHECK'));
    expect([program, flag]).toEqual(['node', '--eval']);
    expect(script).toContain("'http://127.0.0.1:' + process.env.PROCESSOR_HTTP_PORT + '/livez'");
  });

  test('is in the package, for whoever has that alone', () => {
    const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: readonly string[] };
    expect(files).toContain('docker');
  });

  test('holds no secrets and nothing that is made anew in it', () => {
    const ignored = readFileSync(join(dockerFolder, 'Dockerfile.dockerignore'), 'utf8').split('\n');
    for (const path of ['node_modules', '.processor', '.git', '**/.env', '**/.env.*', '**/*.pem', '**/*.key'])
      expect(ignored).toContain(path);
    // The name by which the builder finds it: beside the Dockerfile, and called like it.
    expect(existsSync(join(dockerFolder, 'Dockerfile'))).toBe(true);
  });
});

function packagesOf(apt: string): string[] {
  const [, packages = ''] = /--no-install-recommends (.*?) *&&/.exec(apt) ?? [];
  return packages.split(/ +/).sort();
}
