// One JVM of a Kafka cluster: what it is started with, when it is ready, and why it ended if it never was.

import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ProcessorError } from '../../errors/processor-error.js';
import { freePort } from './free-port.js';
import { type GuardedChild, spawnGuarded } from './guard.js';
import type { KafkaJars } from './jars.js';
import type { Java } from './java.js';
import { askBroker, isListening } from './metadata-request.js';
import { writePidNote } from './pid-file.js';
import {
  type Listener,
  loggingProperties,
  type NodeLayout,
  type Properties,
  serverProperties,
} from './server-properties.js';
import { archiveOptions, format, startOptions } from './warm-start.js';

export interface NodeSettings {
  readonly java: Java;
  readonly jars: KafkaJars;
  /** Options of the JVM in place of those that use the shared archive. */
  readonly training?: readonly string[] | undefined;
  /** More of them, behind all others. */
  readonly jvmOptions?: readonly string[];
  readonly heapMiB: number;
  readonly startTimeoutMs: number;
  readonly properties: Properties;
  readonly dataDir: string;
  /** Whether the data folder goes when our process ends before the node does. */
  readonly isTemporary: boolean;
  /** The port of a proxy, to which its second listener sends clients. */
  readonly proxyPort?: number | undefined;
  /** Default: it is all there is, broker and controller in one. */
  readonly place?: NodePlace;
}

/** What a node is among others that share a cluster. */
export interface NodePlace {
  readonly clusterId: string;
  readonly nodeId: number;
  readonly role: 'broker' | 'controller';
  readonly controller: { readonly nodeId: number; readonly port: number };
}

/** Where a node listens: for clients, for a proxy where one stands in front of it, and for whom it asks who they are. */
export interface NodePorts {
  readonly port: number;
  readonly proxiedPort?: number | undefined;
  readonly further?: readonly Listener[];
}

export interface RunningNode {
  readonly child: GuardedChild;
  readonly ports: NodePorts;
  readonly clusterId: string;
}

/** Starts a node and returns when it answers clients on its port, or, where it is a controller only, when it listens. */
export async function launchNode(node: NodeSettings, ports: NodePorts): Promise<RunningNode> {
  const { java, jars, dataDir } = node;
  const { port } = ports;
  const logDir = join(dataDir, 'data');
  const clusterId = await format(logDir, java, jars, node.place);
  const properties = serverProperties({ ...(await layout(node, ports)), logDir, properties: node.properties });
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
      `-Xmx${node.heapMiB}m`,
      ...(node.training ?? archiveOptions(java, jars)),
      ...(node.jvmOptions ?? []),
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
  return { child, ports, clusterId };
}

/** Its place among others, or both roles in one. */
async function layout({ place, proxyPort }: NodeSettings, ports: NodePorts): Promise<Omit<NodeLayout, 'logDir'>> {
  if (place === undefined) {
    const own = { nodeId: 1, port: await freePort(undefined, ...listened(ports)) };
    const both = { roles: ['broker', 'controller'], controllerPort: own.port, controllers: [own] } as const;
    return { nodeId: own.nodeId, listeners: listeners(ports, proxyPort), ...both };
  }
  const { nodeId, role, controller } = place;
  const common = { nodeId, roles: [role], controllers: [controller] };
  if (role === 'controller') return { ...common, listeners: [], controllerPort: controller.port };
  return { ...common, listeners: listeners(ports, proxyPort) };
}

function listeners({ port, proxiedPort, further = [] }: NodePorts, proxyPort: number | undefined): Listener[] {
  const own: Listener = { name: 'PLAINTEXT', port };
  if (proxiedPort === undefined || proxyPort === undefined) return [own, ...further];
  return [own, { name: 'PROXIED', port: proxiedPort, advertisedPort: proxyPort }, ...further];
}

function listened({ port, proxiedPort, further = [] }: NodePorts): number[] {
  return [port, ...(proxiedPort === undefined ? [] : [proxiedPort]), ...further.map((listener) => listener.port)];
}

/** Ready is a broker of this very cluster that answers a client, or a controller that listens; not a line in a log. */
async function untilReady(
  node: NodeSettings,
  child: GuardedChild,
  { port, clusterId, logStart }: { port: number; clusterId: string; logStart: number },
): Promise<void> {
  const { dataDir, startTimeoutMs: timeoutMs } = node;
  const deadline = performance.now() + timeoutMs;
  let exitCode: number | undefined;
  void child.ended.then((code) => (exitCode = code));
  for (;;) {
    if (node.place?.role === 'controller') {
      if (await isListening(port)) return;
    } else {
      const answer = await askBroker(port);
      if (answer?.clusterId === clusterId && answer.brokerCount > 0) return;
    }
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
async function whyEnded({ dataDir, java }: NodeSettings, exitCode: number, logStart: number): Promise<ProcessorError> {
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

export function logFileOf(dataDir: string): string {
  return join(dataDir, 'kafka.log');
}

export function addressOf(port: number): string {
  return `127.0.0.1:${port}`;
}
