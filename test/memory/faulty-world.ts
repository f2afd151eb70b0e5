// A client of the model that does wrong what a test says. Virtual time passes while a test waits.

import { setImmediate } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { ChooseFault } from '../../src/memory/client-faults.js';
import { Cluster } from '../../src/memory/cluster.js';
import { faultyClient } from '../../src/memory/faulty-client.js';
import { Kernel, Process } from '../../src/memory/kernel.js';
import { MemoryKafka } from '../../src/memory/memory-kafka.js';
import { Network, type NetworkOptions } from '../../src/memory/network.js';
import type { Clock } from '../../src/ports/clock.js';
import type { Kafka } from '../../src/ports/kafka.js';
import { isDoneWithin } from '../../src/ports/within.js';
import { Member, Owner } from '../../src/testing/contracts/actors.js';
import type { ContractWorld } from '../../src/testing/contracts/index.js';

export interface FaultyWorld {
  readonly world: ContractWorld;
  readonly clock: Clock;
  /** The one that does wrong. */
  readonly kafka: Kafka;
  /** One that does not. */
  readonly calm: Kafka;
  /** From now on this fault strikes, the first time that it can if no number is given. */
  strike(name: string, how?: { readonly ms?: number; readonly times?: number }): void;
  isDoneWithin(ms: number, work: Promise<unknown>): Promise<boolean>;
}

export function faultyWorld(faultOf?: NetworkOptions['faultOf']): FaultyWorld {
  const kernel = new Kernel({ seed: 1, turn: () => setImmediate(), epochMs: Date.UTC(2026, 0, 1) });
  const cluster = new Cluster(kernel, { markerMs: () => 5 });
  const network = new Network(kernel, { latencyMs: () => 1, ...(faultOf && { faultOf }) });
  const time = { isOver: false };
  let names = 0;
  onTestFinished(() => void (time.isOver = true));
  void (async () => {
    while (!time.isOver) if (!(await kernel.step())) await setImmediate();
  })();
  const clock = kernel.clockOf(new Process('test'));
  const unique = (what: string): string => `${what}-${++names}`;
  const client = (): Kafka =>
    new MemoryKafka({
      kernel,
      network,
      cluster,
      process: new Process(unique('process')),
      transactionTimeoutMs: 15_000,
    });
  const calm = client();
  const strikes: { readonly name: string; readonly ms: number; left: number }[] = [];
  const choose: ChooseFault = (_, faults) => {
    for (const strike of strikes) {
      const of = faults.find(({ name }) => name === strike.name);
      if (of && strike.left-- > 0) return { of, ms: strike.ms };
    }
    return undefined;
  };
  return {
    world: {
      clock,
      unique,
      client: () => Promise.resolve(client()),
      createTopic(partitions) {
        const name = unique('topic');
        cluster.createTopic(name, partitions);
        return Promise.resolve(name);
      },
    },
    clock,
    kafka: faultyClient(client(), { clock, choose }),
    calm,
    strike: (name, { ms = 0, times = 1 } = {}) => void strikes.push({ name, ms, left: times }),
    isDoneWithin: (ms, work) => isDoneWithin(clock, ms, work),
  };
}

/** An owner whose client does wrong, and a reader of its topic, from the beginning on, whose client does not. */
export async function ownerAndReader(of: FaultyWorld): Promise<{ topic: string; owner: Owner; reader: Member }> {
  const { world, kafka, calm } = of;
  const topic = await world.createTopic(1);
  const owner = await Owner.open(kafka, world.unique('owner'));
  const reader = await Member.join(world, calm, { groupId: world.unique('group'), topics: [topic], partitions: 1 });
  reader.readFrom(0);
  return { topic, owner, reader };
}

/** A member whose client does wrong, of a group of its own; its topic holds these records. */
export async function faultyMember(
  { world, kafka, calm }: FaultyWorld,
  { records, partitions = 1 }: { records: readonly string[]; partitions?: number },
): Promise<{ topic: string; groupId: string; member: Member; writer: Owner }> {
  const topic = await world.createTopic(partitions);
  const writer = await Owner.open(calm, world.unique('writer'));
  if (records.length > 0) await writer.write(topic, records);
  const groupId = world.unique('group');
  const member = await Member.join(world, kafka, { groupId, topics: [topic], partitions });
  return { topic, groupId, member, writer };
}
