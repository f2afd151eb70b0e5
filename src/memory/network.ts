// Between the processes and the brokers: every request and every answer takes its time, and is an event of its own. The one
// place where they are lost, repeated, held back or cut off; what is to go wrong is drawn for each request anew.

import type { Reply } from './group-coordinator.js';
import type { Kernel, Process } from './kernel.js';
import type { Refusal } from './refusal.js';

/** The requests of Kafka's protocol that the model knows. */
export type Api =
  | 'AddOffsetsToTxn'
  | 'AddPartitionsToTxn'
  | 'ConsumerGroupHeartbeat'
  | 'EndTxn'
  | 'Fetch'
  | 'Heartbeat'
  | 'InitProducerId'
  | 'JoinGroup'
  | 'LeaveGroup'
  | 'ListOffsets'
  | 'Metadata'
  | 'OffsetCommit'
  | 'OffsetFetch'
  | 'Produce'
  | 'SyncGroup'
  | 'TxnOffsetCommit';

/** What becomes of one request. */
export type Fault =
  /** It never arrives; its sender's connection is reset. */
  | { readonly kind: 'lost' }
  /** Its sender's connection is reset, and it arrives all the same, so much later: behind whatever was sent since. */
  | { readonly kind: 'late'; readonly ms: number }
  /** It is served, and the connection is reset before the answer is through. */
  | { readonly kind: 'unanswered' }
  /** It arrives twice, on one connection; the second answer is dropped. */
  | { readonly kind: 'doubled' }
  | { readonly kind: 'slow'; readonly ms: number };

export interface NetworkOptions {
  /** Of one way. */
  readonly latencyMs: (api: Api) => number;
  /** What goes wrong with this request; undefined for nothing. Default: nothing ever does. */
  readonly faultOf?: (from: Process, api: Api) => Fault | undefined;
}

/** The connection under a request is gone: whether it was served is not known. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

export class Network {
  readonly #kernel: Kernel;
  readonly #options: NetworkOptions;

  constructor(kernel: Kernel, options: NetworkOptions) {
    this.#kernel = kernel;
    this.#options = options;
  }

  /** A request that is answered when it arrives. Rejects with what `serve` throws, or with ConnectionLost. */
  ask<T>(from: Process, api: Api, serve: () => T): Promise<T> {
    return this.askAndWait(from, api, (reply) => reply.resolve(serve()));
  }

  /** A request whose answer may come later. */
  askAndWait<T>(from: Process, api: Api, serve: (reply: Reply<T>) => void): Promise<T> {
    // What runs on in a process that was just killed or stopped reaches nobody, or only when it goes on.
    if (from.state === 'dead') return new Promise(() => {});
    if (from.state === 'paused')
      return new Promise<void>((resolve) => void from.deferred.push(resolve)).then(() =>
        this.askAndWait(from, api, serve),
      );
    const { latencyMs, faultOf } = this.#options;
    const fault = faultOf?.(from, api);
    return new Promise<T>((resolve, reject) => {
      const answer = (run: () => void): void => void this.#kernel.schedule(latencyMs(api), run, from);
      const answered: Reply<T> = {
        resolve: (value) => answer(() => resolve(value)),
        reject: (refusal) => answer(() => reject(refusal)),
      };
      // It is sent now; whether its sender is still alive when it arrives does not matter.
      const arrive = (ms: number, reply: Reply<T>): void =>
        void this.#kernel.schedule(ms, () => {
          try {
            serve(reply);
          } catch (error) {
            reply.reject(error as Refusal);
          }
        });
      const reset = (): void => answer(() => reject(new ConnectionLost(`${api}: the connection was reset`)));
      switch (fault?.kind) {
        case 'lost':
          return reset();
        case 'late':
          arrive(fault.ms, nobody);
          return reset();
        case 'unanswered':
          arrive(latencyMs(api), { resolve: reset, reject: reset });
          return;
        case 'doubled':
          arrive(latencyMs(api), answered);
          return arrive(2 * latencyMs(api), nobody);
        case 'slow':
          return arrive(fault.ms, answered);
        case undefined:
          return arrive(latencyMs(api), answered);
      }
    });
  }
}

/** Hears an answer whose question has nobody behind it any more. */
const nobody: Reply<never> = { resolve() {}, reject() {} };
