// The processes of a run and what can be done to them: what faults have in their hands, beside the model itself.

import type { TopicPartition } from '../../core/ids.js';
import type { Runner } from '../../engine/runner.js';
import type { Cluster } from '../../memory/cluster.js';
import type { Kernel } from '../../memory/kernel.js';
import type { Network } from '../../memory/network.js';
import { Refusal } from '../../memory/refusal.js';
import type { Instance, Rig } from '../rig.js';
import { type Found, found } from './history.js';
import type { Plan } from './plan.js';

export interface SimulatedInstance extends Instance {
  /** Killed, or asked to stop. */
  isGone: boolean;
}

export interface WorldOptions {
  readonly plan: Plan;
  readonly rig: Rig;
  readonly groups: readonly string[];
  /** Starts a process with this name. */
  readonly start: (name: string) => Instance;
  /** One that was asked to stop has failed at that. */
  readonly stopFailed: (instance: Instance, error: unknown) => void;
  /** For the transcript. */
  readonly tell: (who: string, ...words: readonly string[]) => void;
}

export class World {
  readonly plan: Plan;
  readonly kernel: Kernel;
  readonly cluster: Cluster;
  readonly network: Network;
  readonly groups: readonly string[];
  readonly tell: WorldOptions['tell'];
  isHealed = false;
  /** What was there once, by topic. */
  readonly deleted = new Map<string, readonly Found[]>();
  readonly #start: WorldOptions['start'];
  readonly #stopFailed: WorldOptions['stopFailed'];
  readonly #instances = new Map<string, SimulatedInstance>();
  readonly #undoings: (() => void)[] = [];

  constructor({ plan, rig, groups, start, stopFailed, tell }: WorldOptions) {
    this.plan = plan;
    ({ kernel: this.kernel, cluster: this.cluster, network: this.network } = rig);
    this.groups = groups;
    this.#start = start;
    this.#stopFailed = stopFailed;
    this.tell = tell;
  }

  get instances(): readonly SimulatedInstance[] {
    return [...this.#instances.values()];
  }

  instance(name: string): SimulatedInstance | undefined {
    return this.#instances.get(name);
  }

  /** One of the processes that run now, if any does. */
  pick(which: number): SimulatedInstance | undefined {
    const running = this.instances.filter(({ isGone, process }) => !isGone && process.state === 'running');
    return running[which % Math.max(1, running.length)];
  }

  start(): void {
    const name = `p${this.#instances.size + 1}`;
    this.tell(name, 'starts');
    this.#instances.set(name, { ...this.#start(name), isGone: false });
  }

  /** It is gone as by SIGKILL; another one starts so much later. */
  kill(victim: SimulatedInstance, successorMs: number): void {
    if (victim.process.state === 'dead') return;
    this.kernel.kill(victim.process);
    this.#succeed(victim, successorMs);
  }

  /** It is asked to stop; another one starts so much later. */
  stop(victim: SimulatedInstance, successorMs: number): void {
    if (victim.isGone) return;
    for (const starting of victim.runners) void this.#stopRunner(victim, starting);
    this.#succeed(victim, successorMs);
  }

  /** The log begins behind what the group has committed from now on. */
  deleteDone(groupId: string, partition: TopicPartition): void {
    const log = this.cluster.log(partition);
    const before = Math.min(this.#committed(groupId, partition), log.stable);
    if (before <= log.low) return;
    const { records } = log.read({ offset: log.low, recordsMax: before - log.low, isCommitted: true });
    const gone = records.filter(({ offset }) => offset < before).map((record) => found(partition, record));
    this.deleted.set(partition.topic, [...(this.deleted.get(partition.topic) ?? []), ...gone]);
    this.cluster.deleteRecords(partition, before);
  }

  /** It does nothing for so long, or until all heals. */
  pause({ name, process }: SimulatedInstance, ms: number): void {
    this.kernel.pause(process);
    const resume = (): void => {
      if (process.state !== 'paused') return;
      this.tell(name, 'goes on');
      this.kernel.resume(process);
    };
    this.kernel.schedule(ms, resume);
    this.whenHealed(resume);
  }

  /** Called once when nothing goes wrong any more: whatever lasts is to be undone then. */
  whenHealed(undo: () => void): void {
    this.#undoings.push(undo);
  }

  heal(): void {
    this.isHealed = true;
    this.tell('-', 'all heals');
    for (const undo of this.#undoings.splice(0)) undo();
  }

  /** Nothing of any process goes on. */
  end(): void {
    for (const { process } of this.#instances.values()) this.kernel.kill(process);
  }

  async #stopRunner(victim: SimulatedInstance, starting: Promise<Runner>): Promise<void> {
    // Whoever has started it hears where it cannot start; there is nothing to stop then.
    const runner = await starting.catch(() => undefined);
    try {
      await runner?.stop();
    } catch (error) {
      this.#stopFailed(victim, error);
    }
  }

  #committed(groupId: string, partition: TopicPartition): number {
    try {
      return this.cluster.group(groupId).committed(partition)?.offset ?? 0;
    } catch (error) {
      // A transaction has another one in hand: nobody can tell yet.
      if (error instanceof Refusal) return 0;
      throw error;
    }
  }

  #succeed(victim: SimulatedInstance, successorMs: number): void {
    // Whoever was asked to stop and is killed meanwhile has its successor already.
    if (victim.isGone) return;
    victim.isGone = true;
    this.kernel.schedule(successorMs, () => this.start());
  }
}
