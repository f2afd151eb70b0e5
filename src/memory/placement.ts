// Which node leads and coordinates what, and how that moves: by order, and where a node goes down.

import type { TopicPartition } from '../core/ids.js';
import type { Kernel } from './kernel.js';
import { Node, type NodeId } from './node.js';
import { type Coordinated, Coordinators, type Place } from './places.js';
import { Refusal } from './refusal.js';
import type { Topics } from './topics.js';

export interface PlacementHost {
  /** How long a coordinator reads what its predecessor has written, in milliseconds. */
  readonly loadMs: () => number;
  leaderMoved(partition: TopicPartition): void;
  /** It coordinates nothing from now on: whoever waits in it is sent away. */
  coordinatorGone(of: Coordinated): void;
  /** The next one has everything that was written down after so long. */
  coordinatorMoved(of: Coordinated, loadMs: number): void;
}

export class Placement {
  readonly nodes: readonly Node[];
  readonly #kernel: Kernel;
  readonly #host: PlacementHost;
  readonly #coordinators: Coordinators;
  readonly #topics: () => Topics;

  constructor(kernel: Kernel, nodes: number, topics: () => Topics, host: PlacementHost) {
    this.#kernel = kernel;
    this.#host = host;
    this.#topics = topics;
    this.nodes = Array.from({ length: nodes }, (_, i) => new Node(i + 1));
    this.#coordinators = new Coordinators(kernel, this.nodes);
  }

  nodeOf(place: Place): Node {
    const [first] = this.nodes as readonly [Node];
    if (place.kind === 'anywhere') return first;
    if (place.kind === 'leader') return this.#topics().find(place.partition)?.leader ?? first;
    return this.#coordinators.nodeOf(place);
  }

  /** @throws NOT_LEADER_OR_FOLLOWER, NOT_COORDINATOR, COORDINATOR_LOAD_IN_PROGRESS */
  require(node: Node, place: Place): void {
    if (place.kind === 'anywhere') return;
    if (place.kind !== 'leader') return this.#coordinators.require(place, node);
    const found = this.#topics().find(place.partition);
    if (found && found.leader !== node) throw new Refusal('NOT_LEADER_OR_FOLLOWER');
  }

  /** When its coordinator can act; undefined while that is down. */
  readyAtMs(of: Coordinated): number | undefined {
    return this.#coordinators.readyAtMs(of);
  }

  /** Whether its coordinator can act now. */
  isReady(of: Coordinated): boolean {
    const readyAtMs = this.readyAtMs(of);
    return readyAtMs !== undefined && readyAtMs <= this.#kernel.nowMs;
  }

  moveLeader(partition: TopicPartition, to: NodeId): void {
    this.#topics().require(partition).leader = this.#node(to);
    this.#host.leaderMoved(partition);
  }

  moveCoordinator(of: Coordinated, to: NodeId, loadMs: number = this.#host.loadMs()): void {
    this.#host.coordinatorGone(of);
    this.#coordinators.move(of, this.#node(to), loadMs);
    this.#host.coordinatorMoved(of, loadMs);
  }

  restart(node: NodeId, downMs: number, failoverMs: number): void {
    const down = this.#node(node);
    if (!down.isUp) return;
    down.stop();
    for (const of of this.#coordinators.at(down)) this.#host.coordinatorGone(of);
    this.#kernel.schedule(Math.min(failoverMs, downMs), () => this.#failOver(down));
    this.#kernel.schedule(downMs, () => {
      down.start();
      for (const of of this.#coordinators.at(down)) this.moveCoordinator(of, node);
    });
  }

  #failOver(down: Node): void {
    const others = this.nodes.filter(({ isUp }) => isUp);
    if (others.length === 0) return;
    const next = (i: number): NodeId => (others[i % others.length] as Node).id;
    for (const [i, partition] of this.#topics().ledBy(down).entries()) this.moveLeader(partition, next(i));
    for (const [i, of] of this.#coordinators.at(down).entries()) this.moveCoordinator(of, next(i));
  }

  #node(id: NodeId): Node {
    const node = this.nodes[id - 1];
    if (node === undefined) throw new Error(`there is no node ${id}`);
    return node;
  }
}
