// Where Kafka's jars come from: KAFKA_HOME, else the user's cache folder, which Maven fills once per machine and Kafka
// version. Nothing is downloaded by our own code and nothing is redistributed: Maven honours the user's mirrors and proxies.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ProcessorError } from '../../errors/processor-error.js';

export interface KafkaJars {
  /** The folder that holds them. */
  readonly dir: string;
  /** All jars in it, absolute and sorted. */
  readonly classPath: readonly string[];
}

export const kafkaVersion = '4.3.1';

/** Kafka's own tree has no binding for SLF4J: without this one the broker logs nothing at all. */
const loggingVersion = '2.25.4';

const mavenTimeoutMs = 10 * 60_000;

/** The folder for things that outlive a clone; scripts/set-up uses the same. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'processor');
}

/**
 * The jars that are already on this machine, if any.
 * @throws PRC_EMBEDDED_JARS_MISSING where KAFKA_HOME is set and holds none: we do not quietly use others.
 */
export async function findJars(environment: NodeJS.ProcessEnv = process.env): Promise<KafkaJars | undefined> {
  const home = environment['KAFKA_HOME'];
  if (home !== undefined && home !== '') {
    const jars = await listJars(join(home, 'libs'));
    return jars ?? missing(environment, `KAFKA_HOME is ${home}, and ${join(home, 'libs')} holds no kafka_*.jar`);
  }
  return listJars(jarsFolder(environment));
}

/**
 * The jars, fetched by Maven into the user's cache folder where they are not on this machine yet (44 MB).
 * @param log is told what takes its time
 * @throws PRC_EMBEDDED_JARS_MISSING
 */
export async function provideJars(
  log: (line: string) => void = () => {},
  environment: NodeJS.ProcessEnv = process.env,
): Promise<KafkaJars> {
  const found = await findJars(environment);
  if (found !== undefined) return found;
  const target = jarsFolder(environment);
  log(`fetches Kafka ${kafkaVersion} with Maven into ${target} (44 MB, once)`);
  await mkdir(dirname(target), { recursive: true });
  const temporary = await mkdtemp(join(dirname(target), '.new-'));
  try {
    await fetchWithMaven(temporary, environment);
    await renameInto(join(temporary, 'libs'), target);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return (await listJars(target)) ?? missing(environment, `Maven ended well, but ${target} holds no kafka_*.jar`);
}

/** Moves a finished folder to its place in one step; where another process was faster, its folder stays. */
export async function renameInto(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}

function jarsFolder(environment: NodeJS.ProcessEnv): string {
  return join(cacheFolder(environment), 'kafka', kafkaVersion, 'libs');
}

async function listJars(dir: string): Promise<KafkaJars | undefined> {
  if (!existsSync(dir)) return undefined;
  const names = (await readdir(dir)).filter((name) => name.endsWith('.jar')).sort();
  if (!names.some((name) => name.startsWith('kafka_'))) return undefined;
  return { dir, classPath: names.map((name) => join(dir, name)) };
}

async function fetchWithMaven(folder: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const pom = join(folder, 'pom.xml');
  await writeFile(pom, pomText());
  const args = ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', '-DincludeScope=runtime'];
  args.push(`-DoutputDirectory=${join(folder, 'libs')}`);
  try {
    await promisify(execFile)('mvn', args, { cwd: folder, env: environment, timeout: mavenTimeoutMs });
  } catch (error) {
    const { code, stdout = '', message } = error as NodeJS.ErrnoException & { stdout?: string };
    if (code === 'ENOENT')
      missing(environment, 'KAFKA_HOME is not set, and there is no Maven (mvn) to fetch them', error);
    const said = stdout.split('\n').find((line) => line.startsWith('[ERROR]'));
    missing(environment, `Maven could not fetch them: ${said ?? message}`, error);
  }
}

function missing(environment: NodeJS.ProcessEnv, problem: string, cause?: unknown): never {
  const details = { problem, version: kafkaVersion, cache: jarsFolder(environment) };
  throw new ProcessorError('PRC_EMBEDDED_JARS_MISSING', details, { cause });
}

function pomText(): string {
  const dependency = (group: string, artifact: string, version: string) =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>processor</groupId><artifactId>embedded-kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    ${dependency('org.apache.kafka', 'kafka_2.13', kafkaVersion)}
    ${dependency('org.apache.logging.log4j', 'log4j-slf4j-impl', loggingVersion)}
  </dependencies>
</project>
`;
}
