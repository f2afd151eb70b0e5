// The calls of an author's handlers in one run: what each was given, what it has emitted and from where, and how it ended. Outputs
// carry a header that names their emission, so that what is committed can be told from what is not, and who has made it.

import type { EmitHeaders, EmitOptions } from '../../core/record.js';
import { isThenable } from '../../core/thenable.js';
import type { ErrorPolicies, SourceHandler, Topology } from '../../core/topology.js';
import type { BatchView, HandlerContext } from '../../engine/handler-context.js';
import type { InputRecord } from '../../engine/input-record.js';
import type { Process } from '../../memory/kernel.js';
import type { Circumstances, Use } from './asking.js';
import type { Followed, HandlerContexts } from './handler-context.js';
import { hereIs } from './places.js';

/** No handler sees it: what comes back to an input of the same processor goes without. */
export const emissionHeader = 'processor-shake-emission';

export interface Emission {
  readonly id: number;
  readonly call: Call;
  /** The output's topic. */
  readonly topic: string;
  /** What the author has set; anything else is made of the input. */
  readonly sets: { readonly timestamp: boolean; readonly headers: ReadonlySet<string> };
  readonly here: Error;
}

export interface Call extends Followed {
  readonly circumstances: Circumstances;
  readonly per: SourceHandler['per'];
  readonly topic: string;
  readonly partition: number;
  /** Of its first record. */
  readonly offset: number;
  readonly records: number;
  /** Which call for these records it is, from 1. */
  readonly attempt: number;
  readonly instance: string;
  readonly uses: Use[];
  end: 'fulfilled' | 'failed' | undefined;
}

export interface CallsSetup {
  readonly topology: Topology;
  readonly contexts: HandlerContexts<Call>;
  readonly circumstances: Circumstances;
  /** Is told each time that a call goes on behind an await. */
  readonly continues: (call: Call) => void;
}

export class Calls {
  readonly all: Call[] = [];
  readonly emissions: Emission[] = [];
  /** Emitted by calls that had ended well: that is lost, and says so nowhere but here. */
  readonly late: Emission[] = [];
  readonly #setup: CallsSetup;
  readonly #attempts = new Map<string, number>();
  readonly #underWay = new Map<Call, AbortSignal>();
  readonly #inputs: ReadonlySet<string>;

  constructor(setup: CallsSetup) {
    this.#setup = setup;
    this.#inputs = new Set(setup.topology.subtopologies.map(({ source }) => source.topic.name));
  }

  /** Whether a handler waits for something that has nothing to do with the model's time. */
  get isWaiting(): boolean {
    for (const signal of this.#underWay.values()) if (!signal.aborted) return true;
    return false;
  }

  /** What a process that is gone had under way comes to nothing. */
  forget(instance: string): void {
    for (const call of this.#underWay.keys()) if (call.instance === instance) this.#underWay.delete(call);
  }

  /** The topology as one process runs it, which need not be there yet. */
  of(process: () => Process): Topology {
    const { topology } = this.#setup;
    const subtopologies = topology.subtopologies.map((one) => ({
      ...one,
      source: { ...one.source, handler: this.#watched(one.source.handler, process) },
    }));
    return { ...topology, subtopologies, onError: hurried(topology.onError) };
  }

  #watched(handler: SourceHandler, processOf: () => Process): SourceHandler {
    const handle = (given: InputRecord | BatchView, context: HandlerContext): unknown => {
      const process = processOf();
      // What a killed process would go on with does not happen.
      if (process.state === 'dead') return new Promise(() => {});
      const call = this.#called(handler.per, given, process.name);
      const own = { out: this.#out(call, context, process), signal: context.signal };
      let returned: unknown;
      try {
        returned = this.#setup.contexts.within(call, () => (handler.handle as Handle)(given, own));
      } catch (error) {
        call.end = 'failed';
        throw error;
      }
      if (!isThenable(returned)) {
        call.end = 'fulfilled';
        return returned;
      }
      this.#underWay.set(call, context.signal);
      return new Promise((resolve, reject) => {
        const ended = (end: 'fulfilled' | 'failed', settle: () => void): void => {
          call.end = end;
          this.#underWay.delete(call);
          if (process.state !== 'dead') settle();
        };
        void returned.then(
          (value) => ended('fulfilled', () => resolve(value)),
          (error: unknown) => ended('failed', () => reject(error)),
        );
      });
    };
    return { per: handler.per, handle };
  }

  #called(per: SourceHandler['per'], given: InputRecord | BatchView, instance: string): Call {
    const { continues, circumstances } = this.#setup;
    const [first, records] = 'at' in given ? [given.at(0), given.length] : [given, 1];
    const { topic, partition, offset } = first;
    const key = `${topic}/${partition}@${offset}`;
    const attempt = (this.#attempts.get(key) ?? 0) + 1;
    this.#attempts.set(key, attempt);
    const call: Call = {
      circumstances,
      per,
      topic,
      partition,
      offset,
      records,
      attempt,
      instance,
      uses: [],
      end: undefined,
      continuations: 0,
      continues: () => continues(call),
    };
    this.all.push(call);
    return call;
  }

  #out(call: Call, { out }: HandlerContext, process: Process): HandlerContext['out'] {
    const { topology, contexts } = this.#setup;
    const entries = topology.sinks.map(({ name, topic }) => {
      const emit = (key: unknown, value: unknown, options?: EmitOptions): void => {
        if (process.state === 'dead') return;
        const emission: Emission = {
          id: this.emissions.length,
          call,
          topic: topic.name,
          sets: { timestamp: options?.timestamp !== undefined, headers: namesOf(options?.headers) },
          here: hereIs(),
        };
        // It throws where a processor runs, and who left it behind would not hear of it: here it is what was looked for.
        if (call.end === 'fulfilled') {
          this.late.push(emission);
          return;
        }
        const marked = this.#inputs.has(topic.name) ? options : withHeader(options, emission.id);
        contexts.outside(() => out[name]?.(key, value, marked));
        this.emissions.push(emission);
      };
      return [name, emit] as const;
    });
    return Object.fromEntries(entries);
  }
}

/** Waits of minutes show nothing that one of a second does not: both are waited for outside of the batch (E19). */
function hurried(policies: ErrorPolicies): ErrorPolicies {
  const { handle } = policies;
  if (handle.policy !== 'retry') return policies;
  const backoffMs = Math.min(handle.backoffMs, retryMsMax);
  return { ...policies, handle: { ...handle, backoffMs, backoffMaxMs: Math.min(handle.backoffMaxMs, retryMsMax) } };
}

const retryMsMax = 1000;

type Handle = (given: unknown, context: unknown) => unknown;

function withHeader(options: EmitOptions | undefined, id: number): EmitOptions {
  return { ...options, headers: [...pairsOf(options?.headers), [emissionHeader, String(id)]] };
}

function namesOf(headers: EmitHeaders | undefined): ReadonlySet<string> {
  return new Set(pairsOf(headers).map(([name]) => name));
}

function pairsOf(headers: EmitHeaders | undefined): Extract<EmitHeaders, readonly unknown[]> {
  if (headers === undefined) return [];
  return Array.isArray(headers) ? headers : Object.entries(headers);
}
