// The instances of a driver: processes of the model, each of which runs all its processors, what is to befall them, and what has
// ended them.

import type { SchemaRegistry } from '../core/codec.js';
import { limits } from '../core/defaults.js';
import { groupId } from '../core/ids.js';
import type { Topology } from '../core/topology.js';
import { type Crash, type CrashPointName, crashPointAt, crashPointNames } from '../engine/crash-point.js';
import type { Fact } from '../engine/facts.js';
import type { Runner } from '../engine/runner.js';
import { invalidOption, requireOptions } from '../errors/options.js';
import { ProcessorError } from '../errors/processor-error.js';
import type { Process } from '../memory/kernel.js';
import { HeardTasks } from './heard-tasks.js';
import type { Instance, Rig } from './rig.js';
import type { HandlersUnderWay } from './watched-topology.js';

/** When it happens. Default: at once. */
export interface AtPoint {
  /** The engine's moment, in whichever partition it comes first. */
  readonly at?: CrashPointName;
  /** Which time it is that counts. Default: 1. */
  readonly nth?: number;
}

export interface DriverInstancesSetup {
  readonly rig: Rig;
  readonly topologies: readonly Topology[];
  readonly namespace: string;
  readonly registry: SchemaRegistry;
  readonly handlers: HandlersUnderWay;
  readonly onFact: (instance: string, fact: Fact) => void;
  readonly onGone: (instance: string) => void;
}

interface Running {
  readonly process: Process;
  readonly starting: Instance['runners'];
  readonly runners: Runner[];
  /** What has ended one of its processors, or kept it from starting. */
  failure: Error | undefined;
}

/** What is to befall an instance at one of the engine's moments. */
interface Planned {
  readonly what: 'crash' | 'pause';
  /** As the test has called for it. */
  readonly call: string;
  readonly instance: Running;
  readonly at: CrashPointName;
  readonly run: () => void;
  /** How many times the moment has yet to come. */
  left: number;
}

export class DriverInstances {
  readonly tasks = new HeardTasks();
  readonly #setup: DriverInstancesSetup;
  readonly #running = new Map<string, Running>();
  /** Those that have not struck yet. */
  #planned: readonly Planned[] = [];

  constructor(setup: DriverInstancesSetup) {
    this.#setup = setup;
  }

  get names(): readonly string[] {
    return [...this.#running.keys()];
  }

  /** What has ended a processor of an instance that is still there. */
  get failure(): Error | undefined {
    for (const { failure } of this.#running.values()) if (failure) return failure;
    return undefined;
  }

  /** Whether anybody waits for what it does: nobody waits for one that is stopped in its tracks. */
  isGoing(name: string): boolean {
    return this.#running.get(name)?.process.state === 'running';
  }

  hasStarted(name: string): boolean {
    const instance = this.#running.get(name);
    return instance !== undefined && instance.runners.length === instance.starting.length;
  }

  /** Nothing of it has happened yet when this returns. @throws PRC_TEST_INSTANCE_KNOWN */
  start(name: string): void {
    if (this.#running.has(name)) throw new ProcessorError('PRC_TEST_INSTANCE_KNOWN', { name });
    const { rig, topologies, handlers, namespace, registry } = this.#setup;
    const { process, runners: starting } = rig.start({
      name,
      topologies: topologies.map((topology) => handlers.watch(topology, name)),
      namespace,
      registry,
      onFact: (fact) => this.#heard(name, fact),
      crash: (moment, effect) => this.#passed(name, moment, effect),
    });
    const instance: Running = { process, starting, runners: [], failure: undefined };
    this.#running.set(name, instance);
    for (const one of starting)
      one.then(
        (runner) => void instance.runners.push(runner),
        (error: Error) => (instance.failure ??= error),
      );
  }

  /** As SIGKILL. */
  crash(name: string, when: AtPoint = {}): void {
    this.#plan('crash', name, when, () => {
      this.#setup.rig.kernel.kill(this.#of(name).process);
      this.#gone(name);
    });
  }

  /** As SIGSTOP. */
  pause(name: string, when: AtPoint = {}): void {
    this.#plan('pause', name, when, () => this.#setup.rig.kernel.pause(this.#of(name).process));
  }

  resume(name: string): void {
    this.#setup.rig.kernel.resume(this.#of(name).process);
  }

  /** As SIGTERM: begins to stop. Gives back whether it has ended, for as often as it is asked. */
  stop(name: string): () => boolean {
    const { runners, process } = this.#of(name);
    this.#setup.rig.kernel.resume(process);
    let isDone = false;
    void Promise.all(runners.map((runner) => runner.stop())).then(() => (isDone = true));
    return () => {
      if (isDone) this.#gone(name);
      return isDone;
    };
  }

  /** What was called for and has not struck: its moment did not come, or its instance was gone before. */
  get unstruck(): readonly string[] {
    return this.#planned.map(({ call, at, left }) => `${call}: ${left} more of '${at}' would have had to come`);
  }

  /** Whether all partitions are open, and each instance that goes on has some of them if there are enough. */
  isShared(): boolean {
    const { topologies, rig } = this.#setup;
    const going = this.names.filter((name) => this.isGoing(name));
    return topologies.every(({ name, subtopologies }) => {
      const partitions = subtopologies.flatMap(({ source: { topic } }) =>
        Array.from({ length: rig.cluster.partitionsOf(topic.name) }, (_, partition) => ({
          topic: topic.name,
          partition,
        })),
      );
      const owners = partitions.map((partition) => this.tasks.ownerOf(name, partition));
      if (owners.includes(undefined)) return false;
      return partitions.length < going.length || going.every((instance) => owners.includes(instance));
    });
  }

  /** @throws PRC_TEST_INSTANCE_UNKNOWN */
  require(name: string): void {
    this.#of(name);
  }

  #plan(what: 'crash' | 'pause', name: string, when: AtPoint, run: () => void): void {
    const owner = `${what}()`;
    requireOptions(owner, when, ['at', 'nth']);
    const instance = this.#of(name);
    const { at, nth = 1 } = when;
    if (!Number.isSafeInteger(nth) || nth < 1)
      throw invalidOption(owner, 'nth', nth, 'It is a whole number, 1 or more.');
    if (at === undefined) {
      if (when.nth !== undefined)
        throw invalidOption(
          owner,
          'nth',
          nth,
          `It counts how often a moment comes: say which, { at: 'begun', nth: ${nth} }.`,
        );
      // One that is gone now gets to no moment any more, and whoever ends it knows that.
      if (what === 'crash')
        this.#planned = this.#planned.filter((one) => one.instance !== instance || one.what !== 'crash');
      return run();
    }
    if (!crashPointNames.includes(at))
      throw invalidOption(owner, 'at', at, `It is one of ${crashPointNames.join(', ')}.`);
    const call = `${what}('${name}', { at: '${at}'${nth > 1 ? `, nth: ${nth}` : ''} })`;
    this.#planned = [...this.#planned, { what, call, instance, at, left: nth, run }];
  }

  #passed(name: string, ...[moment, effect]: Parameters<Crash>): void {
    if (this.#planned.length === 0) return;
    const instance = this.#running.get(name);
    const point = crashPointAt(moment, effect);
    const due = this.#planned.filter((one) => one.instance === instance && one.at === point && --one.left === 0);
    this.#planned = this.#planned.filter((one) => !due.includes(one));
    for (const { run } of due) {
      // The call has just been given to the client: half a way later its request is under way.
      if (moment === 'during') this.#setup.rig.kernel.schedule(onItsWayMs, run, instance?.process);
      // Whoever is paused and killed at one moment is there for the first of the two.
      else if (this.#running.get(name) === instance) run();
    }
  }

  #heard(name: string, fact: Fact): void {
    const { rig, namespace, onFact } = this.#setup;
    const instance = this.#running.get(name);
    if (instance && fact.fact === 'processor-failed') instance.failure ??= fact.error;
    this.tasks.hear(name, fact, {
      nowMs: rig.kernel.nowMs,
      waitMsMax: limits.waitInBatchMsMax,
      committed: (processor, partition) =>
        rig.cluster.group(groupId(namespace, processor)).committed(partition)?.offset ?? 0,
    });
    onFact(name, fact);
  }

  #gone(name: string): void {
    if (!this.#running.delete(name)) return;
    this.tasks.forget(name);
    this.#setup.onGone(name);
  }

  #of(name: string): Running {
    const instance = this.#running.get(name);
    if (instance === undefined)
      throw new ProcessorError('PRC_TEST_INSTANCE_UNKNOWN', { name, known: this.names.join(', ') || 'none' });
    return instance;
  }
}

/** Less than a way to the brokers takes. */
const onItsWayMs = 0.5;
