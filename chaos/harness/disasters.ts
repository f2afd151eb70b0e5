// Lets the planned disasters happen, each at its time, some at once, and tells of each when it is over. At most one broker is away
// at a time: of three replicas two are there. One that does not come to pass, as nobody was there for it, is told of and not counted.

import { setTimeout as wait } from 'node:timers/promises';
import type { EmbeddedCluster } from '../../src/embedded/kafka/cluster.js';
import { type CrashPointName, crashPointNames } from '../../src/engine/crash-point.js';
import type { FrameProxy } from '../../test/support/frame-proxy.js';
import { type HistoryFile, nowMs } from '../history.js';
import type { Step } from '../step.js';
import { attack, attackedApis } from './attack.js';
import { brokerMs, type Departure, handoverMs, reconnectMs, startMs, takeoverMs, timeouts } from './bounds.js';
import { type Fleet, hasCrashed, hasJoined, type Instance } from './fleet.js';
import type { DisasterKind, PlannedDisaster } from './plan.js';

export interface DisasterTools {
  readonly cluster: EmbeddedCluster;
  /** Stands between the instances and the brokers. */
  readonly proxy: FrameProxy;
  readonly fleet: Fleet;
  readonly history: HistoryFile;
  readonly say: (line: string) => void;
}

export class Disasters {
  readonly counts: Map<DisasterKind, number> = new Map();
  /** Crash points and attacked requests, and how often each came to pass. */
  readonly variants: Map<string, number> = new Map();
  readonly #tools: DisasterTools;
  readonly #guests = new Set<Instance>();
  #broker: Promise<void> = Promise.resolve();

  constructor(tools: DisasterTools) {
    this.#tools = tools;
  }

  /** Resolves when all of them are over. */
  async run(planned: readonly PlannedDisaster[]): Promise<void> {
    const beganMs = performance.now();
    await Promise.all(
      planned.map(async (one) => {
        await wait(Math.max(0, beganMs + one.atMs - performance.now()));
        await this.#perform(one);
      }),
    );
  }

  async #perform(planned: PlannedDisaster): Promise<void> {
    switch (planned.kind) {
      case 'kill':
        return this.#kill(planned);
      case 'crash':
        return this.#crash(planned);
      case 'freeze':
        return this.#freeze(planned);
      case 'join':
        return this.#join(planned);
      case 'leave':
        return this.#leave(planned);
      case 'broker-hard':
      case 'broker-clean':
        this.#broker = this.#broker.then(() => this.#restartBroker(planned));
        return this.#broker;
      case 'attack':
        return this.#attack(planned);
      case 'cut':
        return this.#cut(planned);
    }
  }

  async #kill(planned: PlannedDisaster): Promise<void> {
    const victim = this.#pick(planned);
    if (victim === undefined) return;
    const sinceMs = nowMs();
    await this.#tools.fleet.kill(victim);
    const boundMs = takeoverMs(this.#departureOf(victim));
    const isAlone = this.#isNobodyReady(victim.step);
    await wait(500 * planned.length);
    await this.#tools.fleet.start(victim.step);
    // Where others are, they go on without the new one.
    this.#tell(planned, victim.process.name, sinceMs, boundMs + (isAlone ? startMs : 0));
  }

  async #crash(planned: PlannedDisaster): Promise<void> {
    const point = pick(crashPoints, planned.turn);
    const nth = oncePerTask.has(point) ? 1 : 1 + Math.floor(8 * planned.length);
    // Some points are met by chance only: another process tries its luck, and the first time will do then.
    for (let attempt = 1; attempt <= crashAttemptsMax; attempt++)
      if (await this.#crashAt(point, attempt === 1 ? nth : 1, planned)) return this.#count(point);
  }

  /** Whether it came to pass. */
  async #crashAt(point: CrashPointName, nth: number, planned: PlannedDisaster): Promise<boolean> {
    const { fleet, say } = this.#tools;
    const doomed = await fleet.startDoomed(this.#stepOf(planned), `${point}:${nth}`);
    const { ended, name } = doomed.process;
    await Promise.race([ended, wait(atTheEnd.has(point) ? 5000 + 2000 * planned.length : 20_000)]);
    const sinceMs = nowMs();
    await fleet.stop(doomed);
    const isThere = hasCrashed(doomed);
    if (isThere) this.#tell(planned, `${name} at ${point}:${nth}`, sinceMs, takeoverMs(this.#departureOf(doomed)));
    else say(`crash        ${name} never got to ${point}:${nth}`);
    return isThere;
  }

  async #freeze(planned: PlannedDisaster): Promise<void> {
    // One that has not got into its group yet may find, when it goes on, that its time to start is over.
    const victim = this.#pick(planned, hasJoined);
    if (victim === undefined) return;
    const { process, step } = victim;
    const sinceMs = nowMs();
    process.freeze();
    const boundMs = takeoverMs(this.#departureOf(victim));
    const isAlone = this.#isNobodyReady(step);
    if (!isAlone) this.#tell(planned, process.name, sinceMs, boundMs);
    await wait(timeouts.sessionMs + timeouts.transactionMs + 1000 + 3000 * planned.length);
    if (process.isAlive) process.resume();
    this.#tell(planned, `${process.name}, which goes on`, isAlone ? sinceMs : nowMs(), boundMs, !isAlone);
  }

  async #join(planned: PlannedDisaster): Promise<void> {
    const step = this.#stepOf(planned);
    const sinceMs = nowMs();
    const guest = await this.#tools.fleet.start(step);
    this.#guests.add(guest);
    await wait(2000 + 4000 * planned.length);
    if (this.#tools.fleet.working(step).includes(guest)) await this.#tools.fleet.stop(guest);
    this.#tell(planned, guest.process.name, sinceMs, this.#handoverMs(guest));
  }

  async #leave(planned: PlannedDisaster): Promise<void> {
    const victim = this.#pick(planned);
    if (victim === undefined) return;
    const sinceMs = nowMs();
    await this.#tools.fleet.stop(victim);
    const boundMs = this.#handoverMs(victim);
    const isAlone = this.#isNobodyReady(victim.step);
    await this.#tools.fleet.start(victim.step);
    this.#tell(planned, victim.process.name, sinceMs, boundMs + (isAlone ? startMs : 0));
  }

  async #restartBroker(planned: PlannedDisaster): Promise<void> {
    const { nodes } = this.#tools.cluster;
    const victim = nodes[Math.floor(planned.victim * nodes.length)];
    if (victim === undefined) return;
    const sinceMs = nowMs();
    await victim.end(planned.kind === 'broker-hard' ? 'SIGKILL' : 'SIGTERM');
    await victim.start();
    this.#tell(planned, victim.address, sinceMs, brokerMs);
  }

  async #attack(planned: PlannedDisaster): Promise<void> {
    const { proxy, say } = this.#tools;
    const api = pick(attackedApis, planned.turn);
    // From a moment to longer than a transaction lasts.
    const attacked = await attack(proxy, api, 100 * 120 ** planned.length);
    if (!attacked.isDone) return say(`attack       ${attacked.says}`);
    this.#count(api);
    this.#tell(planned, attacked.says, attacked.sinceMs, reconnectMs);
  }

  async #cut(planned: PlannedDisaster): Promise<void> {
    const victim = this.#pick(planned);
    if (victim === undefined) return;
    const sinceMs = nowMs();
    this.#tools.proxy.cut({ clientId: clientIdOf(victim) });
    this.#tell(planned, victim.process.name, sinceMs, reconnectMs);
  }

  #handoverMs(instance: Instance): number {
    return handoverMs(this.#tools.fleet.protocol, this.#departureOf(instance));
  }

  /**
   * To be asked as soon as it works no more: the group's answer may come any time. One that has ended may have done so while it
   * waited, and the answer came between its end and this question.
   */
  #departureOf(instance: Instance): Departure {
    const { proxy } = this.#tools;
    const join = { api: 'JoinGroup', clientId: clientIdOf(instance) } as const;
    return { hasJoined: hasJoined(instance), isJoining: proxy.isUnanswered(join) || proxy.hasLeftUnanswered(join) };
  }

  /** Whether nobody else has had the time to start: then the work goes on only when somebody has. */
  #isNobodyReady(step: Step): boolean {
    const readyMs = performance.now() - startMs;
    return this.#tools.fleet.working(step).every(({ process }) => process.startedMs > readyMs);
  }

  #stepOf({ victim }: PlannedDisaster): Step {
    const { steps } = this.#tools.fleet;
    return pick(steps, Math.floor(victim * steps.length));
  }

  /** Guests leave by themselves. */
  #pick({ victim }: PlannedDisaster, mayBe: (one: Instance) => boolean = () => true): Instance | undefined {
    const working = this.#tools.fleet.working().filter((one) => !this.#guests.has(one) && mayBe(one));
    return working[Math.floor(victim * working.length)];
  }

  #tell({ kind }: PlannedDisaster, target: string, sinceMs: number, boundMs: number, isCounted = false): void {
    const { history, say } = this.#tools;
    history.append({ event: 'disaster', kind, target, sinceMs, boundMs });
    if (!isCounted) this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    say(`${kind.padEnd(12)} ${target}, ${((nowMs() - sinceMs) / 1000).toFixed(1)} s`);
  }

  #count(variant: string): void {
    this.variants.set(variant, (this.variants.get(variant) ?? 0) + 1);
  }
}

function pick<One>(all: readonly One[], turn: number): One {
  return all[turn % all.length] as One;
}

function clientIdOf({ step, process }: Instance): string {
  return `${step.processor}/${process.name}`;
}

/** All that a processor with transactions comes to. */
export const crashPoints: readonly CrashPointName[] = crashPointNames.filter(
  (name) => name !== 'delivered' && name !== 'offset-committed',
);
/** A task comes by these once, or when it is at its end only. */
const oncePerTask: ReadonlySet<CrashPointName> = new Set([
  'assigned',
  'init-sent',
  'init-done',
  'offsets-fetched',
  'in-revoke',
  'closing',
]);
/** How many processes are sent to one crash point until one of them gets there. */
const crashAttemptsMax = 4;
const atTheEnd: ReadonlySet<CrashPointName> = new Set(['in-revoke', 'closing']);
