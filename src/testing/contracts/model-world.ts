// The model as the contract's cases see it. Virtual time passes while a case waits: between two events everything that can go on
// does, so that nothing happens while the case itself is at work.

import { setImmediate } from 'node:timers/promises';
import { Cluster, type ClusterOptions } from '../../memory/cluster.js';
import { Kernel, Process } from '../../memory/kernel.js';
import { MemoryKafka } from '../../memory/memory-kafka.js';
import { Network } from '../../memory/network.js';
import type { Kafka } from '../../ports/kafka.js';
import { Member } from './actors.js';
import type { ChangingWorld, ClientOptions } from './world.js';

/** The world, and what stands behind it, for whoever wants to do more to it than a case may. */
export interface ModelWorld extends ChangingWorld {
  readonly kernel: Kernel;
  readonly cluster: Cluster;
  readonly network: Network;
  /** As `client`, in a process that is known. */
  clientOf(process: Process, options?: ClientOptions): Kafka;
  close(): void;
}

export function modelWorld(seed = 1, options: Partial<ClusterOptions> = {}): ModelWorld {
  const kernel = new Kernel({ seed, turn: () => setImmediate(), epochMs: Date.UTC(2026, 0, 1) });
  const cluster = new Cluster(kernel, {
    markerMs: () => kernel.random.between(1, 20),
    // As the broker has it that the same cases run on.
    timeoutLookMs: 500,
    groupTimes: { sessionMs: 3000, heartbeatMs: 300, assignmentMs: 100 },
    ...options,
  });
  const network = new Network(kernel, { latencyMs: () => kernel.random.between(0.5, 3) });
  const world = { isOpen: true };
  let names = 0;
  const unique = (what: string): string => `${what}-${++names}`;
  void (async () => {
    while (world.isOpen) if (!(await kernel.step())) await setImmediate();
  })();
  const clientOf = ({ transactionTimeoutMs = 15_000, ...settings }: ClientOptions, process: Process): MemoryKafka =>
    new MemoryKafka({ kernel, network, cluster, process, transactionTimeoutMs }, { heartbeatMs: 100, ...settings });
  return {
    kernel,
    cluster,
    network,
    clientOf: (process, given = {}) => clientOf(given, process),
    unique,
    clock: kernel.clockOf(new Process('case')),
    client: (given = {}) => Promise.resolve(clientOf(given, new Process(unique('process')))),
    createTopic(partitions) {
      const name = unique('topic');
      cluster.createTopic(name, partitions);
      return Promise.resolve(name);
    },
    growTopic(topic, partitions) {
      cluster.growTopic(topic, partitions);
      return Promise.resolve();
    },
    deleteTopic(topic) {
      cluster.deleteTopic(topic);
      return Promise.resolve();
    },
    remakeTopic(topic, partitions) {
      cluster.remakeTopic(topic, partitions);
      return Promise.resolve();
    },
    deleteRecords(partition, before) {
      cluster.deleteRecords(partition, before);
      return Promise.resolve();
    },
    async createCompactedTopic() {
      const topic = await this.createTopic(1);
      cluster.keepNewest(topic);
      return topic;
    },
    compact(topic) {
      cluster.compact({ topic, partition: 0 });
      return Promise.resolve();
    },
    async mortal({ groupId, topics, client }) {
      const process = new Process(unique('mortal'));
      const clock = kernel.clockOf(process);
      const kafka = clientOf(client, process);
      const member = await Member.open({ ...this, clock }, kafka, groupId, topics);
      void (async () => {
        while (process.state === 'running') await member.poll();
      })();
      return { owned: () => member.owned.size, kill: () => kernel.kill(process) };
    },
    close() {
      world.isOpen = false;
    },
  };
}
