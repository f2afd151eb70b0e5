// Who serves what: the node that coordinates a group or a transactional id, by its name until it is moved. Where partitions are
// led is topics.ts.

import type { TopicPartition } from '../core/ids.js';
import type { Kernel } from './kernel.js';
import type { Node } from './node.js';
import { Refusal } from './refusal.js';

/** What a client asks for; who that is can change at any time. */
export type Place =
  | { readonly kind: 'anywhere' }
  | { readonly kind: 'leader'; readonly partition: TopicPartition }
  | Coordinated;

export type Coordinated =
  | { readonly kind: 'group'; readonly groupId: string }
  | { readonly kind: 'transactions'; readonly transactionalId: string };

interface Coordinator {
  node: Node;
  /** Until when it reads what its predecessor has written. */
  loadedAtMs: number;
}

export class Coordinators {
  readonly #kernel: Kernel;
  readonly #nodes: readonly Node[];
  readonly #byName = { group: new Map<string, Coordinator>(), transactions: new Map<string, Coordinator>() };

  constructor(kernel: Kernel, nodes: readonly Node[]) {
    this.#kernel = kernel;
    this.#nodes = nodes;
  }

  nodeOf(of: Coordinated): Node {
    return this.#of(of).node;
  }

  move(of: Coordinated, to: Node, loadMs: number): void {
    const coordinator = this.#of(of);
    coordinator.node = to;
    coordinator.loadedAtMs = this.#kernel.nowMs + loadMs;
  }

  /** @throws NOT_COORDINATOR, COORDINATOR_LOAD_IN_PROGRESS */
  require(of: Coordinated, node: Node): void {
    const coordinator = this.#of(of);
    if (coordinator.node !== node) throw new Refusal('NOT_COORDINATOR');
    if (coordinator.loadedAtMs > this.#kernel.nowMs) throw new Refusal('COORDINATOR_LOAD_IN_PROGRESS');
  }

  /** When it can act: it is up, and has read what was written. Undefined while it is down. */
  readyAtMs(of: Coordinated): number | undefined {
    const { node, loadedAtMs } = this.#of(of);
    return node.isUp ? loadedAtMs : undefined;
  }

  /** All that this node coordinates. */
  at(node: Node): Coordinated[] {
    return [
      ...[...this.#byName.group]
        .filter(([, one]) => one.node === node)
        .map(([groupId]) => ({ kind: 'group', groupId }) as const),
      ...[...this.#byName.transactions]
        .filter(([, one]) => one.node === node)
        .map(([transactionalId]) => ({ kind: 'transactions', transactionalId }) as const),
    ];
  }

  #of(of: Coordinated): Coordinator {
    const name = of.kind === 'group' ? of.groupId : of.transactionalId;
    const known = this.#byName[of.kind].get(name);
    if (known) return known;
    const coordinator = { node: this.#nodes[hash(name) % this.#nodes.length] as Node, loadedAtMs: 0 };
    this.#byName[of.kind].set(name, coordinator);
    return coordinator;
  }
}

/** Java's hash of a string, as Kafka spreads them. */
function hash(text: string): number {
  let mixed = 0;
  for (let i = 0; i < text.length; i++) mixed = (Math.imul(mixed, 31) + text.charCodeAt(i)) | 0;
  return mixed & 0x7fffffff;
}
