// Between the processes and the brokers: every request and every answer takes its time, and is an event of its own. The one
// place where they can be lost, repeated or held back.

import type { Reply } from './group-coordinator.js';
import type { Kernel, Process } from './kernel.js';

/** The requests of Kafka's protocol that the model knows. */
export type Api =
  | 'AddOffsetsToTxn'
  | 'AddPartitionsToTxn'
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

export class Network {
  readonly #kernel: Kernel;
  readonly #latencyMs: (api: Api) => number;

  /** @param latencyMs of one way */
  constructor(kernel: Kernel, latencyMs: (api: Api) => number) {
    this.#kernel = kernel;
    this.#latencyMs = latencyMs;
  }

  /** A request that is answered when it arrives. Rejects with what `serve` throws. */
  ask<T>(from: Process, api: Api, serve: () => T): Promise<T> {
    return this.askAndWait(from, api, (reply) => reply.resolve(serve()));
  }

  /** A request whose answer may come later. */
  askAndWait<T>(from: Process, api: Api, serve: (reply: Reply<T>) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const answer = (run: () => void): void => void this.#kernel.schedule(this.#latencyMs(api), run, from);
      const reply: Reply<T> = {
        resolve: (value) => answer(() => resolve(value)),
        reject: (refusal) => answer(() => reject(refusal)),
      };
      // It is sent now; whether its sender is still alive when it arrives does not matter.
      this.#kernel.schedule(this.#latencyMs(api), () => {
        try {
          serve(reply);
        } catch (error) {
          answer(() => reject(error));
        }
      });
    });
  }
}
