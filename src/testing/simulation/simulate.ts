// Runs the real engine on the model of Kafka, some processes at a time, under the faults and disasters that a plan stands for; then
// everything heals, and all must be done within a minute. The same plan makes the same run, event for event.

import { limits } from '../../core/defaults.js';
import { groupId, partitionKey } from '../../core/ids.js';
import type { TaskEffectKind } from '../../core/task/effect.js';
import type { Topology } from '../../core/topology.js';
import { crashPointAt, type Moment } from '../../engine/crash-point.js';
import type { Fact } from '../../engine/facts.js';
import type { Process } from '../../memory/kernel.js';
import type { Api, Fault } from '../../memory/network.js';
import { KafkaError, unanswered } from '../../ports/kafka.js';
import { type Instance, Rig } from '../rig.js';
import { unsettled } from '../settled.js';
import { checkers } from './checkers/index.js';
import { type Decision, decisionText } from './decision.js';
import { Decisions, type Site } from './decisions.js';
import { faultKinds } from './faults/index.js';
import { type Found, found, type Handled, type History, partitionsOf } from './history.js';
import { OffsetsWatched } from './offsets-watched.js';
import type { Plan } from './plan.js';
import { Readers } from './readers.js';
import { factWords, Transcript } from './transcript.js';
import { refusedBytes, type Step, stepsOf, topologyOf } from './work.js';
import { World } from './world.js';
import { Writers } from './writers.js';

export interface Simulated {
  /** What is wrong; none if all is well. */
  readonly findings: readonly Finding[];
  /** What went wrong on purpose, in its order. */
  readonly decisions: readonly Decision[];
  /** Where more could have gone wrong, if the decisions were given. */
  readonly sites: readonly Site[];
  /** Of what happened, how often. */
  readonly counts: ReadonlyMap<string, number>;
  readonly virtualMs: number;
  readonly transcript: Transcript;
}

export interface Finding {
  /** A checker's name, or what ended the run. */
  readonly rule: string;
  readonly text: string;
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
  /** Of any one process: they differ in nothing but whose they are. */
  #topologies: readonly Topology[] = [];
  readonly #offsets = new OffsetsWatched();
  readonly #readers: Readers;
  readonly #handled: Handled[] = [];
  readonly #findings: Finding[] = [];
  readonly #transcript = new Transcript();
  readonly #counts = new Map<string, number>();
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
      }),
      cluster: ({ random }) => ({
        nodes: plan.nodes,
        markerMs: () => random.between(0.5, 30),
        loadMs: () => random.between(0, 500),
        groupTimes: { sessionMs: 6000, heartbeatMs: 500, assignmentMs: 100 },
        onOffset: (groupId, event) => this.#offsets.hear(this.#rig.kernel.nowMs, groupId, event),
      }),
    });
    this.#world = new World({
      rig: this.#rig,
      groups: this.#steps.map(({ name }) => groupId('', name)),
      start: (name) => this.#start(name),
      tell: (...words) => this.#tell(...words),
    });
    this.#readers = new Readers(this.#rig.cluster, this.#offsets);
  }

  async run(): Promise<Simulated> {
    const { kernel } = this.#rig;
    this.#arrange();
    const deadlineMs = this.#plan.healsAtMs + convergeMs;
    while (kernel.nowMs < deadlineMs && this.#findings.length === 0) {
      if (this.#isDone()) break;
      if (!(await kernel.step())) break;
    }
    this.#judge();
    this.#world.end();
    await kernel.turn();
    return {
      findings: this.#findings,
      decisions: this.#wrong,
      sites: this.#decisions.met,
      counts: this.#counts,
      virtualMs: kernel.nowMs,
      transcript: this.#transcript,
    };
  }

  /** Writes down what is to happen when. */
  #arrange(): void {
    const { instances, partitions, writes, disasters, only, healsAtMs } = this.#plan;
    const { kernel, cluster } = this.#rig;
    cluster.createTopic('sim-0', partitions);
    for (const { work, outputs } of this.#steps) {
      const config = work.kind === 'refused' ? { maxMessageBytes: refusedBytes } : {};
      for (const topic of Object.values(outputs)) cluster.createTopic(topic, partitions, config);
    }
    for (let i = 0; i < instances; i++) this.#world.start();
    const writers = new Writers(this.#rig, 'sim-0');
    for (const write of writes) kernel.schedule(write.atMs, () => writers.write(write));
    for (const disaster of only ?? disasters)
      if (typeof disaster.site === 'number') kernel.schedule(disaster.site, () => this.#strike(disaster));
    for (let atMs = 0; atMs < healsAtMs; atMs += lookMs) kernel.schedule(atMs, () => this.#look());
    kernel.schedule(healsAtMs, () => this.#world.heal());
  }

  #start(name: string): Instance {
    const { kernel } = this.#rig;
    const crash = (moment: Moment, effect: TaskEffectKind): void => this.#reached(name, moment, effect);
    const owner: { process?: Process } = {};
    this.#topologies = this.#steps.map((step) =>
      topologyOf(step, {
        handled: (step, place) => {
          if (owner.process?.state === 'dead') return;
          const { topic, partition, offset } = place;
          this.#handled.push({ atMs: kernel.nowMs, instance: name, step, topic, partition, offset });
        },
        sleep: (ms) => kernel.wait(ms, owner.process),
        chance: () => kernel.random.next(),
      }),
    );
    const instance = this.#rig.start({
      name,
      topologies: this.#topologies,
      kafka: (process) => this.#rig.kafka(process, this.#plan.membership),
      limits: { ...limits, ...this.#plan.limits },
      onFact: (fact) => this.#heard(name, fact),
      crash,
    });
    owner.process = instance.process;
    for (const starting of instance.runners) starting.catch((error: unknown) => this.#startFailed(instance, error));
    return instance;
  }

  #strike(decision: Decision): void {
    const kind = faultKinds.find(({ name }) => name === decision.kind);
    if (kind?.at !== 'time' || this.#world.isHealed) return;
    this.#decided('-', decision);
    kind.strike(this.#world, decision);
  }

  #faultOf(from: Process, api: Api): Fault | undefined {
    if (this.#world.isHealed) return undefined;
    const decision = this.#decisions.at('request', from.name, api, requestFaults);
    if (decision === undefined) return undefined;
    this.#decided(from.name, decision);
    return decision.of.outcome(decision);
  }

  #reached(name: string, moment: Moment, effect: TaskEffectKind): void {
    const point = crashPointAt(moment, effect);
    const victim = this.#world.instance(name);
    if (point === undefined || this.#world.isHealed || victim?.process.state !== 'running') return;
    this.#count(`at ${point}`);
    const decision = this.#decisions.at('moment', name, point, momentFaults);
    if (decision === undefined) return;
    this.#decided(name, decision);
    decision.of.strike(this.#world, victim, decision);
  }

  #decided(who: string, decision: Decision): void {
    this.#count(`✗ ${decision.kind}`);
    this.#tell(who, '✗', decisionText(decision));
  }

  #heard(instance: string, fact: Fact): void {
    this.#count(fact.fact);
    this.#tell(instance, ...factWords(fact));
    if (fact.fact === 'processor-failed') this.#find('ended', `${instance}: ${fact.error.message}`);
    if (fact.fact === 'integrity-alarm')
      this.#find('integrity', `${instance} ${fact.topic}/${fact.partition}: ${fact.error.message}`);
  }

  /** Where no broker could be reached, whoever runs processes starts the next one; every other end is one too many. */
  #startFailed({ name, process }: Instance, error: unknown): void {
    if (process.state === 'dead') return;
    const cause = error instanceof Error ? error.cause : undefined;
    const victim = this.#world.instance(name);
    if (victim && cause instanceof KafkaError && unanswered.has(cause.code)) {
      this.#tell(name, 'cannot start:', cause.message);
      this.#count('start without brokers');
      this.#world.kill(victim, restartMs);
    } else this.#find('ended', `${name}: ${error instanceof Error ? error.message : String(error)}`);
  }

  #look(): void {
    this.#readers.look(this.#rig.kernel.nowMs, this.#steps);
  }

  #isDone(): boolean {
    const { nowMs } = this.#rig.kernel;
    if (!this.#world.isHealed || nowMs < this.#lookMs) return false;
    this.#lookMs = nowMs + lookMs;
    return this.#rig.cluster.transactions.open.length === 0 && this.#left().length === 0;
  }

  #left(): readonly string[] {
    return this.#topologies.flatMap((topology) => {
      const group = groupId('', topology.name);
      const left = unsettled(this.#rig.cluster, '', topology, (partition) => this.#offsets.reached(group, partition));
      return left.map((partition) => `${topology.name} in ${partitionKey(partition)}`);
    });
  }

  #judge(): void {
    if (this.#findings.length > 0) return;
    const left = this.#left();
    if (left.length > 0) return this.#find('no progress', left.join(', '));
    this.#look();
    const history = this.#history();
    for (const { name, check } of checkers) for (const text of check(history)) this.#find(name, text);
  }

  /** What went wrong on purpose, as a list that makes the same run again. */
  get #wrong(): readonly Decision[] {
    return [
      ...this.#decisions.made,
      ...(this.#plan.only ?? this.#plan.disasters).filter(({ site }) => typeof site === 'number'),
    ];
  }

  #history(): History {
    const { cluster } = this.#rig;
    const read = new Map<string, readonly Found[]>();
    return {
      plan: this.#plan,
      steps: this.#steps,
      decisions: this.#wrong,
      counts: this.#counts,
      handled: this.#handled,
      seen: this.#readers.seen,
      offsets: this.#offsets.moved,
      rivals: this.#offsets.rivals,
      cluster,
      records(topic) {
        let records = read.get(topic);
        if (records === undefined)
          read.set(
            topic,
            (records = partitionsOf(cluster, topic).flatMap((partition) => {
              const log = cluster.log(partition);
              const all = log.read({ offset: log.low, recordsMax: Number.POSITIVE_INFINITY, isCommitted: true });
              return all.records.map((record) => found(partition, record));
            })),
          );
        return records;
      },
    };
  }

  #find(rule: string, text: string): void {
    this.#findings.push({ rule, text });
    this.#tell('-', `✘ ${rule}: ${text}`);
  }

  #tell(...words: readonly string[]): void {
    this.#transcript.add(this.#rig.kernel.nowMs, ...words);
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
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
