// A real Kafka for development, demo and tests: one node, broker and controller in one JVM, on this machine's loopback only.
// This file owns its life: it starts it, knows when it is ready, and ends it. However our process ends, the broker ends too.

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ProcessorError } from '../../errors/processor-error.js';
import { freePort } from './free-port.js';
import { type GuardedChild, spawnGuarded } from './guard.js';
import { findJava, type Java } from './java.js';
import { findJars, type KafkaJars, provideJars } from './jars.js';
import { askBroker } from './metadata-request.js';
import { readPidNote, removePidNote, writePidNote } from './pid-file.js';
import { loggingProperties, type Properties, serverProperties } from './server-properties.js';
import { archiveOptions, format, provideArchive, startOptions } from './warm-start.js';

export interface EmbeddedKafkaOptions {
  /** Where everything of this broker lives. Default: a temporary folder, removed when it stops or when we end. */
  readonly dataDir?: string;
  /** The wanted port; a free one is taken where it is in use. Default: any free one. */
  readonly port?: number;
  /** Broker properties in Kafka's own names, over ours. */
  readonly properties?: Properties;
  /** The JVM's heap in MiB. Default 512. */
  readonly heapMiB?: number;
  /** Names it in messages and in the temporary folder. Default 'kafka'. */
  readonly name?: string;
  /** How long until ready, in milliseconds. Default 60,000. */
  readonly startTimeoutMs?: number;
  /** Is told where it runs, where its data lives and how to wipe them. Default: nobody is. */
  readonly log?: (line: string) => void;
}

export interface EmbeddedKafka {
  /** '127.0.0.1:<port>'; stays the same across `restart`. */
  readonly brokers: string;
  readonly clusterId: string;
  readonly dataDir: string;
  readonly logFile: string;
  /** Of the JVM that runs now, or ran last. */
  readonly pid: number;
  /** Ends it: cleanly where its data is kept, at once where it is removed with it. May be called again. */
  stop(): Promise<void>;
  /** Sends it a signal and, where the signal ends it, waits until it is gone. Its data stays. Default SIGKILL. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /**
   * Starts it again on its data and port after `kill`; ends it cleanly first if it runs. A broker that was killed hard and
   * is back within its session can lose abort markers (design section 6): not for tests of exactly-once.
   */
  restart(): Promise<void>;
}

const cleanStopMs = 10_000;
const startsMax = 3;

/**
 * Starts a broker and returns when it answers clients, which takes about two seconds (longer where its jars are fetched).
 * @throws PRC_EMBEDDED_JAVA_MISSING, PRC_EMBEDDED_JAVA_TOO_OLD, PRC_EMBEDDED_JARS_MISSING, PRC_EMBEDDED_DATA_IN_USE,
 *   PRC_EMBEDDED_KAFKA_ENDED, PRC_EMBEDDED_KAFKA_SLOW
 */
export async function startEmbeddedKafka(options: EmbeddedKafkaOptions = {}): Promise<EmbeddedKafka> {
  const java = findJava();
  const jars = (await findJars()) ?? (await prepareEmbeddedKafka(options.log));
  return start(options, java, jars, []);
}

/**
 * What the first start on a machine needs: the jars, and what makes all later starts quick. The set-up does it ahead of time.
 * @throws PRC_EMBEDDED_JAVA_MISSING, PRC_EMBEDDED_JAVA_TOO_OLD, PRC_EMBEDDED_JARS_MISSING
 */
export async function prepareEmbeddedKafka(log: (line: string) => void = () => {}): Promise<KafkaJars> {
  const java = findJava();
  const jars = await provideJars(log);
  await provideArchive(java, jars, async (jvmOptions) => {
    const kafka = await start({ name: 'kafka-first' }, java, jars, jvmOptions);
    await kafka.kill('SIGTERM');
    await kafka.stop();
  });
  return jars;
}

async function start(
  options: EmbeddedKafkaOptions,
  java: Java,
  jars: KafkaJars,
  jvmOptions: readonly string[],
): Promise<EmbeddedKafka> {
  const { log = () => {}, name = 'kafka' } = options;
  const isTemporary = options.dataDir === undefined;
  const dataDir = isTemporary ? await mkdtemp(join(tmpdir(), `processor-${name}-`)) : resolve(options.dataDir ?? '');
  const node: Node = { options, java, jars, jvmOptions, dataDir, isTemporary };
  const startedAt = performance.now();
  let isEnding = false;
  let running: Running;
  const watch = ({ child }: Running): void => {
    void child.ended.then((code) => {
      if (!isEnding) log(`${name} ended by itself with exit code ${code}; its log is ${logFileOf(dataDir)}`);
    });
  };
  try {
    await prepareFolder(node);
    running = await launchOnFreePort(node, options.port);
    watch(running);
  } catch (error) {
    if (isTemporary) await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  log(
    `${name} is ready on ${addressOf(running.port)} after ${seconds} s (pid ${running.child.pid}, log ${logFileOf(dataDir)})`,
  );
  log(
    `its data lives in ${dataDir} ${isTemporary ? 'and is removed when it stops' : `(to wipe it: rm -rf ${dataDir})`}`,
  );

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const { child } = running;
    isEnding = true;
    child.ref();
    child.signal(signal);
    const isGone = await settlesWithin(child.ended, cleanStopMs);
    if (!isGone) child.signal('SIGKILL');
    await child.ended;
    removePidNote(dataDir);
  };
  return {
    brokers: addressOf(running.port),
    clusterId: running.clusterId,
    dataDir,
    logFile: logFileOf(dataDir),
    get pid() {
      return running.child.pid;
    },
    async stop() {
      await end(isTemporary ? 'SIGKILL' : 'SIGTERM');
      if (isTemporary) await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
    async kill(signal = 'SIGKILL') {
      if (signal === 'SIGKILL' || signal === 'SIGTERM' || signal === 'SIGINT') await end(signal);
      else running.child.signal(signal);
    },
    async restart() {
      await end('SIGTERM');
      running = await launch(node, running.port);
      isEnding = false;
      watch(running);
    },
  };
}

interface Node {
  readonly options: EmbeddedKafkaOptions;
  readonly java: Java;
  readonly jars: KafkaJars;
  readonly jvmOptions: readonly string[];
  readonly dataDir: string;
  readonly isTemporary: boolean;
}

interface Running {
  readonly child: GuardedChild;
  readonly port: number;
  readonly clusterId: string;
}

/** The folder must be ours alone. One whose owner was killed a moment ago is free as soon as its broker has ended. */
async function prepareFolder({ dataDir }: Node): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const deadline = performance.now() + cleanStopMs;
  for (;;) {
    const note = readPidNote(dataDir);
    if (note === undefined) break;
    if (performance.now() > deadline) {
      throw new ProcessorError('PRC_EMBEDDED_DATA_IN_USE', { dataDir, owner: `pid ${note.pid}, port ${note.port}` });
    }
    await wait(100);
  }
  removePidNote(dataDir);
}

async function launchOnFreePort(node: Node, wanted: number | undefined): Promise<Running> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(attempt === 1 ? wanted : undefined);
    try {
      return await launch(node, port);
    } catch (error) {
      const portWasTaken =
        error instanceof ProcessorError && /BindException|Address already in use/.test(error.message);
      if (!portWasTaken || attempt === startsMax) throw error;
    }
  }
}

async function launch(node: Node, port: number): Promise<Running> {
  const { options, java, jars, dataDir } = node;
  const logDir = join(dataDir, 'data');
  const clusterId = await format(logDir, 1, java, jars);
  const controllerPort = await freePort();
  const properties = serverProperties({
    nodeId: 1,
    roles: ['broker', 'controller'],
    listeners: [{ name: 'PLAINTEXT', port }],
    controllerPort,
    controllers: [{ nodeId: 1, port: controllerPort }],
    logDir,
    ...(options.properties && { properties: options.properties }),
  });
  const propertiesFile = join(dataDir, 'server.properties');
  const loggingFile = join(dataDir, 'log4j2.properties');
  const outputFile = join(dataDir, 'jvm.log');
  await writeFile(propertiesFile, properties);
  await writeFile(loggingFile, loggingProperties(logFileOf(dataDir)));
  await writeFile(outputFile, '');
  const logStart = await sizeOf(logFileOf(dataDir));
  const child = await spawnGuarded({
    command: java.path,
    args: [
      ...startOptions,
      `-Xmx${options.heapMiB ?? 512}m`,
      ...(node.jvmOptions.length > 0 ? node.jvmOptions : archiveOptions(java, jars)),
      `-Dlog4j2.configurationFile=${loggingFile}`,
      '-cp',
      jars.classPath.join(':'),
      'kafka.Kafka',
      propertiesFile,
    ],
    outputFile,
    ...(node.isTemporary && { wipe: dataDir }),
  });
  await untilReady(node, child, { port, clusterId, logStart });
  writePidNote(dataDir, { pid: child.pid, port });
  return { child, port, clusterId };
}

/** Ready is a broker of this very cluster that answers a client, not a line in a log. */
async function untilReady(
  node: Node,
  child: GuardedChild,
  { port, clusterId, logStart }: { port: number; clusterId: string; logStart: number },
): Promise<void> {
  const { dataDir, options } = node;
  const { startTimeoutMs: timeoutMs = 60_000 } = options;
  const deadline = performance.now() + timeoutMs;
  let exitCode: number | undefined;
  void child.ended.then((code) => (exitCode = code));
  for (;;) {
    const answer = await askBroker(port);
    if (answer?.clusterId === clusterId && answer.brokerCount > 0) return;
    if (exitCode !== undefined) throw await whyEnded(node, exitCode, logStart);
    if (performance.now() > deadline) {
      child.signal('SIGKILL');
      await child.ended;
      const address = addressOf(port);
      throw new ProcessorError('PRC_EMBEDDED_KAFKA_SLOW', { address, timeoutMs, logFile: logFileOf(dataDir) });
    }
    await wait(20);
  }
}

/** Reads the reason from what this start has logged; what an earlier one logged into the same file is not its fault. */
async function whyEnded({ dataDir, java }: Node, exitCode: number, logStart: number): Promise<ProcessorError> {
  const logFile = logFileOf(dataDir);
  const start = (await sizeOf(logFile)) < logStart ? 0 : logStart; // it has rolled over meanwhile
  const logged = existsSync(logFile) ? (await readFile(logFile)).subarray(start).toString('utf8') : '';
  const said = (await readFile(join(dataDir, 'jvm.log'), 'utf8')) + logged;
  if (/UnsupportedClassVersionError/.test(said)) {
    return new ProcessorError('PRC_EMBEDDED_JAVA_TOO_OLD', { java: java.path, version: java.version ?? 'older' });
  }
  if (/Failed to acquire lock on file/.test(said)) {
    return new ProcessorError('PRC_EMBEDDED_DATA_IN_USE', { dataDir, owner: 'it holds the lock of its log directory' });
  }
  const isTelling = (line: string): boolean => / (ERROR|FATAL) |^(?!\tat |\s*$)\D/.test(line);
  const telling = said.split('\n').filter(isTelling).slice(-8);
  const lastLines = [`exit code ${exitCode}`, ...telling].map((line) => `  ${line.slice(0, 400)}`).join('\n');
  return new ProcessorError('PRC_EMBEDDED_KAFKA_ENDED', { lastLines, logFile, dataDir });
}

async function sizeOf(file: string): Promise<number> {
  return existsSync(file) ? (await stat(file)).size : 0;
}

async function settlesWithin(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const timer = new AbortController();
  const timedOut = wait(timeoutMs, false, { signal: timer.signal }).catch(() => false);
  const settled = await Promise.race([work.then(() => true), timedOut]);
  timer.abort();
  return settled;
}

function logFileOf(dataDir: string): string {
  return join(dataDir, 'kafka.log');
}

function addressOf(port: number): string {
  return `127.0.0.1:${port}`;
}
