// Runs the real engine on the model of Kafka, some processes at a time, under the faults and disasters that a plan stands for; then
// everything heals, and all must be done within a minute. The same plan makes the same run, event for event.

import { limits } from '../../core/defaults.js';
import { groupId } from '../../core/ids.js';
import type { TaskEffectKind } from '../../core/task/effect.js';
import type { Topology } from '../../core/topology.js';
import { crashPointAt, type Moment } from '../../engine/crash-point.js';
import { messageOf } from '../../engine/failures.js';
import type { ChooseFault } from '../../memory/client-faults.js';
import { faultyClient } from '../../memory/faulty-client.js';
import type { Process } from '../../memory/kernel.js';
import type { Api, Fault } from '../../memory/network.js';
import { type Kafka, KafkaError, unanswered } from '../../ports/kafka.js';
import { type Instance, Rig } from '../rig.js';
import type { Decision } from './decision.js';
import { Decisions, type Site } from './decisions.js';
import { isClientFault } from './faults/client.js';
import { faultKinds } from './faults/index.js';
import { type Finding, Observed } from './observed.js';
import type { Plan } from './plan.js';
import type { Transcript } from './transcript.js';
import { refusedBytes, type Step, stepsOf, topologyOf } from './work.js';
import { World } from './world.js';
import { Writers } from './writers.js';

export interface Simulated {
  /** What is wrong; none if all is well. */
  readonly findings: readonly Finding[];
  /** What went wrong on purpose, as a list that makes the same run again. */
  readonly decisions: readonly Decision[];
  /** Where more could have gone wrong, if the decisions were given. */
  readonly sites: readonly Site[];
  /** Of what happened, how often. */
  readonly counts: ReadonlyMap<string, number>;
  readonly virtualMs: number;
  readonly transcript: Transcript;
}

export function simulate(plan: Plan): Promise<Simulated> {
  return new Simulation(plan).run();
}

class Simulation {
  readonly #plan: Plan;
  readonly #rig: Rig;
  readonly #world: World;
  readonly #decisions: Decisions;
  readonly #steps: readonly Step[];
  readonly #observed: Observed;
  /** Of any one process: they differ in nothing but whose they are. */
  #topologies: readonly Topology[] = [];
  /** What is left to do is looked for now and then: it costs more than a step. */
  #lookMs = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#decisions = new Decisions(plan);
    this.#steps = stepsOf(plan.works);
    this.#rig = new Rig({
      seed: plan.seed,
      turn: () => new Promise((resolve) => process.nextTick(resolve)),
      epochMs: Date.UTC(2026, 0, 1),
      network: ({ random }) => ({
        latencyMs: () => random.between(0.2, 3),
        faultOf: (from, api) => this.#faultOf(from, api),
        ...(plan.requestTimeoutMs !== undefined && { requestTimeoutMs: plan.requestTimeoutMs }),
      }),
      cluster: ({ random }) => ({
        nodes: plan.nodes,
        markerMs: () => random.between(0.5, 30),
        loadMs: () => random.between(0, 500),
        groupTimes: { sessionMs: 6000, heartbeatMs: 500, assignmentMs: 100 },
        onOffset: (group, event) => this.#observed.offset(group, event),
      }),
    });
    this.#observed = new Observed(this.#rig, plan, this.#steps);
    this.#world = new World({
      plan: this.#plan,
      rig: this.#rig,
      groups: this.#steps.map(({ name }) => groupId('', name)),
      start: (name) => this.#start(name),
      stopFailed: ({ name }, error) => this.#observed.find('ended', `${name} cannot stop: ${messageOf(error)}`),
      tell: (...words) => this.#observed.tell(...words),
    });
  }

  async run(): Promise<Simulated> {
    const { kernel } = this.#rig;
    const { findings, counts, transcript } = this.#observed;
    this.#arrange();
    const deadlineMs = this.#plan.healsAtMs + convergeMs;
    try {
      while (kernel.nowMs < deadlineMs && findings.length === 0) {
        if (this.#isDone()) break;
        if (!(await kernel.step())) break;
      }
      this.#observed.judge({ decisions: this.#wrong, left: this.#left(), deleted: this.#world.deleted });
    } catch (error) {
      // A mistake of the model or of a rule is one as well, and its seed shows it again.
      this.#observed.find('threw', error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    this.#world.end();
    await kernel.turn();
    return {
      findings,
      decisions: this.#wrong,
      sites: this.#decisions.met,
      counts,
      virtualMs: kernel.nowMs,
      transcript,
    };
  }

  /** Writes down what is to happen when. */
  #arrange(): void {
    const { instances, partitions, writes, healsAtMs } = this.#plan;
    const { kernel, cluster } = this.#rig;
    cluster.createTopic('sim-0', partitions);
    for (const { work, outputs } of this.#steps) {
      const config = work.kind === 'refused' ? { maxMessageBytes: refusedBytes } : {};
      for (const topic of Object.values(outputs)) cluster.createTopic(topic, partitions, config);
    }
    for (let i = 0; i < instances; i++) this.#world.start();
    const writers = new Writers(this.#rig, 'sim-0');
    for (const write of writes) kernel.schedule(write.atMs, () => writers.write(write));
    for (const disaster of this.#disasters) kernel.schedule(Number(disaster.site), () => this.#strike(disaster));
    this.#lookOn();
    kernel.schedule(healsAtMs, () => this.#world.heal());
  }

  /** Readers look now and then, also while all heals. */
  #lookOn(): void {
    this.#observed.look();
    this.#rig.kernel.schedule(lookMs, () => this.#lookOn());
  }

  #start(name: string): Instance {
    const { kernel } = this.#rig;
    const owner: { process?: Process } = {};
    this.#topologies = this.#steps.map((step) =>
      topologyOf(step, {
        handled: (place) => {
          if (owner.process?.state !== 'dead') this.#observed.handled(name, step, place);
        },
        sleep: (ms) => kernel.wait(ms, owner.process),
        chance: () => kernel.random.next(),
      }),
    );
    const instance = this.#rig.start({
      name,
      topologies: this.#topologies,
      kafka: (process) => this.#client(process),
      limits: { ...limits, ...this.#plan.limits },
      onFact: (fact) => this.#observed.fact(name, fact),
      crash: (moment, effect) => this.#reached(name, moment, effect),
    });
    owner.process = instance.process;
    for (const starting of instance.runners) starting.catch((error: unknown) => this.#startFailed(instance, error));
    return instance;
  }

  #client(process: Process): Kafka {
    const { membership, rates, only = [] } = this.#plan;
    const client = this.#rig.kafka(process, membership);
    if (![...Object.keys(rates), ...only.map(({ kind }) => kind)].some(isClientFault)) return client;
    const choose: ChooseFault = (place, faults) => {
      if (this.#world.isHealed) return undefined;
      const decision = this.#decisions.at('call', process.name, place, faults);
      if (decision) this.#observed.decided(process.name, decision);
      return decision;
    };
    return faultyClient(client, { clock: this.#rig.kernel.clockOf(process), choose });
  }

  #faultOf(from: Process, api: Api): Fault | undefined {
    if (this.#world.isHealed) return undefined;
    const decision = this.#decisions.at('request', from.name, api, requestFaults);
    if (decision === undefined) return undefined;
    this.#observed.decided(from.name, decision);
    return decision.of.outcome(decision);
  }

  #reached(name: string, moment: Moment, effect: TaskEffectKind): void {
    const point = crashPointAt(moment, effect);
    const victim = this.#world.instance(name);
    if (point === undefined || this.#world.isHealed || victim?.process.state !== 'running') return;
    this.#observed.count(`at ${point}`);
    const decision = this.#decisions.at('moment', name, point, momentFaults);
    if (decision === undefined) return;
    this.#observed.decided(name, decision);
    this.#observed.count(`✗ ${decision.kind} ${point}`);
    decision.of.strike(this.#world, victim, decision);
  }

  #strike(decision: Decision): void {
    const kind = faultKinds.find(({ name }) => name === decision.kind);
    if (kind?.at !== 'time' || this.#world.isHealed) return;
    this.#observed.decided('-', decision);
    kind.strike(this.#world, decision);
  }

  /** Where no broker could be reached, whoever runs processes starts the next one; every other end is one too many. */
  #startFailed({ name, process }: Instance, error: unknown): void {
    if (process.state === 'dead') return;
    const cause = error instanceof Error ? error.cause : undefined;
    const victim = this.#world.instance(name);
    if (victim && cause instanceof KafkaError && unanswered.has(cause.code)) {
      this.#observed.tell(name, 'cannot start:', cause.message);
      this.#observed.count('start without brokers');
      this.#world.kill(victim, restartMs);
    } else this.#observed.find('ended', `${name}: ${messageOf(error)}`);
  }

  #isDone(): boolean {
    const { nowMs } = this.#rig.kernel;
    if (!this.#world.isHealed || nowMs < this.#lookMs) return false;
    this.#lookMs = nowMs + lookMs;
    return this.#rig.cluster.transactions.open.length === 0 && this.#left().length === 0;
  }

  #left(): readonly string[] {
    return this.#observed.left(this.#topologies);
  }

  get #wrong(): readonly Decision[] {
    return [...this.#decisions.made, ...this.#disasters];
  }

  get #disasters(): readonly Decision[] {
    return (this.#plan.only ?? this.#plan.disasters).filter(({ site }) => typeof site === 'number');
  }
}

const requestFaults = faultKinds.filter((kind) => kind.at === 'request');
const momentFaults = faultKinds.filter((kind) => kind.at === 'moment');
/** In which everything has to be done once nothing goes wrong any more. */
const convergeMs = 60_000;
/** How long whoever runs processes waits before it starts one again. */
const restartMs = 1000;
/** Readers look so often, and so does whoever waits for the end. */
const lookMs = 100;
