// What a test of processors stands on: the model of Kafka, and processes in it that run the real engine. Who drives it, and what
// goes wrong in it, is for the driver, the simulation and whoever else uses it.

import type { SchemaRegistry } from '../core/codec.js';
import { limits as defaults, type Limits } from '../core/defaults.js';
import type { Topology } from '../core/topology.js';
import type { Crash } from '../engine/crash-point.js';
import type { Fact } from '../engine/facts.js';
import { type Runner, runProcessor } from '../engine/runner.js';
import { Cluster, type ClusterOptions } from '../memory/cluster.js';
import { Kernel, type KernelOptions, Process } from '../memory/kernel.js';
import type { MemberSettings } from '../memory/member.js';
import { MemoryKafka } from '../memory/memory-kafka.js';
import { Network, type NetworkOptions } from '../memory/network.js';
import type { Kafka } from '../ports/kafka.js';

export interface RigOptions extends KernelOptions {
  /** Default: nothing goes wrong, and every way takes a millisecond. */
  readonly network?: (kernel: Kernel) => NetworkOptions;
  /** Default: one broker, whose markers take a millisecond. */
  readonly cluster?: (kernel: Kernel) => Partial<ClusterOptions>;
}

export interface InstanceOptions {
  readonly name: string;
  readonly topologies: readonly Topology[];
  readonly namespace?: string;
  readonly registry?: SchemaRegistry;
  /** What the engine gets for the process. Default: the model's client as it is. */
  readonly kafka?: (process: Process) => Kafka;
  /** Default: those of every processor. */
  readonly limits?: Limits;
  readonly onFact: (fact: Fact) => void;
  /** Is told of every moment of every effect of one processor. */
  readonly crash?: Crash;
}

/** A process that runs processors. */
export interface Instance {
  readonly name: string;
  readonly process: Process;
  /** One for each topology: resolves when it is a member of its group, rejects where it cannot start. */
  readonly runners: readonly Promise<Runner>[];
}

export class Rig {
  readonly kernel: Kernel;
  readonly cluster: Cluster;
  readonly network: Network;

  constructor({ network, cluster, ...options }: RigOptions) {
    this.kernel = new Kernel(options);
    this.cluster = new Cluster(this.kernel, { markerMs: () => latencyMs, ...cluster?.(this.kernel) });
    this.network = new Network(this.kernel, network?.(this.kernel) ?? { latencyMs: () => latencyMs });
  }

  /** The model's client, as a process has it. */
  kafka(process: Process, settings: Partial<MemberSettings> = {}): MemoryKafka {
    const { kernel, cluster, network } = this;
    const { transactionTimeoutMs } = defaults;
    return new MemoryKafka({ kernel, network, cluster, process, transactionTimeoutMs }, settings);
  }

  /** Nothing of it has happened yet when this returns: the kernel has to go on for that. */
  start({
    name,
    topologies,
    namespace = '',
    registry,
    kafka,
    limits = defaults,
    onFact,
    crash,
  }: InstanceOptions): Instance {
    const process = new Process(name);
    const client = kafka?.(process) ?? this.kafka(process);
    const runners = topologies.map((topology) =>
      runProcessor({
        topology,
        kafka: client,
        clock: this.kernel.clockOf(process),
        limits,
        namespace,
        instance: name,
        ...(registry ? { registry } : {}),
        registerSchemas: registry !== undefined,
        // Nobody hears what runs on in a process that is gone.
        onFact: (fact) => process.state !== 'dead' && onFact(fact),
        ...(crash ? { crash } : {}),
      }),
    );
    // Whoever waits for one of them may not have got so far when it fails.
    for (const runner of runners) runner.catch(() => {});
    return { name, process, runners };
  }
}

/** Of one way between a process and a broker, and of a marker's. */
const latencyMs = 1;
