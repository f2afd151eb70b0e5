// Between the processes and the brokers: every request and every answer takes its time, and is an event of its own. The one
// place where they are lost, repeated, held back or cut off. A connection keeps its requests in order and fails with all that
// is under way on it; two connections know nothing of each other.

import type { Reply } from './group-coordinator.js';
import type { Kernel, Process } from './kernel.js';
import type { Connected, Node, NodeId } from './node.js';
import { Answer, type Refusal } from './refusal.js';

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

/** The connection under a request is gone: whether it was served is not known. */
export class ConnectionLost extends Answer {
  override readonly name = 'ConnectionLost';
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
   * For so long nothing gets through between the two, in neither direction. No connection is reset: what is sent waits, as TCP has
   * it, and arrives when the cut is over, or may do so although its sender has given up by then.
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

/** From one client to one node. Once it is reset nothing comes through it any more: whoever wants to go on opens another. */
export class Connection implements Connected {
  readonly node: Node;
  readonly #network: Network;
  readonly #from: Process;
  readonly #lost: () => void;
  readonly #starts: number;
  readonly #underWay = new Set<UnderWay>();
  #isReset = false;
  /** When the last request arrives: none overtakes another. */
  #arrivedMs = 0;

  constructor(network: Network, from: Process, node: Node, lost: () => void) {
    this.#network = network;
    this.#from = from;
    this.#lost = lost;
    this.node = node;
    this.#starts = node.starts;
    node.connections.add(this);
  }

  get isReset(): boolean {
    return this.#isReset;
  }

  /** A request that is answered when it arrives. Rejects with what `serve` throws, or with ConnectionLost. */
  ask<T>(api: Api, serve: () => T): Promise<T> {
    return this.askAndWait(api, (reply) => reply.resolve(serve()));
  }

  /** A request whose answer may come later. */
  askAndWait<T>(api: Api, serve: (reply: Reply<T>) => void): Promise<T> {
    // What runs on in a process that was just killed or stopped reaches nobody, or only when it goes on.
    const { state } = this.#from;
    if (state === 'dead') return new Promise(() => {});
    if (state === 'paused') return this.#network.kernel.wait(0, this.#from).then(() => this.askAndWait(api, serve));
    const { latencyMs, faultOf } = this.#network.options;
    const fault = faultOf?.(this.#from, api, this.node.id);
    return new Promise<T>((resolve, reject) => {
      const request: UnderWay = { isOver: false, reject };
      this.#underWay.add(request);
      const answered: Reply<T> = {
        resolve: (value) => this.#answer(request, api, () => resolve(value)),
        reject: (refusal) => this.#answer(request, api, () => reject(refusal)),
      };
      const reset = (): void => this.#resetAfter(latencyMs(api));
      // Nobody is there to take it.
      if (!this.node.isUp || this.#isReset) return reset();
      switch (fault?.kind) {
        case 'lost':
          return reset();
        case 'late':
          this.#arriveAfter(fault.ms, serve, nobody);
          return reset();
        case 'unanswered':
          return this.#arriveInOrder(latencyMs(api), serve, { resolve: reset, reject: reset });
        case 'doubled':
          this.#arriveInOrder(latencyMs(api), serve, answered);
          return this.#arriveInOrder(latencyMs(api), serve, nobody);
        case 'slow':
          return this.#arriveInOrder(fault.ms, serve, answered);
        case undefined:
          return this.#arriveInOrder(latencyMs(api), serve, answered);
      }
    });
  }

  broken(): void {
    // What a process that is gone had opened is nobody's.
    if (this.#from.state === 'dead') return;
    this.#resetAfter(this.#network.options.latencyMs('Metadata'));
  }

  close(): void {
    this.#isReset = true;
    this.node.connections.delete(this);
  }

  #arriveInOrder<T>(ms: number, serve: (reply: Reply<T>) => void, reply: Reply<T>): void {
    const { kernel } = this.#network;
    const cutMs = this.#network.cutMs(this.#from, this.node.id);
    if (cutMs > 0) return this.#arriveBehind(cutMs, ms, serve, reply);
    this.#arrivedMs = Math.max(this.#arrivedMs, kernel.nowMs + ms);
    this.#arriveAfter(this.#arrivedMs - kernel.nowMs, serve, reply);
  }

  /** A request that is sent into a cut. Its sender gives up after a time; whether it arrives all the same is left to chance. */
  #arriveBehind<T>(cutMs: number, ms: number, serve: (reply: Reply<T>) => void, reply: Reply<T>): void {
    const { kernel, options } = this.#network;
    const { requestTimeoutMs = 60_000 } = options;
    if (cutMs > requestTimeoutMs) {
      this.#resetAfter(requestTimeoutMs);
      if (kernel.random.next() < 0.5) this.#arriveAfter(cutMs + ms, serve, nobody);
      return;
    }
    this.#arrivedMs = Math.max(this.#arrivedMs, kernel.nowMs + cutMs + ms);
    this.#arriveAfter(this.#arrivedMs - kernel.nowMs, serve, reply);
  }

  /** It is sent now; whether its sender is still alive when it arrives does not matter. */
  #arriveAfter<T>(ms: number, serve: (reply: Reply<T>) => void, reply: Reply<T>): void {
    this.#network.kernel.schedule(ms, () => {
      if (this.node.starts !== this.#starts) return;
      try {
        serve(reply);
      } catch (error) {
        reply.reject(error as Refusal);
      }
    });
  }

  #answer(request: UnderWay, api: Api, settle: () => void): void {
    if (request.isOver) return;
    const { kernel, options } = this.#network;
    const cutMs = this.#network.cutMs(this.#from, this.node.id);
    kernel.schedule(
      cutMs + options.latencyMs(api),
      () => {
        if (request.isOver) return;
        request.isOver = true;
        this.#underWay.delete(request);
        settle();
      },
      this.#from,
    );
  }

  #resetAfter(ms: number): void {
    this.#network.kernel.schedule(ms, () => this.#reset(), this.#from);
  }

  #reset(): void {
    if (!this.#isReset) this.#lost();
    this.close();
    for (const request of this.#underWay) {
      request.isOver = true;
      request.reject(new ConnectionLost('the connection was reset'));
    }
    this.#underWay.clear();
  }
}

interface UnderWay {
  isOver: boolean;
  readonly reject: (error: Error) => void;
}

/** Hears an answer whose question has nobody behind it any more. */
const nobody: Reply<never> = { resolve() {}, reject() {} };

/**
 * What a coordinator does with a request that comes twice while the first one waits for others is not modelled; and a heartbeat by
 * KIP-848 that comes when nobody listens any more is answered with what its member should have, which is then told once and lost.
 */
export function isIndependent(api: string): boolean {
  return api !== 'JoinGroup' && api !== 'SyncGroup' && api !== 'ConsumerGroupHeartbeat';
}
