// The model as the contract's cases see it. Virtual time passes while a case waits: between two events everything that can go on
// does, so that nothing happens while the case itself is at work.

import { setImmediate } from 'node:timers/promises';
import { Cluster } from '../../src/memory/cluster.js';
import { Kernel, Process } from '../../src/memory/kernel.js';
import { MemoryKafka } from '../../src/memory/memory-kafka.js';
import { Network } from '../../src/memory/network.js';
import type { ContractWorld } from '../../src/testing/contracts/index.js';

export function modelWorld(seed = 1): ContractWorld & { close(): void } {
  const kernel = new Kernel({ seed, turn: () => setImmediate(), epochMs: Date.UTC(2026, 0, 1) });
  const cluster = new Cluster(kernel, { markerMs: () => kernel.random.between(1, 20) });
  const network = new Network(kernel, { latencyMs: () => kernel.random.between(0.5, 3) });
  const world = { isOpen: true };
  let names = 0;
  const unique = (what: string): string => `${what}-${++names}`;
  void (async () => {
    while (world.isOpen) if (!(await kernel.step())) await setImmediate();
  })();
  return {
    unique,
    clock: kernel.clockOf(new Process('case')),
    client: ({ transactionTimeoutMs = 15_000 } = {}) =>
      Promise.resolve(
        new MemoryKafka({ kernel, network, cluster, process: new Process(unique('process')), transactionTimeoutMs }),
      ),
    createTopic(partitions) {
      const name = unique('topic');
      cluster.createTopic(name, partitions);
      return Promise.resolve(name);
    },
    close() {
      world.isOpen = false;
    },
  };
}
