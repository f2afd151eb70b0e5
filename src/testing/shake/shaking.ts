// The runs of one shake, and what they come to.

import { setTimeout } from 'node:timers/promises';
import type { Topology } from '../../core/topology.js';
import { durationMs } from '../../dsl/duration.js';
import { handlerWaitDefault } from '../driver-options.js';
import type { Held } from './asking.js';
import { blame } from './blame.js';
import type { Call, Emission } from './calls.js';
import { type Difference, differences } from './compare.js';
import { type Disruption, disruptionsAt, disruptionText, spread } from './disruptions.js';
import { because, type Finding, messageOf, Readable, recordOf, recordOfCall } from './finding.js';
import { HandlerContexts } from './handler-context.js';
import { type EncodedInput, type InputPlace, isFedBack } from './inputs.js';
import { placeOf, placeText } from './places.js';
import { type Outcome, type RunOptions, type RunSetup, run } from './run.js';
import type { Shaken, TopologySettings } from './shake.js';
import { watchUnrepeatable } from './unrepeatable.js';

/** What one or more runs have shown at one line. */
interface Shown {
  readonly options: RunOptions & { readonly disruption: Disruption };
  readonly outcome: Outcome;
  /** Undefined where it has failed. */
  readonly difference: Difference | undefined;
  runs: number;
}

export class Shaking {
  readonly #topology: Topology;
  readonly #settings: TopologySettings;
  readonly #contexts = new HandlerContexts<Call>();
  readonly #setup: RunSetup;
  /** By line and what differs there. */
  readonly #shown = new Map<string, Shown>();
  /** Of all runs: some come when their run is long over. */
  readonly #late: { readonly emissions: readonly Emission[]; readonly disruption: string }[] = [];

  constructor(
    topology: Topology,
    place: InputPlace & { readonly inputs: readonly EncodedInput[] },
    settings: TopologySettings,
  ) {
    this.#topology = topology;
    this.#settings = settings;
    this.#setup = {
      ...place,
      topology,
      isFedBack: isFedBack(topology),
      environment: settings.environment ?? {},
      variables: { ...process.env },
      handlerWaitMs: durationMs(settings.handlerWait ?? handlerWaitDefault),
      contexts: this.#contexts,
    };
  }

  async toItsEnd(): Promise<Shaken> {
    this.#contexts.enable();
    const restore = watchUnrepeatable(
      () => this.#contexts.current,
      (what) => this.#contexts.outside(what),
    );
    try {
      return await this.#shake();
    } finally {
      restore();
      this.#contexts.disable();
    }
  }

  async #shake(): Promise<Shaken> {
    const calm = await this.#run(calmOptions);
    if (calm.failure) throw calm.failure;
    const calmSinceMs = performance.now();
    const all = disruptionsAt(calm.points, this.#topology);
    const tried = spread(all, this.#settings.runsMax ?? runsMax);
    let notReached = 0;
    let runs = 0;
    let hung = 0;
    for (const [i, disruption] of tried.entries()) {
      // Each of them takes as long as a handler may wait, and they show the same.
      if (hung === hungMax) break;
      const outcome = await this.#run({ disruption, number: i + 1, still: none });
      if (!outcome.isDisrupted && disruption.kind !== 'repeat') notReached++;
      this.#note({ disruption, number: i + 1, still: none }, calm, outcome);
      runs++;
      if (outcome.isHung) hung++;
      this.#settings.onProgress?.(i + 1, tried.length);
    }
    const findings: Finding[] = [];
    for (const shown of [...this.#shown.values()].slice(0, findingsMax))
      findings.push(await this.#finding(calm, shown));
    // What was left behind with a timer comes when it comes.
    const hasTimers = calm.calls.all.some(({ uses }) => uses.some(({ source }) => source === 'timers'));
    if (hasTimers) await setTimeout(Math.max(0, lateMsMax - (performance.now() - calmSinceMs)));
    const awaits = calm.points.filter(({ at }) => at === 'await').length;
    return {
      processor: this.#topology.name,
      findings: [...this.#escaped(), ...findings].sort(byPlace),
      notTold: Math.max(0, this.#shown.size - findingsMax),
      records: this.#setup.inputs.length,
      points: { engine: calm.points.length - awaits, awaits },
      runs,
      notTried: all.length - runs,
      notReached,
    };
  }

  async #run(options: RunOptions): Promise<Outcome> {
    const outcome = await run(this.#setup, options);
    const disruption = options.disruption === undefined ? 'nothing' : disruptionText(options.disruption);
    this.#late.push({ emissions: outcome.calls.late, disruption });
    return outcome;
  }

  #note(options: Shown['options'], calm: Outcome, outcome: Outcome): void {
    const found = differencesBetween(calm, outcome, this.#topology);
    const lines = found === 'failed' ? new Map([[failedAt(outcome), undefined]]) : byLine(found);
    for (const [line, difference] of lines) {
      const known = this.#shown.get(line);
      if (known === undefined) this.#shown.set(line, { options, outcome, difference, runs: 1 });
      else known.runs++;
    }
  }

  async #finding(calm: Outcome, { options, outcome, difference, runs }: Shown): Promise<Finding> {
    const made = [difference?.disrupted?.emission, difference?.calm?.emission].filter((one) => one !== undefined);
    const { reasons, asked } = await blame(
      {
        calm,
        disrupted: outcome,
        options: { calm: calmOptions, disrupted: options },
        calls: made.map(({ call }) => call),
        isBetween: (one, other) => {
          const found = differencesBetween(one, other, this.#topology);
          if (found === 'failed') return true;
          return difference !== undefined && byLine(found).has(lineOf(difference));
        },
      },
      this.#topology,
      (held) => this.#run(held),
    );
    const shared = { asked, disruption: disruptionText(options.disruption), runs };
    if (difference === undefined) {
      const { failure } = outcome;
      const why = reasons.includes('state') ? '' : `; that hangs on ${because(reasons, asked)}`;
      return {
        ...shared,
        reasons: ['failure', ...(reasons.includes('state') ? [] : reasons)],
        message: `it fails only where it is disrupted: ${failure?.message ?? ''}${why}`,
        place: failure && placeOf(innermost(failure)),
        record: undefined,
        calm: undefined,
        disrupted: undefined,
      };
    }
    const [emission] = made;
    const readable = await Readable.of(this.#topology, this.#setup.registry);
    return {
      ...shared,
      reasons,
      message: messageOf(difference, reasons, asked),
      place: emission && placeOf(emission.here),
      record: recordOf(difference.disrupted ?? difference.calm),
      calm: await readable.text(difference.calm, difference.parts),
      disrupted: await readable.text(difference.disrupted, difference.parts),
    };
  }

  #escaped(): readonly Finding[] {
    const found = new Map<string, Finding>();
    for (const { emissions, disruption } of this.#late) {
      const own = new Set<string>();
      for (const emission of emissions) {
        const place = placeOf(emission.here);
        const line = placeText(place);
        if (own.has(line)) continue;
        own.add(line);
        const known = found.get(line);
        found.set(line, {
          reasons: ['escaped'],
          message: `an output to ${emission.topic} comes after its handler has ended, and is lost: something is not awaited`,
          place,
          asked: [],
          record: recordOfCall(emission),
          disruption,
          calm: undefined,
          disrupted: undefined,
          ...known,
          runs: (known?.runs ?? 0) + 1,
        });
      }
    }
    return [...found.values()];
  }
}

function differencesBetween(calm: Outcome, other: Outcome, topology: Topology): readonly Difference[] | 'failed' {
  if (calm.failure !== undefined || other.failure !== undefined) return 'failed';
  const { guarantee } = topology;
  return differences(calm.committed, other.committed, { guarantee, isFedBack: isFedBack(topology) });
}

function byLine(found: readonly Difference[]): ReadonlyMap<string, Difference> {
  const lines = new Map<string, Difference>();
  for (const one of found) if (!lines.has(lineOf(one))) lines.set(lineOf(one), one);
  return lines;
}

/** What differs, and the line that emits it. */
function lineOf({ calm, disrupted, parts }: Difference): string {
  const emission = disrupted?.emission ?? calm?.emission;
  return `${placeText(emission && placeOf(emission.here))} ${(disrupted ?? calm)?.topic} ${parts.join(' ')}`;
}

/** As they stand in the files; what has no place last. */
function byPlace({ place: a }: Finding, { place: b }: Finding): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

function failedAt({ failure }: Outcome): string {
  return `failed ${failure && placeText(placeOf(innermost(failure)))}`;
}

/** The error that the others stand around. */
function innermost(error: Error): Error {
  return error.cause instanceof Error ? innermost(error.cause) : error;
}

const none: ReadonlySet<Held> = new Set();
const calmOptions: RunOptions = { number: 0, still: none };
/** After so many runs in which a handler has waited in vain there are no more. */
const hungMax = 5;
const runsMax = 1000;
/** Whoever has more mends these first. */
const findingsMax = 12;
/** How long is waited for what a handler has left behind. */
const lateMsMax = 300;
