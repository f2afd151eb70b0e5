// What the native addon's build needs from Debian or Ubuntu. Installed where we may (root, apt); elsewhere the error that
// follows names the packages.

import { getuid } from 'node:process';
import { lastLines, run, SetUpError, step } from './steps.mjs';

const libraries = ['libssl-dev', 'zlib1g-dev', 'libzstd-dev', 'liblz4-dev', 'libsasl2-dev', 'libcurl4-openssl-dev'];
const tools = ['g++', 'make', 'python3'];

export const howToInstall = `On Debian or Ubuntu: sudo apt-get install ${[...tools, ...libraries].join(' ')}`;

/** Installs the packages that are missing, if this is a Debian and we are root; else leaves everything as it is. */
export async function installDebianPackages() {
  const missing = await missingPackages();
  if (missing.length === 0 || getuid?.() !== 0) return;
  await step(`Debian packages ${missing.join(' ')}`, async () => {
    if ((await aptInstall(missing)).ok) return;
    // A fresh image has no package lists at all, an old one has stale ones.
    await apt(['update']);
    const { ok, output } = await aptInstall(missing);
    if (!ok) {
      throw new SetUpError(
        `apt-get install failed:\n${lastLines(output)}\n  Install these yourself, then run this again. ${howToInstall}`,
      );
    }
  });
}

async function missingPackages() {
  const format = `--showformat=\${Package} \${db:Status-Status}\n`;
  const { stdout, missing } = await run('dpkg-query', ['--show', format, ...libraries, ...tools]);
  if (missing) return []; // not a Debian
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return [...libraries, ...tools].filter((name) => !installed.has(name));
}

function aptInstall(packages) {
  return apt(['install', '--yes', '--no-install-recommends', ...packages]);
}

function apt(args) {
  // A second set-up on the same machine waits for the first one's apt.
  return run('apt-get', ['--quiet', '--option', 'DPkg::Lock::Timeout=300', ...args], {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  });
}
