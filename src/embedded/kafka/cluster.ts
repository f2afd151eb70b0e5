// Several brokers on this machine, for tests of what happens when one of them dies: each a process of its own, and the
// controller another one that nobody kills. (Where broker and controller share a process that is killed hard and comes back
// within its session, Kafka 4.3.1 can lose abort markers: see broker.ts.) However our process ends, they end too.

import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { prepareEmbeddedKafka } from './broker.js';
import { freePort } from './free-port.js';
import { findJars } from './jars.js';
import { findJava } from './java.js';
import { askBroker } from './metadata-request.js';
import { addressOf, launchNode, logFileOf, type NodePorts, type NodeSettings, type RunningNode } from './node.js';
import type { Properties } from './server-properties.js';
import { newId } from './warm-start.js';

export interface EmbeddedClusterOptions {
  /** At least 2: who else would notice that one is gone? Default 3: of three replicas two must be in sync. */
  readonly brokers?: number;
  /** Proxies of this machine, one for each broker: a second listener tells its clients to come through that port. */
  readonly proxyPorts?: readonly number[];
  /** Broker properties in Kafka's own names, over ours; the controller gets them too. */
  readonly properties?: Properties;
  /** The heap of each JVM in MiB. Default 384. */
  readonly heapMiB?: number;
  /** Names it in messages and in the temporary folder. Default 'cluster'. */
  readonly name?: string;
  readonly startTimeoutMs?: number;
}

export interface EmbeddedCluster {
  /** The addresses of all brokers; they stay the same. */
  readonly brokers: string;
  readonly nodes: readonly ClusterBroker[];
  readonly controllerPid: number;
  /** Temporary: removed when the cluster stops. */
  readonly dataDir: string;
  /** How many brokers the cluster holds to be alive; asks those that are. */
  liveCount(): Promise<number>;
  /**
   * What is in the brokers' logs if the run is worth nothing: Kafka lost track of a leader by itself and dropped markers.
   * Undefined where nothing is.
   */
  brokenBy(): string | undefined;
  /** Ends all processes at once and removes their data. May be called again. */
  stop(): Promise<void>;
}

export interface ClusterBroker {
  readonly nodeId: number;
  readonly address: string;
  /** Where its proxy leads to, where it has one. */
  readonly proxied: string | undefined;
  readonly logFile: string;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  readonly isAlive: boolean;
  /** SIGSTOP, SIGCONT. */
  signal(signal: NodeJS.Signals): void;
  /** Hard or clean; resolves when the process is gone. Its data stays. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /**
   * Starts it again on its data and port, when the controller has noticed that it was gone; resolves when it answers
   * clients and the cluster counts it again.
   */
  start(): Promise<void>;
}

/** Starts the controller and the brokers; resolves when all of them know each other. Errors as `startEmbeddedKafka`. */
export async function startEmbeddedCluster(options: EmbeddedClusterOptions = {}): Promise<EmbeddedCluster> {
  const { brokers: count = 3, heapMiB = 384, name = 'cluster', startTimeoutMs = 60_000 } = options;
  const java = findJava();
  const jars = (await findJars()) ?? (await prepareEmbeddedKafka());
  const dataDir = await mkdtemp(join(tmpdir(), `processor-${name}-`));
  const replicas = Math.min(count, 3);
  const controller = { nodeId: 100, port: await lowPort([]) };
  const clusterId = newId();
  const common = { java, jars, startTimeoutMs, isTemporary: true };
  const settings = (
    nodeId: number,
    role: 'broker' | 'controller',
    nodeHeapMiB: number,
    proxyPort?: number,
  ): NodeSettings => ({
    ...common,
    proxyPort,
    heapMiB: nodeHeapMiB,
    properties: { ...replicated(replicas), ...options.properties },
    dataDir: join(dataDir, `${role}-${nodeId}`),
    place: { clusterId, nodeId, role, controller },
  });
  const ports: number[] = [controller.port];
  for (let i = 0; i < count; i++) ports.push(await lowPort(ports));
  const proxiedPorts: number[] = [];
  for (const _ of options.proxyPorts ?? []) proxiedPorts.push(await lowPort([...ports, ...proxiedPorts]));
  const launched: Node[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(launched.map((node) => node.end('SIGKILL')));
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const nodes = ports.map((port, i) =>
      i === 0
        ? new Node(settings(controller.nodeId, 'controller', 256), { port })
        : new Node(settings(i, 'broker', heapMiB, options.proxyPorts?.[i - 1]), {
            port,
            proxiedPort: proxiedPorts[i - 1],
          }),
    );
    launched.push(...nodes);
    // All of them, so that none comes up after a failure has ended the others.
    const failed = (await Promise.allSettled(nodes.map((node) => node.launch()))).find(isRejected);
    if (failed !== undefined) throw failed.reason;
    const [controllerNode, ...brokerNodes] = nodes as [Node, ...Node[]];
    const cluster = new Cluster(dataDir, controllerNode, brokerNodes, startTimeoutMs, stop);
    await cluster.untilCounted(count);
    return cluster;
  } catch (error) {
    await Promise.all(launched.map((node) => node.end('SIGKILL')));
    // Their logs stay: the error names them.
    for (const node of launched) await rm(join(node.settings.dataDir, 'data'), { recursive: true, force: true });
    throw error;
  }
}

/** One process at a time under one name. */
class Node {
  readonly settings: NodeSettings;
  readonly ports: NodePorts;
  isAlive = false;
  #running: RunningNode | undefined;

  constructor(settings: NodeSettings, ports: NodePorts) {
    this.settings = settings;
    this.ports = ports;
  }

  get port(): number {
    return this.ports.port;
  }

  async launch(): Promise<void> {
    await mkdir(this.settings.dataDir, { recursive: true });
    const running = await launchNode(this.settings, this.ports);
    this.#running = running;
    this.isAlive = true;
    void running.child.ended.finally(() => {
      if (this.#running === running) this.isAlive = false;
    });
  }

  get pid(): number {
    return this.#running?.child.pid ?? -1;
  }

  get logFile(): string {
    return logFileOf(this.settings.dataDir);
  }

  signal(signal: NodeJS.Signals): void {
    this.#running?.child.signal(signal);
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#running?.child;
    if (child === undefined) return;
    child.ref();
    child.signal(signal);
    // One that was stopped hears nothing else.
    if (signal === 'SIGTERM') child.signal('SIGCONT');
    await child.ended;
    this.isAlive = false;
  }
}

class Cluster implements EmbeddedCluster {
  readonly brokers: string;
  readonly dataDir: string;
  readonly nodes: readonly ClusterBroker[];
  readonly stop: () => Promise<void>;
  readonly #controller: Node;
  readonly #brokers: readonly Node[];
  readonly #timeoutMs: number;

  constructor(
    dataDir: string,
    controller: Node,
    brokers: readonly Node[],
    timeoutMs: number,
    stop: () => Promise<void>,
  ) {
    this.dataDir = dataDir;
    this.#controller = controller;
    this.#brokers = brokers;
    this.#timeoutMs = timeoutMs;
    this.stop = stop;
    this.brokers = brokers.map(({ port }) => addressOf(port)).join(',');
    this.nodes = brokers.map((node) => this.#handle(node));
  }

  get controllerPid(): number {
    return this.#controller.pid;
  }

  async liveCount(): Promise<number> {
    const answers = await Promise.all(
      this.#brokers.filter(({ isAlive }) => isAlive).map(({ port }) => askBroker(port)),
    );
    return Math.max(0, ...answers.map((answer) => answer?.brokerCount ?? 0));
  }

  brokenBy(): string | undefined {
    for (const { logFile } of [this.#controller, ...this.#brokers]) {
      if (!existsSync(logFile)) continue;
      const line = readFileSync(logFile, 'utf8')
        .split('\n')
        .find((text) => /Couldn't find leader endpoint .* likely deleted/.test(text));
      if (line !== undefined) return line;
    }
    return undefined;
  }

  async untilCounted(count: number): Promise<void> {
    await this.#until(`the cluster counts ${count} brokers`, async () => (await this.liveCount()) >= count);
    // Each for itself: a client may ask any of them.
    for (const node of this.#brokers)
      if (node.isAlive)
        await this.#until(
          `${addressOf(node.port)} counts ${count} brokers`,
          async () => ((await askBroker(node.port))?.brokerCount ?? 0) >= count,
        );
  }

  #handle(node: Node): ClusterBroker {
    return {
      nodeId: node.settings.place?.nodeId ?? -1,
      address: addressOf(node.port),
      proxied: node.ports.proxiedPort === undefined ? undefined : addressOf(node.ports.proxiedPort),
      logFile: node.logFile,
      get pid() {
        return node.pid;
      },
      get isAlive() {
        return node.isAlive;
      },
      signal: (signal) => node.signal(signal),
      end: (signal) => node.end(signal),
      start: () => this.#startAgain(node),
    };
  }

  async #startAgain(node: Node): Promise<void> {
    const alive = this.#brokers.filter(({ isAlive }) => isAlive).length;
    // Back before that, it would meet its own former self.
    if (alive > 0)
      await this.#until(`the cluster has noticed that ${addressOf(node.port)} is gone`, async () => {
        const count = await this.liveCount();
        return count > 0 && count <= alive;
      });
    await node.launch();
    await this.untilCounted(alive + 1);
  }

  async #until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + this.#timeoutMs;
    while (!(await condition())) {
      if (performance.now() > deadline)
        throw new Error(`within ${this.#timeoutMs} ms not: ${what}; logs: ${this.dataDir}`);
      await wait(20);
    }
  }
}

function isRejected(result: PromiseSettledResult<void>): result is PromiseRejectedResult {
  return result.status === 'rejected';
}

function replicated(replicas: number): Properties {
  const inSync = Math.max(1, replicas - 1);
  return {
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
  };
}

/**
 * A free port below those that the system gives to outgoing connections: a broker that is away for a while must find its port
 * again, whatever its clients do meanwhile.
 */
function lowPort(except: readonly number[]): Promise<number> {
  return freePort(20_000 + Math.floor(Math.random() * 10_000), ...except);
}
