// One seed, simulated: the real engine in several processes of the model, under the faults and disasters that the seed stands for;
// then everything heals, and all must be done within a minute. The same seed makes the same run, event for event.

import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { limits } from '../../core/defaults.js';
import type { Fact } from '../../engine/facts.js';
import { type Runner, runProcessor } from '../../engine/runner.js';
import { Cluster } from '../../memory/cluster.js';
import { Kernel, Process } from '../../memory/kernel.js';
import { MemoryKafka } from '../../memory/memory-kafka.js';
import { type Fault, Network } from '../../memory/network.js';
import { unsettled } from '../settled.js';
import { check } from './checkers.js';
import type { Disaster, FaultRates, Plan } from './plan.js';
import { type SimulatedStep, stepsOf } from './steps.js';

export interface Simulated {
  /** What is wrong; none if all is well. */
  readonly findings: readonly string[];
  /** The same for two runs that went the same way. */
  readonly trace: string;
  /** Of what happened, how often. */
  readonly counts: ReadonlyMap<string, number>;
  readonly virtualMs: number;
  readonly transcript: readonly string[];
}

export async function simulate(plan: Plan): Promise<Simulated> {
  return new Simulation(plan).run();
}

interface Instance {
  readonly name: string;
  readonly process: Process;
  runners: Runner[];
  isGone: boolean;
}

class Simulation {
  readonly #plan: Plan;
  readonly #kernel: Kernel;
  readonly #cluster: Cluster;
  readonly #network: Network;
  readonly #steps: readonly SimulatedStep[];
  readonly #instances: Instance[] = [];
  readonly #findings: string[] = [];
  readonly #transcript: string[] = [];
  readonly #counts = new Map<string, number>();
  #starts = 0;
  #isHealed = false;
  #written = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#kernel = new Kernel({ seed: plan.seed, turn: () => setImmediate(), epochMs: Date.UTC(2026, 0, 1) });
    const { random } = this.#kernel;
    this.#cluster = new Cluster(this.#kernel, { markerMs: () => random.between(0.5, 30) });
    this.#network = new Network(this.#kernel, {
      latencyMs: () => random.between(0.2, 3),
      faultOf: (from, api) => this.#faultOf(from, api),
    });
    this.#steps = stepsOf(plan.steps);
  }

  async run(): Promise<Simulated> {
    const plan = this.#plan;
    for (const { input, outputs } of this.#steps)
      for (const topic of [input, ...outputs])
        if (this.#cluster.partitionsOf(topic) === 0) this.#cluster.createTopic(topic, plan.partitions);
    for (let i = 0; i < plan.instances; i++) this.#start();
    for (let i = 0; i < plan.records; i++)
      this.#kernel.schedule(this.#kernel.random.between(0, plan.healsAtMs), () => this.#write());
    for (const disaster of plan.disasters) this.#kernel.schedule(disaster.atMs, () => this.#strike(disaster));
    this.#kernel.schedule(plan.healsAtMs, () => this.#heal());
    const deadlineMs = plan.healsAtMs + convergeMs;
    while (this.#kernel.nowMs < deadlineMs && this.#findings.length === 0) {
      if (this.#isHealed && this.#isDone()) break;
      if (!(await this.#kernel.step())) break;
    }
    if (this.#findings.length === 0 && !this.#isDone()) this.#findings.push(`no progress: ${this.#left().join(', ')}`);
    if (this.#findings.length === 0) this.#findings.push(...check(this.#cluster, this.#steps));
    const virtualMs = this.#kernel.nowMs;
    await this.#end();
    return {
      findings: this.#findings,
      trace: createHash('sha256').update(this.#transcript.join('\n')).digest('hex').slice(0, 16),
      counts: this.#counts,
      virtualMs,
      transcript: this.#transcript,
    };
  }

  #start(): void {
    const name = `p${++this.#starts}`;
    const process = new Process(name);
    const instance: Instance = { name, process, runners: [], isGone: false };
    this.#instances.push(instance);
    this.#tell(name, 'starts');
    const kafka = new MemoryKafka(
      {
        kernel: this.#kernel,
        network: this.#network,
        cluster: this.#cluster,
        process,
        transactionTimeoutMs: limits.transactionTimeoutMs,
      },
      times,
    );
    for (const { topology } of this.#steps)
      runProcessor({
        topology,
        kafka,
        clock: this.#kernel.clockOf(process),
        limits,
        namespace: '',
        instance: name,
        registerSchemas: false,
        onFact: (fact) => this.#heard(instance, fact),
      }).then(
        (runner) => void instance.runners.push(runner),
        (error: unknown) => this.#fails(instance, error),
      );
  }

  #strike(disaster: Disaster): void {
    const alive = this.#instances.filter(({ isGone, process }) => !isGone && process.state === 'running');
    const victim = alive[disaster.victim % Math.max(1, alive.length)];
    if (victim === undefined || this.#isHealed) return;
    this.#count(disaster.kind);
    this.#tell(victim.name, disaster.kind, `for ${Math.round(disaster.lengthMs)} ms`);
    switch (disaster.kind) {
      case 'pause':
        this.#kernel.pause(victim.process);
        this.#kernel.schedule(disaster.lengthMs, () => this.#resume(victim));
        return;
      case 'kill':
        victim.isGone = true;
        this.#kernel.kill(victim.process);
        break;
      case 'stop':
        victim.isGone = true;
        for (const runner of victim.runners) void runner.stop();
    }
    this.#kernel.schedule(disaster.lengthMs, () => this.#start());
  }

  #resume(instance: Instance): void {
    if (instance.process.state !== 'paused') return;
    this.#tell(instance.name, 'goes on');
    this.#kernel.resume(instance.process);
  }

  #heal(): void {
    this.#isHealed = true;
    this.#tell('-', 'all heals');
    for (const instance of this.#instances) this.#resume(instance);
  }

  #write(): void {
    const { random } = this.#kernel;
    const partition = random.whole(0, this.#plan.partitions - 1);
    const encoder = new TextEncoder();
    const [step] = this.#steps;
    if (step === undefined) return;
    this.#cluster.produce({ topic: step.input, partition }, [
      {
        timestamp: this.#kernel.wallMs,
        key: encoder.encode(`k${random.whole(0, 9)}`),
        value: encoder.encode(String(this.#written++)),
        headers: new Uint8Array(0),
      },
    ]);
  }

  #faultOf(from: Process, api: string): Fault | undefined {
    if (this.#isHealed) return undefined;
    const { random } = this.#kernel;
    let draw = random.next();
    for (const kind of Object.keys(this.#plan.faults) as (keyof FaultRates)[]) {
      const rate = this.#plan.faults[kind];
      if (draw >= rate) {
        draw -= rate;
        continue;
      }
      // What a coordinator does with one that comes twice while the first one waits is not modelled.
      if (waiting.has(api) && (kind === 'late' || kind === 'doubled')) return undefined;
      this.#count(kind);
      this.#tell(from.name, `${api} ${kind}`);
      if (kind === 'late') return { kind, ms: random.between(1, 8000) };
      if (kind === 'slow') return { kind, ms: random.between(1, 3000) };
      return { kind };
    }
    return undefined;
  }

  #heard(instance: Instance, fact: Fact): void {
    if (instance.process.state === 'dead') return;
    this.#count(fact.fact);
    const where = 'partition' in fact ? `${fact.processor} ${fact.topic}/${fact.partition}` : '';
    const error = 'error' in fact ? fact.error.message : '';
    this.#tell(instance.name, fact.fact, where, detail(fact), error);
    if (fact.fact === 'processor-failed') this.#fails(instance, fact.error);
    if (fact.fact === 'integrity-alarm') this.#findings.push(`integrity: ${where} ${error}`);
  }

  #fails(instance: Instance, error: unknown): void {
    if (instance.process.state === 'dead') return;
    this.#findings.push(`ended: ${instance.name} ${error instanceof Error ? error.message : String(error)}`);
  }

  #isDone(): boolean {
    return this.#left().length === 0 && this.#cluster.transactions.open.length === 0;
  }

  #left(): readonly string[] {
    return this.#steps.flatMap(({ topology }) =>
      unsettled(this.#cluster, '', topology).map(({ topic, partition }) => `${topology.name} in ${topic}/${partition}`),
    );
  }

  async #end(): Promise<void> {
    for (const { process } of this.#instances) this.#kernel.kill(process);
    await this.#kernel.turn();
  }

  #tell(...words: readonly string[]): void {
    this.#transcript.push(
      `${this.#kernel.nowMs.toFixed(1).padStart(9)} ${words.filter((word) => word !== '').join(' ')}`,
    );
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }
}

function detail(fact: Fact): string {
  if (fact.fact === 'rebalanced')
    return `${fact.processor} ${fact.kind} ${fact.partitions.map(({ partition }) => partition).join(',')}`;
  if (fact.fact === 'task-opened') return `at ${fact.position}`;
  if (fact.fact === 'batch-committed') return `${fact.records} records, end ${fact.end}`;
  if (fact.fact === 'batch-aborted') return fact.reason;
  if (fact.fact === 'call-failed') return `${fact.call} ${fact.failure}`;
  return '';
}

/** Requests that are answered when others have come, too. */
const waiting: ReadonlySet<string> = new Set(['JoinGroup', 'SyncGroup']);
/** In which everything has to be done once nothing goes wrong any more. */
const convergeMs = 60_000;
/** Those of a user who wants quick take-overs. */
const times = { sessionMs: 6000, heartbeatMs: 500, pollMsMax: 300_000 };
