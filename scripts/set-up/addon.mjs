// The native addon of the Kafka client. Its prebuilt binary is preferred where it can be downloaded; elsewhere it is built
// from the source inside its npm package. What was built is kept in the user's cache folder, so that it is built once per
// machine and not once per clone. Whatever the way, the addon counts only if it loads and has every feature we rely on:
// a build without the right -dev packages *succeeds* with a client that has neither TLS nor compression.

import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { howToInstall, installDebianPackages } from './debian.mjs';
import { cacheFolder, lastLines, repositoryRoot, run, SetUpError, step } from './steps.mjs';

const client = '@confluentinc/kafka-javascript';
const folder = join(repositoryRoot, 'node_modules', client);
const features = ['ssl', 'gzip', 'zstd', 'lz4', 'sasl_scram', 'oidc', 'plugins'];
const downloadTimeoutMs = 60_000;

/** Whether the addon in node_modules loads with all features. A child process loads it: a broken one may crash. */
export async function addonIsReady() {
  return existsSync(builtFolder()) && (await missingFeatures()).length === 0;
}

/** Puts the addon into node_modules by the cheapest way that works, or fails with what the user can do. */
export async function provideAddon() {
  if (await fromCache()) return;
  if (await fromDownload()) return;
  await installDebianPackages();
  if (await fromCache()) return; // it may only have lacked the shared libraries that were just installed
  await fromSource();
}

async function fromCache() {
  if (!existsSync(cachedFolder())) return false;
  let restored = false;
  await step("Kafka client's addon from the cache", async () => {
    rmSync(builtFolder(), { recursive: true, force: true });
    cpSync(cachedFolder(), builtFolder(), { recursive: true });
    // Whoever put it into the cache may have kept it to himself; who runs it may be another user.
    chmodSync(builtFolder(), 0o755);
    restored = await addonIsReady();
    return restored ? undefined : `not usable here, lacks ${(await missingFeatures()).join(', ')}`;
  });
  return restored;
}

async function fromDownload() {
  let ready = false;
  await step("Kafka client's addon, prebuilt", async () => {
    const tool = join(repositoryRoot, 'node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp');
    const args = [tool, 'install', '--update-binary', '-C', folder];
    const { ok, timedOut, output } = await run(process.execPath, args, { timeoutMs: downloadTimeoutMs });
    if (timedOut) return `no answer within ${downloadTimeoutMs / 1000} s, builds it instead`;
    if (!ok) return `cannot be downloaded here (${reason(output)}), builds it instead`;
    ready = await addonIsReady();
    return ready ? undefined : `lacks ${(await missingFeatures()).join(', ')}, builds it instead`;
  });
  if (ready) keep();
  return ready;
}

async function fromSource() {
  await step("Kafka client's addon from its source (about 75 s, once per machine)", async () => {
    rmSync(builtFolder(), { recursive: true, force: true });
    const { ok, output } = await run('npm', ['rebuild', client], {
      // Parallel jobs break the build; linked statically it lacks what the system's libraries bring.
      env: { CKJS_LINKING: 'dynamic', JOBS: '1', npm_config_build_from_source: client, ...ownHeaders() },
    });
    if (!ok) {
      throw new SetUpError(`the build of ${client} failed:\n${lastLines(output)}\n  ${howToInstall}`);
    }
    const missing = await missingFeatures();
    if (missing.length > 0) {
      throw new SetUpError(
        `the build of ${client} lacks ${missing.join(', ')}.\n  ${howToInstall}; then run this again.`,
      );
    }
    keep();
  });
}

/** Node's headers where they came with Node itself: else node-gyp downloads them, which not every machine can. */
export function ownHeaders() {
  const nodedir = dirname(dirname(process.execPath));
  const header = join(nodedir, 'include/node/node_version.h');
  const major = process.versions.node.split('.')[0];
  const isOurs = existsSync(header) && readFileSync(header, 'utf8').includes(`#define NODE_MAJOR_VERSION ${major}\n`);
  return isOurs ? { npm_config_nodedir: nodedir } : {};
}

/** The features that the addon in node_modules lacks; all of them if it does not load. */
async function missingFeatures() {
  const script = `process.stdout.write(require(${JSON.stringify(join(folder, 'librdkafka.js'))}).features())`;
  const { ok, stdout } = await run(process.execPath, ['-e', script]);
  const there = new Set(ok ? stdout.split(',') : []);
  return features.filter((feature) => !there.has(feature));
}

/**
 * Copies the addon of this clone into a project that was installed without install scripts.
 * @param {string} project the folder of its package.json
 */
export function copyAddonTo(project) {
  const theirs = join(project, 'node_modules', client);
  if (!existsSync(theirs))
    throw new SetUpError(`${project} has no ${client} in its node_modules. Run npm install there.`);
  const [wanted, own] = [versionIn(theirs), versionIn(folder)];
  if (wanted !== own) throw new SetUpError(`${project} has ${client} ${wanted}, and the addon here is of ${own}.`);
  for (const file of builtFiles()) cpSync(file, join(theirs, 'build', relative(builtFolder(), file)));
}

/** Copies the built files into the cache: complete in one rename, so that other clones see all of it or nothing. */
export function keep() {
  const target = cachedFolder();
  mkdirSync(dirname(target), { recursive: true });
  const temporary = mkdtempSync(join(dirname(target), '.new-'));
  chmodSync(temporary, 0o755);
  for (const file of builtFiles()) {
    cpSync(file, join(temporary, relative(builtFolder(), file)));
  }
  const replaced = `${temporary}-replaced`;
  try {
    if (existsSync(target)) renameSync(target, replaced); // one that did not work here
    renameSync(temporary, target);
  } catch (error) {
    // Another set-up of the same moment was faster; its files are as good as ours.
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(error.code)) throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
    rmSync(replaced, { recursive: true, force: true });
  }
}

function builtFiles() {
  const shared = join(builtFolder(), 'deps');
  const libraries = existsSync(shared) ? readdirSync(shared).filter((name) => /\.so\.\d+$|\.dylib$/.test(name)) : [];
  return [
    join(builtFolder(), 'Release/confluent-kafka-javascript.node'),
    ...libraries.map((name) => join(shared, name)),
  ];
}

function builtFolder() {
  return join(folder, 'build');
}

function cachedFolder() {
  const version = versionIn(folder);
  const system = process.platform === 'linux' ? libc() : process.platform;
  return join(cacheFolder, 'addon', `${version}-abi${process.versions.modules}-${system}-${process.arch}`);
}

function versionIn(installed) {
  return JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')).version;
}

export function libc() {
  process.report.excludeNetwork = true;
  return process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

function reason(output) {
  return /reason: (.+)/.exec(output)?.[1] ?? /response status (.+?) on/.exec(output)?.[1] ?? 'no reason given';
}
