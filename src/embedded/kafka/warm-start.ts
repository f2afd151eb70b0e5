// What every start of a broker can share and one has to make: the checkpoint that formatting writes (0.8 s of a JVM) and an
// archive of the loaded classes (halves the time to ready). Both are kept in the user's cache folder, by Kafka's jars and
// the Java they were made with.

import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, type KafkaJars } from './jars.js';
import type { Java } from './java.js';
import { metaProperties, serverProperties } from './server-properties.js';

/** JVM options for a quick start on a small machine. */
export const startOptions: readonly string[] = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/**
 * Makes a log directory what StorageTool would make of it, unless it already is; returns its cluster id. Default of `node`:
 * the only one of a new cluster.
 */
export async function format(
  logDir: string,
  java: Java,
  jars: KafkaJars,
  node: { readonly nodeId: number; readonly clusterId: string } = { nodeId: 1, clusterId: newId() },
): Promise<string> {
  const meta = join(logDir, 'meta.properties');
  if (existsSync(meta)) {
    const clusterId = /^cluster\.id=(.+)$/m.exec(await readFile(meta, 'utf8'))?.[1];
    if (clusterId === undefined) throw new Error(`${meta} names no cluster.id`);
    return clusterId;
  }
  await mkdir(logDir, { recursive: true });
  await copyFile(await provideCheckpoint(java, jars), join(logDir, checkpointName));
  // Last, because it is what marks the directory as formatted.
  await writeFile(meta, metaProperties({ ...node, directoryId: newId() }));
  return node.clusterId;
}

/** The JVM options by which a start uses the archive; none where there is no archive for this Java and these jars. */
export function archiveOptions(java: Java, jars: KafkaJars): readonly string[] {
  const archive = archivePath(java, jars);
  if (archive === undefined || !existsSync(archive)) return [];
  return [`-XX:SharedArchiveFile=${archive}`, '-Xshare:auto', '-Xlog:cds=off', '-Xlog:cds+dynamic=off'];
}

/**
 * Makes the archive, if there is none for this Java and these jars.
 * @param train runs a broker with these JVM options from its start to its clean end
 */
export async function provideArchive(
  java: Java,
  jars: KafkaJars,
  train: (jvmOptions: readonly string[]) => Promise<void>,
): Promise<void> {
  const archive = archivePath(java, jars);
  if (archive === undefined || existsSync(archive)) return;
  const temporary = await mkdtemp(join(await warmFolder(jars), '.new-'));
  try {
    const made = join(temporary, 'classes.jsa');
    await train([`-XX:ArchiveClassesAtExit=${made}`, '-Xlog:cds=off', '-Xlog:cds+dynamic=off']);
    if (existsSync(made)) await rename(made, archive); // a JVM without this ability just starts as before
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

const checkpointName = 'bootstrap.checkpoint';

/** Lets Kafka's own tool format a directory once, and keeps of it what is the same for all clusters. */
async function provideCheckpoint(java: Java, jars: KafkaJars): Promise<string> {
  const folder = await warmFolder(jars);
  const checkpoint = join(folder, checkpointName);
  if (existsSync(checkpoint)) return checkpoint;
  const temporary = await mkdtemp(join(folder, '.new-'));
  try {
    const properties = join(temporary, 'server.properties');
    const logDir = join(temporary, 'data');
    const controller = { nodeId: 1, port: 9093 };
    const layout = { nodeId: 1, roles: ['controller'] as const, listeners: [], controllers: [controller], logDir };
    await writeFile(properties, serverProperties({ ...layout, controllerPort: controller.port }));
    const tool = ['kafka.tools.StorageTool', 'format', '--cluster-id', newId(), '--config', properties];
    await promisify(execFile)(java.path, [...startOptions, '-cp', jars.classPath.join(':'), ...tool]);
    await rename(join(logDir, checkpointName), checkpoint);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return checkpoint;
}

function archivePath(java: Java, jars: KafkaJars): string | undefined {
  // Java refuses an archive of another build; without its version we could not tell them apart.
  return java.version === undefined ? undefined : join(warmPath(jars), `java-${java.version}-${hash([java.path])}.jsa`);
}

async function warmFolder(jars: KafkaJars): Promise<string> {
  await mkdir(warmPath(jars), { recursive: true });
  return warmPath(jars);
}

function warmPath(jars: KafkaJars): string {
  return join(cacheFolder(), 'kafka', 'warm', hash(jars.classPath));
}

function hash(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 12);
}

/** A random id as Kafka writes its UUIDs; one that begins with '-' would be taken for an option. */
export function newId(): string {
  const text = randomBytes(16).toString('base64url');
  return text.startsWith('-') ? newId() : text;
}
