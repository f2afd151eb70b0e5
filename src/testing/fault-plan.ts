// What goes wrong between a driver's instances and the brokers: the next requests that a test names, and any of them by chance. A
// fault happens to requests that nobody has made yet, and is over with them.

import { invalidOption, requireOptions } from '../errors/options.js';
import type { Process } from '../memory/kernel.js';
import { type Api, type Fault, isIndependent } from '../memory/network.js';
import type { SeededRandom } from '../memory/seeded-random.js';

/** What becomes of a request. `late`: its connection is gone, and it arrives all the same, behind what was sent since. */
export type FaultKind = Fault['kind'];

export interface NextFault {
  /** Of which instance. Default: any. */
  readonly of?: string;
  /** How many requests. Default: 1. */
  readonly times?: number;
}

/** Of each kind, the share of requests that it happens to, from 0 to 1. */
export type FaultRates = { readonly [_ in FaultKind]?: number } & {
  /** Which requests. Default: all. */
  readonly on?: Api | readonly Api[];
  /** Of which instance. Default: of all. */
  readonly of?: string;
};

/** A fault that has happened. */
export interface Faulted {
  readonly instance: string;
  readonly request: Api;
  readonly kind: FaultKind;
  /** Virtual, in milliseconds since 1970. */
  readonly atMs: number;
}

interface Planned {
  /** As the test has called for it. */
  readonly call: string;
  readonly request: Api;
  readonly kind: FaultKind;
  readonly of: string | undefined;
  left: number;
}

export class FaultPlan {
  readonly happened: Faulted[] = [];
  readonly #random: SeededRandom;
  readonly #nowMs: () => number;
  readonly #planned: Planned[] = [];
  readonly #cut = new Set<string>();
  #rates: FaultRates | undefined;

  constructor(random: SeededRandom, nowMs: () => number) {
    this.#random = random;
    this.#nowMs = nowMs;
  }

  /** @throws PRC_OPTION_INVALID, PRC_OPTION_UNKNOWN */
  failNext(request: Api, kind: FaultKind, options: NextFault): void {
    const owner = 'failNext()';
    requireApi(owner, request);
    requireKind(owner, kind);
    if (comesTwice.has(kind) && !isIndependent(request))
      throw invalidOption(
        owner,
        'kind',
        kind,
        `A ${request} that comes twice is not modelled: it can be lost, unanswered or slow.`,
      );
    requireOptions(owner, options, ['of', 'times']);
    const { of, times = 1 } = options;
    if (!Number.isSafeInteger(times) || times < 1)
      throw invalidOption(owner, 'times', times, 'It is a whole number, 1 or more.');
    const more = [...(of === undefined ? [] : [`of: '${of}'`]), ...(times === 1 ? [] : [`times: ${times}`])];
    const call = `failNext('${request}', '${kind}'${more.length > 0 ? `, { ${more.join(', ')} }` : ''})`;
    this.#planned.push({ call, request, kind, of, left: times });
  }

  /** What was called for and has not struck: there was no such request. Faults by chance are not among it. */
  get unstruck(): readonly string[] {
    return this.#planned.flatMap(({ call, request, left }) =>
      left > 0 ? `${call}: ${left} more of '${request}' would have had to come` : [],
    );
  }

  /** In place of those before. @throws PRC_OPTION_INVALID, PRC_OPTION_UNKNOWN */
  setRates(rates: FaultRates): void {
    const owner = 'faults()';
    requireOptions(owner, rates, [...kinds, 'on', 'of']);
    let sum = 0;
    for (const kind of kinds) {
      const rate = rates[kind] ?? 0;
      if (typeof rate !== 'number' || !(rate >= 0 && rate <= 1))
        throw invalidOption(owner, kind, rate, 'It is the share of requests that it happens to, from 0 to 1.');
      sum += rate;
    }
    if (sum > 1) throw invalidOption(owner, 'rates', sum, 'Together they are 1 at most.');
    for (const api of apisOf(rates)) requireApi(owner, api);
    this.#rates = rates;
  }

  /** Until `heal`, the group hears nothing of the instance. */
  cut(instance: string): void {
    this.#cut.add(instance);
  }

  heal(instance: string): void {
    this.#cut.delete(instance);
  }

  /** What happens to a request that is being sent. */
  of({ name }: Process, request: Api): Fault | undefined {
    if (this.#cut.has(name) && request === 'Heartbeat') return { kind: 'lost' };
    const kind = this.#nextOf(name, request) ?? this.#drawn(name, request);
    if (kind === undefined) return undefined;
    this.happened.push({ instance: name, request, kind, atMs: this.#nowMs() });
    if (kind === 'late') return { kind, ms: this.#random.between(1, lateMsMax) };
    if (kind === 'slow') return { kind, ms: this.#random.between(1, slowMsMax) };
    return { kind };
  }

  #nextOf(instance: string, request: Api): FaultKind | undefined {
    const next = this.#planned.find(
      (one) => one.request === request && one.left > 0 && (one.of === undefined || one.of === instance),
    );
    if (next) next.left--;
    return next?.kind;
  }

  #drawn(instance: string, request: Api): FaultKind | undefined {
    const rates = this.#rates;
    if (rates === undefined || (rates.of !== undefined && rates.of !== instance)) return undefined;
    const wanted = apisOf(rates);
    if (wanted.length > 0 && !wanted.includes(request)) return undefined;
    let draw = this.#random.next();
    for (const kind of kinds) {
      const rate = rates[kind] ?? 0;
      if (draw < rate) return comesTwice.has(kind) && !isIndependent(request) ? undefined : kind;
      draw -= rate;
    }
    return undefined;
  }
}

/** None: all of them. */
function apisOf({ on = [] }: FaultRates): readonly Api[] {
  return typeof on === 'string' ? [on] : on;
}

function requireApi(owner: string, request: unknown): void {
  if (apis.includes(request as Api)) return;
  throw invalidOption(owner, 'request', request, `It is one of ${apis.join(', ')}.`);
}

function requireKind(owner: string, kind: unknown): void {
  if (kinds.includes(kind as FaultKind)) return;
  throw invalidOption(owner, 'kind', kind, `It is one of ${kinds.join(', ')}.`);
}

/** Longer than a call waits for its answer, and shorter. */
const lateMsMax = 8000;
const slowMsMax = 3000;

const comesTwice: ReadonlySet<FaultKind> = new Set(['late', 'doubled']);
const kinds: readonly FaultKind[] = ['lost', 'unanswered', 'late', 'doubled', 'slow'];
/** All of them: the compiler asks for one that is added. */
const apis = Object.keys({
  AddOffsetsToTxn: true,
  AddPartitionsToTxn: true,
  ConsumerGroupHeartbeat: true,
  EndTxn: true,
  Fetch: true,
  FindCoordinator: true,
  Heartbeat: true,
  InitProducerId: true,
  JoinGroup: true,
  LeaveGroup: true,
  ListOffsets: true,
  Metadata: true,
  OffsetCommit: true,
  OffsetFetch: true,
  Produce: true,
  SyncGroup: true,
  TxnOffsetCommit: true,
} satisfies Readonly<Record<Api, true>>) as readonly Api[];
