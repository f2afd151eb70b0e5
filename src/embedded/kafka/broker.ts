// A real Kafka for development, demo and tests: one node, broker and controller in one JVM, on this machine's loopback only.
// This file owns its life: it starts it, knows when it is ready, and ends it. However our process ends, the broker ends too.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { wakefulClock } from '../../adapters/system-clock.js';
import { ProcessorError } from '../../errors/processor-error.js';
import { isDoneWithin } from '../../ports/within.js';
import { freePort } from './free-port.js';
import { findJars, type KafkaJars, provideJars } from './jars.js';
import { findJava, type Java } from './java.js';
import { addressOf, launchNode, logFileOf, type NodeSettings, type RunningNode } from './node.js';
import { readPidNote, removePidNote } from './pid-file.js';
import type { Listener, Properties, SecurityProtocol } from './server-properties.js';
import { provideArchive } from './warm-start.js';

export interface EmbeddedKafkaOptions {
  /** Where everything of this broker lives. Default: a temporary folder, removed when it stops or when we end. */
  readonly dataDir?: string;
  /** The wanted port; a free one is taken where it is in use. Default: any free one. */
  readonly port?: number;
  /** A proxy of this machine: a second listener tells its clients to come through that port. Default: no such listener. */
  readonly proxyPort?: number;
  /** Further listeners by name, such as one with TLS; what they need besides are `properties`. Default: none. */
  readonly listeners?: Readonly<Record<string, SecurityProtocol>>;
  /** Broker properties in Kafka's own names, over ours. */
  readonly properties?: Properties;
  /** The JVM's heap in MiB. Default 512. */
  readonly heapMiB?: number;
  /** More options of the JVM, behind ours, over which they win: ours make it start quickly. Default: none. */
  readonly jvmOptions?: readonly string[];
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
  /** Where the proxy at `proxyPort` leads to; stays the same across `restart`. */
  readonly proxied: string | undefined;
  /** The address of a further listener; stays the same across `restart`. */
  addressOf(listener: string): string;
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
   * is back within its session can lose abort markers (seen in Kafka 4.3.1): not for tests of exactly-once.
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
  return start(options, java, jars);
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
  training?: readonly string[],
): Promise<EmbeddedKafka> {
  const { log = () => {}, name = 'kafka' } = options;
  const isTemporary = options.dataDir === undefined;
  const dataDir = isTemporary ? await mkdtemp(join(tmpdir(), `processor-${name}-`)) : resolve(options.dataDir ?? '');
  const { heapMiB = 512, startTimeoutMs = 60_000, properties = {}, proxyPort, jvmOptions = [] } = options;
  const place = { dataDir, isTemporary, proxyPort };
  const node: NodeSettings = { java, jars, training, jvmOptions, heapMiB, startTimeoutMs, properties, ...place };
  const startedAt = performance.now();
  let isEnding = false;
  let running: RunningNode;
  const watch = ({ child }: RunningNode): void => {
    void child.ended.then((code) => {
      if (!isEnding) log(`${name} ended by itself with exit code ${code}; its log is ${logFileOf(dataDir)}`);
    });
  };
  try {
    await prepareFolder(dataDir);
    running = await launchOnFreePort(node, options);
    watch(running);
  } catch (error) {
    if (isTemporary) await rm(join(dataDir, 'data'), { recursive: true, force: true }); // its logs stay: the error names them
    throw error;
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  log(
    `${name} is ready on ${addressOf(running.ports.port)} after ${seconds} s (pid ${running.child.pid}, log ${logFileOf(dataDir)})`,
  );
  log(
    `its data lives in ${dataDir} ${isTemporary ? 'and is removed when it stops' : `(to wipe it: rm -rf ${dataDir})`}`,
  );

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const { child } = running;
    isEnding = true;
    child.ref();
    child.signal(signal);
    const isGone = await isDoneWithin(wakefulClock, cleanStopMs, child.ended);
    if (!isGone) child.signal('SIGKILL');
    await child.ended;
    removePidNote(dataDir);
  };
  return {
    brokers: addressOf(running.ports.port),
    proxied: running.ports.proxiedPort === undefined ? undefined : addressOf(running.ports.proxiedPort),
    addressOf(listener) {
      const found = running.ports.further?.find((one) => one.name === listener);
      if (found === undefined) throw new Error(`there is no listener ${listener}`);
      return addressOf(found.port);
    },
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
      running = await launchNode(node, running.ports);
      isEnding = false;
      watch(running);
    },
  };
}

/** The folder must be ours alone. One whose owner was killed a moment ago is free as soon as its broker has ended. */
async function prepareFolder(dataDir: string): Promise<void> {
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

async function launchOnFreePort(node: NodeSettings, options: EmbeddedKafkaOptions): Promise<RunningNode> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(attempt === 1 ? options.port : undefined);
    const taken = [port];
    const another = async (): Promise<number> => {
      taken.push(await freePort(undefined, ...taken));
      return taken.at(-1) as number;
    };
    const proxiedPort = node.proxyPort === undefined ? undefined : await another();
    const further: Listener[] = [];
    for (const [name, protocol] of Object.entries(options.listeners ?? {}))
      further.push({ name, protocol, port: await another() });
    try {
      return await launchNode(node, { port, proxiedPort, further });
    } catch (error) {
      const portWasTaken =
        error instanceof ProcessorError && /BindException|Address already in use/.test(error.message);
      if (!portWasTaken || attempt === startsMax) throw error;
    }
  }
}
