// The way of one client to whoever serves what it asks for: a partition's leader, a coordinator, or any broker. Where that was
// is remembered until somebody says that it is not there any more; then the client looks the new place up and asks again.

import type { Cluster } from './cluster.js';
import type { Connection } from './connection.js';
import type { Reply } from './group-coordinator.js';
import type { Process } from './kernel.js';
import { type Api, ConnectionLost, type Network } from './network.js';
import type { Node } from './node.js';
import type { Place } from './places.js';
import { Refusal } from './refusal.js';

export class Route {
  readonly #network: Network;
  readonly #cluster: Cluster;
  readonly #process: Process;
  readonly #place: Place;
  /** Shared by all routes of one client. */
  readonly #client: { lost: () => void };
  #connection: Connection | undefined;
  /** The first time it is known from where the client has begun. */
  #isKnown = true;

  constructor(network: Network, cluster: Cluster, process: Process, place: Place, client = { lost: (): void => {} }) {
    this.#client = client;
    this.#network = network;
    this.#cluster = cluster;
    this.#process = process;
    this.#place = place;
  }

  /** Of the same client, to somebody else. */
  to(place: Place): Route {
    return new Route(this.#network, this.#cluster, this.#process, place, this.#client);
  }

  /** Of any connection of the client that breaks, whether it waits for something there or not. */
  onLost(hear: () => void): void {
    this.#client.lost = hear;
  }

  /**
   * A request that is answered when it arrives. Rejects with what `serve` throws, or with ConnectionLost. From `untilMs` on whoever
   * serves it is looked for no more. Default: for as long as it takes.
   */
  ask<T>(api: Api, serve: () => T, untilMs?: number): Promise<T> {
    return this.askAndWait(api, (reply) => reply.resolve(serve()), untilMs);
  }

  /** A request whose answer may come later. */
  async askAndWait<T>(
    api: Api,
    serve: (reply: Reply<T>) => void,
    untilMs: number = Number.POSITIVE_INFINITY,
  ): Promise<T> {
    const { kernel } = this.#network;
    for (;;) {
      if (this.#connection?.isReset) this.#forget(this.#connection);
      const connection = this.#connection ?? (await this.#connect());
      try {
        return await connection.askAndWait<T>(api, (reply) => {
          this.#cluster.require(connection.node, this.#place);
          serve(reply);
        });
      } catch (error) {
        if (error instanceof ConnectionLost) this.#forget(connection);
        if (!(error instanceof Refusal) || !goesOn.has(error.code)) throw error;
        if (error.code !== 'COORDINATOR_LOAD_IN_PROGRESS') this.#forget(connection);
        if (kernel.nowMs >= untilMs) throw error;
        await kernel.wait(retryMs, this.#process);
      }
    }
  }

  /** Whoever was asked is let alone: the next request looks for the place anew, on a connection of its own. */
  close(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    connection.close();
    this.#forget(connection);
  }

  #forget(connection: Connection): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    // Among one node there is nothing to look for.
    this.#isKnown = this.#cluster.nodes.length === 1;
  }

  async #connect(): Promise<Connection> {
    const node = this.#isKnown ? this.#cluster.nodeOf(this.#place) : await this.#lookUp();
    this.#isKnown = true;
    return (this.#connection = this.#network.connect(this.#process, node, () => this.#client.lost()));
  }

  /** Any broker knows; one that does not answer costs the time to ask again. @throws ConnectionLost */
  async #lookUp(): Promise<Node> {
    const { kernel } = this.#network;
    const { nodes } = this.#cluster;
    const asked = kernel.random.pick(nodes);
    if (this.#place.kind === 'anywhere') return asked;
    const connection = this.#network.connect(this.#process, asked);
    const api = this.#place.kind === 'leader' ? 'Metadata' : 'FindCoordinator';
    try {
      return await connection.ask(api, () => this.#cluster.nodeOf(this.#place));
    } finally {
      connection.close();
    }
  }
}

/** The client looks for the new place, or waits for it, and asks again. */
const goesOn: ReadonlySet<string> = new Set([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR',
  'NOT_LEADER_OR_FOLLOWER',
]);
/** As long as the client waits before it asks again. */
const retryMs = 20;
