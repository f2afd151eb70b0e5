// The instances of both processors: so many of each are to be alive, whatever happens to them. One that ends by itself is told of
// and started again, as whoever runs processors would; the run is not a good one then.

import { existsSync, readFileSync } from 'node:fs';
import type { Limits } from '../../src/core/defaults.js';
import type { InstancePlan } from '../instance.js';
import type { Step } from '../step.js';
import { steps } from '../steps.js';
import { timeouts } from './bounds.js';
import { membership, type Protocol } from './membership.js';
import type { ChaosProcess, Processes } from './process.js';

export interface Instance {
  readonly step: Step;
  /** Nobody else who is alive has this name in the group. */
  readonly member: string;
  readonly process: ChaosProcess;
}

export interface FleetPlan {
  readonly brokers: string;
  readonly protocol: Protocol;
  /** The processors that it runs. Default: both. */
  readonly steps?: readonly Step[];
}

export class Fleet {
  /** What nobody had asked for, in sentences. */
  readonly troubles: string[] = [];
  /** How many had stopped and were then killed by their own guard, because a call to a broker that is away did not return. */
  forcedEnds = 0;
  readonly steps: readonly Step[];
  readonly protocol: Protocol;
  readonly #processes: Processes;
  readonly #brokers: string;
  readonly #instances = new Set<Instance>();
  readonly #members = new Set<string>();
  readonly #isMeantToEnd = new Set<ChaosProcess>();
  #starts = 0;
  #isOver = false;

  constructor(processes: Processes, plan: FleetPlan) {
    this.#processes = processes;
    this.#brokers = plan.brokers;
    this.protocol = plan.protocol;
    this.steps = plan.steps ?? steps;
  }

  async start(step: Step, environment: Readonly<Record<string, string>> = {}): Promise<Instance> {
    // Names are told apart across fleets, too: they are those of files.
    const name = `${step.processor}-${this.protocol}-${++this.#starts}`;
    const member = this.#freeMember(step);
    const settings = membership(this.protocol, timeouts.sessionMs, member);
    const limits: Partial<Limits> = { transactionTimeoutMs: timeouts.transactionMs };
    const process = await this.#processes.start<InstancePlan>(
      name,
      'chaos/instance.ts',
      {
        processor: step.processor as InstancePlan['processor'],
        brokers: this.#brokers,
        name,
        settings,
        limits,
        abortShare: 0.1,
      },
      environment,
    );
    const instance = { step, member, process };
    this.#instances.add(instance);
    void process.ended.then((code) => this.#ended(instance, code));
    return instance;
  }

  /** Whoever starts takes the place of somebody who has gone, if there is one. */
  #freeMember({ processor }: Step): string {
    let number = 1;
    while (this.#members.has(`${processor}-${number}`)) number++;
    const member = `${processor}-${number}`;
    this.#members.add(member);
    return member;
  }

  /** One that kills itself at a crash point when it has got there; nothing that it does is counted upon. */
  async startDoomed(step: Step, crashAt: string): Promise<Instance> {
    const doomed = await this.start(step, { CRASH_AT: crashAt });
    this.#isMeantToEnd.add(doomed.process);
    return doomed;
  }

  /** Those that are alive, not frozen and not about to end, in the order of their start. */
  working(step?: Step): readonly Instance[] {
    return [...this.#instances].filter(
      (one) =>
        !one.process.isStopped && !this.#isMeantToEnd.has(one.process) && (step === undefined || one.step === step),
    );
  }

  async kill({ process }: Instance): Promise<void> {
    this.#isMeantToEnd.add(process);
    await process.end('SIGKILL');
  }

  /** Asks it to stop; it must end well, and in time. One that has not got to its first line yet may just end. */
  async stop(instance: Instance): Promise<void> {
    const { process } = instance;
    this.#isMeantToEnd.add(process);
    const code = await process.stop();
    if (hasCrashed(instance) || (code === terminated && !existsSync(process.historyFile))) return;
    if (code === killed && readFileSync(process.logFile, 'utf8').includes('PRC_EXIT_BLOCKED')) this.forcedEnds++;
    else if (code !== 0)
      this.troubles.push(`${process.name} was asked to stop and ended with ${code}: ${process.logFile}`);
  }

  async stopAll(): Promise<void> {
    this.#isOver = true;
    await Promise.all([...this.#instances].map((instance) => this.stop(instance)));
  }

  /** From now on whatever ends may end. */
  giveUp(): void {
    this.#isOver = true;
  }

  #ended(instance: Instance, code: number): void {
    const { process, step, member } = instance;
    this.#instances.delete(instance);
    this.#members.delete(member);
    if (this.#isMeantToEnd.has(process) || this.#isOver) return;
    this.troubles.push(`${process.name} ended by itself with ${code}: ${process.logFile}`);
    // One that cannot start must not be started for ever.
    if (this.troubles.length < troublesMax) void this.start(step);
  }
}

/** As many of each processor. */
export async function startFleet(processes: Processes, plan: FleetPlan, ofEach: number): Promise<Fleet> {
  const fleet = new Fleet(processes, plan);
  for (const step of fleet.steps) for (let i = 0; i < ofEach; i++) await fleet.start(step);
  return fleet;
}

/** Whether it has killed itself at its crash point. */
export function hasCrashed({ process }: Instance): boolean {
  return !process.isAlive && readFileSync(process.logFile, 'utf8').includes('CRASH_AT=');
}

/** Whether the group has ever let it in. */
export function hasJoined({ process }: Instance): boolean {
  return existsSync(process.historyFile) && readFileSync(process.historyFile, 'utf8').includes('"rebalanced"');
}

const troublesMax = 20;
/** How a shell reports SIGKILL. */
const killed = 128 + 9;
const terminated = 128 + 15;
