// The killing: two instances of the processor share the partitions while the orders come in, and are SIGKILLed again and
// again, preferably in the middle of a transaction. Owns the instances; what it says about transactions is read from the
// outputs' logs, by their ends at the moment of a kill and by the markers that are there in the end.

import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Order } from '../processors/enrich-orders.js';
import enrichOrders, { audit, enriched, orders as ordersTopic } from '../processors/enrich-orders.js';
import { type SeededRandom, seededRandom } from '../src/memory/seeded-random.js';
import { type Cluster, partitions } from './cluster.js';
import { feed } from './feed.js';
import { type Instance, startInstance } from './instance.js';
import { type LogProbe, openLogProbe } from './log-probe.js';
import { type Progress, untilCommitted, watchProgress } from './progress.js';
import { number, say, seconds } from './report.js';

export interface CrashOptions {
  readonly cluster: Cluster;
  readonly orders: readonly Order[];
  readonly seed: number;
  readonly logFolder: string;
  /** Is told what to do when the demo ends in the middle. */
  readonly onEnd: (end: () => Promise<unknown> | void) => void;
}

export interface Kill {
  readonly victim: string;
  /** Orders that nobody had processed yet. */
  readonly left: number;
  /** Whether no other instance was alive. */
  readonly alone: boolean;
  /** Where the victim's transactions began that were open when it was dead. */
  readonly open: readonly Beginning[];
}

/** The first record of a transaction in a partition of an output. */
export interface Beginning {
  readonly topic: string;
  readonly partition: number;
  readonly first: number;
  readonly records: number;
}

export const wanted = { kills: 10, open: 5, alone: 3, perSecond: 1000 } as const;

/** A little faster than wanted, so that the last orders need not be in at once. */
const pace = 1.05 * wanted.perSecond;

/** Each step kills one instance, or both one right after the other. Some more than is wanted: not every kill hits. */
const steps: readonly ('one' | 'both')[] = ['one', 'one', 'one', 'one', 'one', 'both', 'both', 'both', 'both'];
const outputs: readonly string[] = [enriched.name, audit.name];

/** Resolves when all orders are processed and the instances have ended. Gives back whether the wanted counts are reached. */
export async function crash(options: CrashOptions): Promise<boolean> {
  const run = new CrashRun(options, await openLogProbe(options.cluster.brokers));
  options.onEnd(() => run.end());
  return run.run();
}

class CrashRun {
  readonly #options: CrashOptions;
  readonly #probe: LogProbe;
  readonly #random: SeededRandom;
  readonly #instances = new Map<string, Instance>();
  readonly #kills: Kill[] = [];
  readonly #startMs = performance.now();
  #progress: Progress | undefined;
  #starts = 0;
  #perSecond = 0;
  #lastCommitted = 0;
  #isStopping = false;
  /** Rejects if an instance ends that nobody has killed. */
  readonly #early: Promise<never>;
  #endedEarly: (error: Error) => void = () => {};

  constructor(options: CrashOptions, probe: LogProbe) {
    this.#options = options;
    this.#probe = probe;
    this.#random = seededRandom(options.seed);
    this.#early = new Promise((_, reject) => {
      this.#endedEarly = reject;
    });
    this.#early.catch(() => {}); // once the orders are processed, nobody waits for it any more
  }

  async run(): Promise<boolean> {
    const { cluster, orders } = this.#options;
    this.#progress = await watchProgress(cluster.brokers, enrichOrders.name, ordersTopic.name);
    await Promise.all([this.#start('A'), this.#start('B')]);
    await this.#until(() => this.#working().length === 2, 'both instances work');
    say(`${this.#now()}  A and B share the partitions; the orders come in`);
    await Promise.race([this.#early, Promise.all([this.#feed(), this.#killAll()])]);
    await Promise.race([this.#early, untilCommitted(this.#progress, orders.length)]);
    say(`${this.#now()}  all orders are processed`);
    this.#isStopping = true;
    for (const instance of this.#instances.values()) await this.#stop(instance);
    return this.#judge();
  }

  async end(): Promise<void> {
    for (const instance of this.#instances.values()) if (instance.isAlive) await instance.end('SIGKILL');
    await this.#progress?.close();
    this.#probe.close();
  }

  async #feed(): Promise<void> {
    const { cluster, orders } = this.#options;
    const startMs = performance.now();
    await feed(cluster.kafka, orders, { perSecond: pace });
    this.#perSecond = Math.floor(orders.length / ((performance.now() - startMs) / 1000));
    say(`${this.#now()}  all orders are in: ${number(this.#perSecond)} a second`);
  }

  async #killAll(): Promise<void> {
    for (const step of this.#random.shuffled(steps)) {
      await this.#untilMoving();
      await wait(this.#random.between(500, 2000));
      const victim = this.#random.pick(this.#working());
      const other = [...this.#instances.values()].find((instance) => instance !== victim && instance.isAlive);
      if (step === 'both' && other) await this.#kill(other);
      await this.#kill(victim);
      await wait(this.#random.between(0, 500));
      const dead = [...this.#instances.values()].filter(({ isAlive }) => !isAlive);
      await Promise.all(dead.map(({ name }) => this.#start(name)));
    }
  }

  /** Resolves when some instance works and has got on since this was asked. */
  async #untilMoving(): Promise<void> {
    const before = await this.#committed();
    await this.#until(async () => (await this.#committed()) > before && this.#working().length > 0, 'orders get on');
  }

  async #kill(victim: Instance): Promise<void> {
    const { orders } = this.#options;
    const owned = victim.partitions();
    if (this.#random.next() < aimed) await this.#holdInTransaction(victim, owned);
    const alone = [...this.#instances.values()].every((instance) => instance === victim || !instance.isAlive);
    await victim.end('SIGKILL');
    // Dead: what is open now in its partitions is its own, and nobody commits it any more.
    const open = await this.#openIn(owned);
    const left = orders.length - (await this.#committed());
    this.#kills.push({ victim: victim.name, left, alone, open });
    const company = alone ? 'the last one alive' : 'the other one is alive';
    const at = `kill ${String(this.#kills.length).padStart(2)}`;
    say(
      `${this.#now()}  ${at}: ${victim.name} (pid ${victim.pid}), ${company}, ${number(left)} orders left; ${openText(open)}`,
    );
  }

  /**
   * Leaves the victim standing in the middle of a transaction: stops it, looks, and lets it go on where there is none. A
   * transaction lasts some ten milliseconds; kills at any moment, which there are too, mostly miss it.
   */
  async #holdInTransaction(victim: Instance, owned: readonly number[]): Promise<void> {
    for (const deadline = performance.now() + holdMs; performance.now() < deadline; ) {
      if ((await this.#openIn(owned)).length === 0) continue;
      victim.signal('SIGSTOP');
      await wait(20); // what it had sent before arrives
      if ((await this.#openIn(owned)).length > 0) return;
      victim.signal('SIGCONT');
    }
  }

  async #openIn(owned: readonly number[]): Promise<Beginning[]> {
    const found: Beginning[] = [];
    for (const topic of outputs)
      for (const { partition, stable, high } of await this.#probe.ends(topic, owned))
        if (stable < high) found.push({ topic, partition, first: stable, records: high - stable });
    return found;
  }

  async #judge(): Promise<boolean> {
    const aborted = await this.#aborted();
    const isAborted = ({ topic, partition, first }: Beginning): boolean =>
      aborted.has(`${topic}/${partition}@${first}`);
    const hits = this.#kills.filter(({ open }) => open.some(isAborted)).length;
    const counts: readonly (readonly [what: string, count: number, least: number])[] = [
      ['orders a second', this.#perSecond, wanted.perSecond],
      ['kills', this.#kills.length, wanted.kills],
      ['with input left', this.#kills.filter(({ left }) => left > 0).length, this.#kills.length],
      ['with an open transaction', hits, wanted.open],
      ['with no other instance alive', this.#kills.filter(({ alone }) => alone).length, wanted.alone],
    ];
    say('');
    for (const [what, count, least] of counts)
      say(`${count >= least ? '✔' : '✘'} ${what.padEnd(28)} ${number(count).padStart(6)}, at least ${number(least)}`);
    say(`  An open transaction counts where an abort marker ends the very one that was open when its owner was dead;`);
    say(`  ${aborted.size} transactions in the partitions of the outputs end in such a marker.`);
    return counts.every(([, count, least]) => count >= least);
  }

  /** Where each transaction began that an abort marker ended. */
  async #aborted(): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (const topic of outputs)
      for (const partition of partitions)
        for (const { first, ended } of await this.#probe.transactions(topic, partition))
          if (ended === 'aborted' && first !== undefined) found.add(`${topic}/${partition}@${first}`);
    return found;
  }

  async #start(name: string): Promise<void> {
    const { cluster, logFolder } = this.#options;
    const instance = await startInstance({
      name,
      brokers: cluster.brokers,
      settings: { 'session.timeout.ms': 6000 },
      logFile: join(logFolder, `${name}-${++this.#starts}.log`),
    });
    this.#instances.set(name, instance);
    void instance.ended.then((code) => {
      if (code !== killed && !this.#isStopping)
        this.#endedEarly(new Error(`${name} ended by itself with exit code ${code}`));
    });
  }

  async #stop(instance: Instance): Promise<void> {
    const code = await instance.end('SIGTERM');
    if (code !== 0)
      throw new Error(`${instance.name} was asked to stop and ended with exit code ${code}: ${instance.logFile}`);
  }

  #working(): Instance[] {
    return [...this.#instances.values()].filter((instance) => instance.isAlive && instance.partitions().length > 0);
  }

  async #committed(): Promise<number> {
    this.#lastCommitted = (await this.#progress?.committed()) ?? this.#lastCommitted;
    return this.#lastCommitted;
  }

  async #until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const deadline = performance.now() + untilMs;
    while (!(await condition())) {
      if (performance.now() > deadline) throw new Error(`waited ${untilMs / 1000} s in vain: ${what}`);
      await wait(50);
    }
  }

  #now(): string {
    return seconds(performance.now() - this.#startMs).padStart(7);
  }
}

/** By partition: what is open in one output's partition is open in the other's of the same number. */
function openText(open: readonly Beginning[]): string {
  if (open.length === 0) return 'no transaction open';
  const parts = partitions.flatMap((partition) => {
    const count = open.filter((one) => one.partition === partition).reduce((sum, { records }) => sum + records, 0);
    return count > 0 ? [`${partition} (${number(count)} records)`] : [];
  });
  return `transaction open in partition ${parts.join(' and ')}`;
}

/** How a shell reports SIGKILL. */
const killed = 128 + 9;
const untilMs = 40_000;
/** Which share of the kills is aimed at an open transaction, and how long one is waited for. */
const aimed = 0.75;
const holdMs = 2000;
