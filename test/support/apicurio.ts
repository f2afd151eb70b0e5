// Apicurio Registry, a registry that others wrote, for the tests that ours passes as well. Maven brings it into the user's
// cache folder, beside Kafka's jars; it runs in memory, on a free port, and never outlives the test run.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../src/embedded/kafka/free-port.js';
import { type GuardedChild, spawnGuarded } from '../../src/embedded/kafka/guard.js';
import { cacheFolder, renameInto } from '../../src/embedded/kafka/jars.js';
import { findJava } from '../../src/embedded/kafka/java.js';
import { eventually } from './engine-wait.js';

export const apicurioVersion = '2.6.13.Final';

const artifact = `io.apicurio:apicurio-registry-app:${apicurioVersion}:tar.gz:all`;
/** Without a project Maven's goal writes into a folder whose name is a variable's. */
const pom = `<project><modelVersion>4.0.0</modelVersion>
  <groupId>processor</groupId><artifactId>apicurio</artifactId><version>1</version><packaging>pom</packaging>
</project>
`;
const mavenTimeoutMs = 5 * 60_000;
const startTimeoutMs = 120_000;

/** The folder that it lies in, undefined where nobody has fetched it yet. */
export function findApicurio(): string | undefined {
  const home = folder();
  return existsSync(home) ? home : undefined;
}

/** Fetches it with Maven where it is not there yet. Rejects where that fails. */
export async function provideApicurio(note: (line: string) => void): Promise<void> {
  if (findApicurio() !== undefined) return;
  const home = folder();
  note(`fetches Apicurio Registry ${apicurioVersion} with Maven into ${home} (142 MB, once)`);
  await mkdir(dirname(home), { recursive: true });
  const temporary = await mkdtemp(join(dirname(home), '.new-'));
  try {
    await writeFile(join(temporary, 'pom.xml'), pom);
    const args = [
      '-q',
      '-B',
      'dependency:unpack',
      `-Dartifact=${artifact}`,
      `-DoutputDirectory=${join(temporary, 'app')}`,
    ];
    await promisify(execFile)('mvn', args, { cwd: temporary, timeout: mavenTimeoutMs }).catch(explain);
    await renameInto(join(temporary, 'app'), home);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

export interface Apicurio {
  /** Of its interface that is Confluent's. */
  readonly url: string;
  stop(): Promise<void>;
}

/** @param home what `findApicurio` gave */
export async function startApicurio(home: string): Promise<Apicurio> {
  const data = await mkdtemp(join(tmpdir(), 'processor-apicurio-'));
  const outputFile = join(data, 'output.log');
  const port = await freePort();
  const child = await spawnGuarded({
    command: findJava().path,
    args: [
      // It lives for half a minute: what is compiled well pays off later than that.
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      '-Xmx256m',
      `-Dquarkus.http.port=${port}`,
      '-Dquarkus.http.host=127.0.0.1',
      `-Djava.io.tmpdir=${data}`,
      '-jar',
      join(home, await runnerIn(home)),
    ],
    outputFile,
    wipe: data,
  });
  const stop = async () => {
    child.signal('SIGKILL');
    await child.ended;
    await rm(data, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  try {
    await untilReady(url, child, outputFile);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

/** Maven says on its standard output what went wrong. */
function explain(error: Error & { readonly stdout?: string }): never {
  const said = error.stdout?.split('\n').find((line) => line.startsWith('[ERROR]'));
  throw new Error(said ?? error.message.split('\n', 1)[0], { cause: error });
}

function folder(): string {
  return join(cacheFolder(), 'apicurio', apicurioVersion);
}

async function runnerIn(home: string): Promise<string> {
  const runner = (await readdir(home)).find((name) => name.endsWith('-runner.jar'));
  if (runner === undefined) throw new Error(`${home} holds no …-runner.jar: remove it, and it is fetched again`);
  return runner;
}

async function untilReady(url: string, child: GuardedChild, outputFile: string): Promise<void> {
  let exitCode: number | undefined;
  void child.ended.then((code) => (exitCode = code));
  const isThere = async () => exitCode !== undefined || (await fetch(`${url}/subjects`)).status === 200;
  await eventually('Apicurio answers', isThere, startTimeoutMs);
  if (exitCode === undefined) return;
  const said = (await readFile(outputFile, 'utf8')).split('\n').slice(-15).join('\n');
  throw new Error(`Apicurio ended with ${exitCode}; it said:\n${said}`);
}
