// A container without a container engine: the parts of the kernel that an engine uses. A process in here is process 1 of its own,
// is the image's user without a single privilege, can write nowhere, and may take so much memory. The network is the machine's.
// Linux alone has these parts, and only root may use them.

import { execFile, execFileSync, spawn } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll } from 'vitest';
import { RunningCli } from '../cli/support.js';
import { instructionOf, productionStage, readDockerfile } from './docker-files.js';
import { until } from './engine-wait.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Why there can be no container here; undefined where there can be. */
export function obstacle(): string | undefined {
  if (process.platform !== 'linux') return 'containers are a thing of Linux';
  if (process.getuid?.() !== 0) return 'only root may start a container by hand';
  try {
    execFileSync('unshare', [...namespaces, 'setpriv', '--version'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `no namespaces here: ${(error as Error).message}`;
  }
}

/** What an image has in it: a project in /app, as the Dockerfile leaves it. Removed after the file's last test. */
export interface Image {
  /** The container's root is the machine's, so the image has a place of its own in it. */
  readonly folder: string;
  readonly app: string;
}

/**
 * An image with these files in the project's folder and this repository as its package `processor`: built by the last step of the
 * Dockerfile's build, that is as root.
 */
export async function builtImage(files: Readonly<Record<string, string>>): Promise<Image> {
  const folder = await mkdtemp(join(tmpdir(), 'processor-image-'));
  images.add(folder);
  // As everybody sees it: the image's user is not who builds it.
  await chmod(folder, 0o755);
  const app = join(folder, 'app');
  for (const [path, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
    await mkdir(dirname(join(app, path)), { recursive: true });
    await writeFile(join(app, path), text);
  }
  await mkdir(join(folder, 'node_modules'));
  await installPackage(join(app, 'node_modules/processor'));
  const compile = readDockerfile()
    .stages.find(({ name }) => name === 'build')
    ?.instructions.filter(({ name }) => name === 'RUN')
    .at(-1);
  const image = { folder, app };
  await promisify(execFile)('unshare', [
    ...namespaces,
    'sh',
    '-ec',
    `${withPackages}; ${compile?.text}`,
    ...names(image),
  ]);
  return image;
}

/** What npm would install of this repository: transpiled, as it is published. */
async function installPackage(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const path of ['bin', 'package.json']) cpSync(join(root, path), join(folder, path), { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: ['src/**/*.ts'],
    outbase: 'src',
    outdir: join(folder, 'dist'),
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'silent',
  });
}

export interface Limits {
  readonly env?: Readonly<Record<string, string>>;
  /** As the kernel counts it: what could be written to, touched or not. Default: no limit. */
  readonly memoryBytes?: number;
}

export class Container extends RunningCli {
  /** Its process 1, by the number that the machine has for it. */
  async pid(): Promise<number> {
    const { pid } = this.child;
    const children = () => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    await until('its process 1 is there', () => children() !== '');
    return Number(children());
  }

  /** As an engine does it: to process 1, from outside. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    process.kill(await this.pid(), signal);
  }
}

/** Runs these words as process 1. It is killed after the file's last test if it still runs. */
export function startContainer(
  image: Image,
  words: readonly string[],
  { env = {}, memoryBytes }: Limits = {},
): Container {
  const [uid, gid] = instructionOf(productionStage(), 'USER').split(':');
  const asUser = [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--bounding-set=-all',
    '--inh-caps=-all',
    '--no-new-privs',
    // Who changes its user forgets what it was to die with: this goes for `--kill-child`.
    '--pdeathsig=KILL',
    ...(memoryBytes === undefined ? [] : ['prlimit', `--data=${memoryBytes}`]),
  ];
  const script = `${withPackages}; ${readOnly}; exec "$@"`;
  const unshare = spawn('unshare', [...namespaces, 'sh', '-ec', script, ...names(image), ...asUser, ...words], {
    env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', ...env },
    stdio: 'pipe',
  });
  const container = new Container(unshare);
  started.add(container);
  return container;
}

/** Mounts of its own that reach nobody else, processes of its own, which end with it. */
const namespaces = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--mount-proc'] as const;

/** For the script's `sh`: $0 the image, $1 the packages. */
function names({ folder }: Image): readonly string[] {
  return [folder, join(root, 'node_modules')];
}

/** Packages of this repository, where Node looks for those of the image's project, whoever may look into the repository. */
const withPackages = 'mount --bind "$1" "$0/node_modules"; cd "$0/app"';
const readOnly = [
  'shift',
  'mount -o remount,bind,ro "$0/node_modules"',
  'mount --rbind "$0" "$0"',
  'mount -o remount,bind,ro "$0"',
  'for place in / /tmp /var/tmp /run /dev/shm; do if mountpoint -q "$place"; then mount -o remount,bind,ro "$place"; fi; done',
  'cd "$0/app"',
].join('; ');

const images = new Set<string>();
const started = new Set<Container>();

afterAll(async () => {
  for (const { child } of started) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await Promise.all([...started].map(({ ended }) => ended));
  await Promise.all([...images].map((folder) => rm(folder, { recursive: true, force: true })));
});
