// Between the processes and the brokers: what can go wrong with a request, who is cut off from whom, and for how long a client waits.
// Every request and every answer takes its time, on connections (connection.ts).

import { Connection } from './connection.js';
import type { Kernel, Process } from './kernel.js';
import type { Node, NodeId } from './node.js';

export { ConnectionLost } from './connection.js';

/** The requests of Kafka's protocol that the model knows. */
export type Api =
  | 'AddOffsetsToTxn'
  | 'AddPartitionsToTxn'
  | 'ConsumerGroupHeartbeat'
  | 'EndTxn'
  | 'Fetch'
  | 'FindCoordinator'
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
  readonly faultOf?: (from: Process, api: Api, to: NodeId) => Fault | undefined;
  /** How long a client waits for an answer on a connection that was cut, before it gives the connection up. Default 60 s. */
  readonly requestTimeoutMs?: number;
}

export class Network {
  readonly kernel: Kernel;
  readonly options: NetworkOptions;
  /** Until when a process and a node hear nothing of each other, by process and the node's id. */
  readonly #cuts = new Map<Process, Map<NodeId, number>>();

  constructor(kernel: Kernel, options: NetworkOptions) {
    this.kernel = kernel;
    this.options = options;
  }

  /** `lost` is called when the connection breaks, also while nothing is under way on it. */
  connect(from: Process, node: Node, lost: () => void = () => {}): Connection {
    return new Connection(this, from, node, lost);
  }

  /**
   * For so long nothing gets through between the two, in neither direction, what is under way included. No connection is reset: what
   * is sent waits, as TCP has it, and arrives when the cut is over, or may do so although its sender has given up by then.
   */
  cut(process: Process, node: NodeId, ms: number): void {
    let ofProcess = this.#cuts.get(process);
    if (ofProcess === undefined) this.#cuts.set(process, (ofProcess = new Map()));
    ofProcess.set(node, Math.max(ofProcess.get(node) ?? 0, this.kernel.nowMs + ms));
  }

  /** All cuts are over; what they hold back goes on at its time. */
  heal(): void {
    this.#cuts.clear();
  }

  /** How long the two are still cut off from each other; 0 where they are not. */
  cutMs(process: Process, node: NodeId): number {
    if (this.#cuts.size === 0) return 0;
    return Math.max(0, (this.#cuts.get(process)?.get(node) ?? 0) - this.kernel.nowMs);
  }
}

/**
 * What a coordinator does with a request that comes twice while the first one waits for others is not modelled; and a heartbeat by
 * KIP-848 that comes when nobody listens any more is answered with what its member should have, which is then told once and lost.
 */
export function isIndependent(api: string): boolean {
  return api !== 'JoinGroup' && api !== 'SyncGroup' && api !== 'ConsumerGroupHeartbeat';
}
