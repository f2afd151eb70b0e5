// From one client to one node: requests in their order, read by the node one after another, the next one when the last is answered.
// What a connection is reset with fails all that is under way on it; two connections know nothing of each other.

import type { Reply } from './group-coordinator.js';
import type { Kernel, Process } from './kernel.js';
import type { Api, Network } from './network.js';
import type { Connected, Node } from './node.js';
import { OneWay } from './one-way.js';
import { Answer, type Refusal } from './refusal.js';

/** The connection under a request is gone: whether it was served is not known. */
export class ConnectionLost extends Answer {
  override readonly name = 'ConnectionLost';
}

/** Once it is reset nothing comes through it any more: whoever wants to go on opens another. */
export class Connection implements Connected {
  readonly node: Node;
  readonly #network: Network;
  readonly #kernel: Kernel;
  readonly #from: Process;
  readonly #lost: () => void;
  readonly #starts: number;
  readonly #requests: OneWay<Arrival>;
  readonly #answers: OneWay<() => void>;
  /** What waits for an answer. */
  readonly #asked = new Set<Asked>();
  /** What the node is at, and what has come behind it. */
  #serving: Arrival | undefined;
  readonly #unread: Arrival[] = [];
  #isReset = false;
  #isGivenUp = false;

  /** @param lost is called when it breaks, also while nothing is under way on it */
  constructor(network: Network, from: Process, node: Node, lost: () => void) {
    this.#network = network;
    this.#kernel = network.kernel;
    this.#from = from;
    this.#lost = lost;
    this.node = node;
    this.#starts = node.starts;
    const ways = { kernel: network.kernel, cutMs: () => this.#cutMs, heldUp: (ms: number) => this.#heldUp(ms) };
    this.#requests = new OneWay({ ...ways, out: (arrival) => this.#arrived(arrival) });
    this.#answers = new OneWay({ ...ways, out: (settle) => settle(), owner: from });
    node.connections.add(this);
  }

  get isReset(): boolean {
    return this.#isReset;
  }

  /** A request that is answered when it is read. Rejects with what `serve` throws, or with ConnectionLost. */
  ask<T>(api: Api, serve: () => T): Promise<T> {
    return this.askAndWait(api, (reply) => reply.resolve(serve()));
  }

  /** A request whose answer may come later. */
  askAndWait<T>(api: Api, serve: (reply: Reply<T>) => void): Promise<T> {
    // What runs on in a process that was just killed or stopped reaches nobody, or only when it goes on.
    if (this.#from.state === 'dead') return new Promise(() => {});
    if (this.#from.state === 'paused') return this.#kernel.wait(0, this.#from).then(() => this.askAndWait(api, serve));
    const { latencyMs, faultOf } = this.#network.options;
    const fault = faultOf?.(this.#from, api, this.node.id);
    return new Promise<T>((resolve, reject) => {
      const asked: Asked = { reject };
      this.#asked.add(asked);
      const answered: Reply<T> = {
        resolve: (value) => this.#answer(asked, api, () => resolve(value)),
        reject: (refusal) => this.#answer(asked, api, () => reject(refusal)),
      };
      const reset = (): void => this.#resetAfter(latencyMs(api));
      // Nobody is there to take it.
      if (!this.node.isUp || this.#isReset) return reset();
      switch (fault?.kind) {
        case 'lost':
          return reset();
        case 'late':
          this.#arriveLate(fault.ms, { serve, reply: nobody });
          return reset();
        case 'unanswered':
          return this.#requests.put({ serve, reply: { resolve: reset, reject: reset } }, latencyMs(api));
        case 'doubled':
          this.#requests.put({ serve, reply: answered }, latencyMs(api));
          return this.#requests.put({ serve, reply: nobody }, latencyMs(api));
        case 'slow':
          return this.#requests.put({ serve, reply: answered }, fault.ms);
        case undefined:
          return this.#requests.put({ serve, reply: answered }, latencyMs(api));
      }
    });
  }

  broken(): void {
    // What a process that is gone had opened is nobody's.
    if (this.#from.state === 'dead') return;
    this.#resetAfter(this.#network.options.latencyMs('Metadata'));
  }

  /** By its client: what was sent arrives, but nothing is answered. */
  close(): void {
    this.#isReset = true;
    this.#unread.length = 0;
    this.node.connections.delete(this);
  }

  #arrived(arrival: Arrival): void {
    this.#unread.push(arrival);
    if (this.#serving === undefined) this.#readNext();
  }

  #readNext(): void {
    const arrival = this.#unread.shift();
    if (arrival === undefined || this.node.starts !== this.#starts) return;
    this.#serving = arrival;
    const answer = (say: () => void): void => {
      if (this.#serving !== arrival) return;
      this.#serving = undefined;
      say();
      this.#readNext();
    };
    serveTo(arrival, {
      resolve: (value) => answer(() => arrival.reply.resolve(value)),
      reject: (refusal) => answer(() => arrival.reply.reject(refusal)),
    });
  }

  /** By another way than this connection, which is gone by then; whether its sender is still alive does not matter. */
  #arriveLate(ms: number, arrival: Arrival): void {
    this.#kernel.schedule(ms, () => {
      if (this.#cutMs > 0) return this.#arriveLate(this.#cutMs, arrival);
      if (this.node.starts === this.#starts) serveTo(arrival, arrival.reply);
    });
  }

  #answer(asked: Asked, api: Api, settle: () => void): void {
    const heard = (): void => {
      if (this.#asked.delete(asked)) settle();
    };
    this.#answers.put(heard, this.#network.options.latencyMs(api));
  }

  /** Its client gives the connection up after a time. */
  #heldUp(cutMs: number): void {
    const { requestTimeoutMs = 60_000 } = this.#network.options;
    if (cutMs <= requestTimeoutMs || this.#isGivenUp) return;
    this.#isGivenUp = true;
    this.#resetAfter(requestTimeoutMs);
  }

  get #cutMs(): number {
    return this.#network.cutMs(this.#from, this.node.id);
  }

  #resetAfter(ms: number): void {
    this.#kernel.schedule(ms, () => this.#reset(), this.#from);
  }

  #reset(): void {
    // Whether what was sent into a cut arrives all the same is left to chance.
    if (this.#cutMs > 0 && this.#kernel.random.next() < 0.5) this.#requests.drop();
    if (!this.#isReset) this.#lost();
    this.close();
    for (const { reject } of this.#asked) reject(new ConnectionLost('the connection was reset'));
    this.#asked.clear();
  }
}

/** A request at its node. */
interface Arrival {
  readonly serve: (reply: Reply<never>) => void;
  readonly reply: Reply<never>;
}

/** A request at its client. */
interface Asked {
  readonly reject: (error: Error) => void;
}

function serveTo({ serve }: Arrival, reply: Reply<never>): void {
  try {
    serve(reply);
  } catch (error) {
    reply.reject(error as Refusal);
  }
}

/** Hears an answer whose question has nobody behind it any more. */
const nobody: Reply<never> = { resolve() {}, reject() {} };
