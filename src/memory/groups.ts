// All groups of the brokers, each with its coordinator: what becomes of them where that moves, or a topic goes.

import { GroupCoordinator, type GroupOptions, type OffsetEvent } from './group-coordinator.js';
import type { Kernel } from './kernel.js';

export interface GroupsOptions extends Omit<GroupOptions, 'onOffset'> {
  readonly onOffset: ((groupId: string, event: OffsetEvent) => void) | undefined;
}

export class Groups {
  readonly #kernel: Kernel;
  readonly #options: GroupsOptions;
  readonly #groups = new Map<string, GroupCoordinator>();
  /** Of groups whose new coordinator reads what was written of them. */
  readonly #cancelLoad = new Map<string, () => void>();

  constructor(kernel: Kernel, options: GroupsOptions) {
    this.#kernel = kernel;
    this.#options = options;
  }

  get(groupId: string): GroupCoordinator {
    let group = this.#groups.get(groupId);
    if (group !== undefined) return group;
    const { partitionsOf, times, onOffset } = this.#options;
    group = new GroupCoordinator(this.#kernel, {
      partitionsOf,
      times,
      onOffset: (event) => onOffset?.(groupId, event),
    });
    this.#groups.set(groupId, group);
    return group;
  }

  /** The topic is gone, and what they have committed of it. */
  forget(topic: string): void {
    for (const group of this.#groups.values()) group.forget(topic);
  }

  /** Its coordinator is no more. */
  unload(groupId: string): void {
    this.#groups.get(groupId)?.unload();
  }

  /** Another one reads what was written of it, for so long. */
  load(groupId: string, loadMs: number): void {
    const group = this.#groups.get(groupId);
    if (group === undefined) return;
    // One that moves on before it was read is read by the next one alone.
    this.#cancelLoad.get(groupId)?.();
    this.#cancelLoad.set(
      groupId,
      this.#kernel.schedule(loadMs, () => group.load()),
    );
  }
}
