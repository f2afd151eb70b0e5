// A small Kafka for one task, pure: it answers the effects of core/task/table, or fails them, and keeps what a reader of the
// outputs and the group would see. Property tests walk through it; it knows nothing of the engine's shell.

import type { TaskEffect } from '../../src/core/task/effect.js';
import type { Failure, TaskEvent } from '../../src/core/task/event.js';
import { newTask, type TaskState } from '../../src/core/task/state.js';
import { step } from '../../src/core/task/step.js';
import { opening } from '../../src/core/task/table.js';
import type { Guarantee } from '../../src/core/topology.js';

/** What happens next: an answer to what is under way, or something from outside. */
export type Choice =
  | { readonly then: 'succeed' }
  | { readonly then: 'fail'; readonly failure: Failure; readonly tookEffect: boolean }
  | { readonly then: 'revoke' }
  | { readonly then: 'lose' }
  | { readonly then: 'deadline' }
  | { readonly then: 'wait-at'; readonly back: number };

/** One partition with `records` records, of which each batch takes up to `batchMax`. Survives its tasks. */
export class Partition {
  committed = 0;
  /** Offsets of the input records whose outputs are visible, in the order of their appearance. */
  readonly visible: number[] = [];
  /** Offsets of the records whose policy stood in for their handler, in the order in which that lasted. */
  readonly givenUp: number[] = [];
  readonly records: number;
  readonly batchMax: number;
  /** Offsets whose outputs the broker never takes. */
  readonly poison: ReadonlySet<number>;
  /** Whether the group has no offset yet, and where it began: at the end of the log, which grows until then. */
  isNew: boolean;
  begun = 0;

  constructor(records: number, batchMax: number, { poison, isNew }: { poison: ReadonlySet<number>; isNew: boolean }) {
    this.records = records;
    this.batchMax = batchMax;
    this.poison = poison;
    this.isNew = isNew;
  }

  /** The end of the log when somebody asks: while the group is new, one record more each time. */
  grow(): number {
    this.begun = Math.min(this.begun + 1, this.records);
    return this.begun;
  }
}

/** The task of one owner of the partition. */
export class TaskWorld {
  state: TaskState;
  readonly history: string[] = [];
  readonly #partition: Partition;
  #pending: TaskEffect[] = [];
  /** Outputs that are sent, and the offset that goes with them, in the open transaction. */
  #transaction: { outputs: number[]; treated: number | undefined; offset: number | undefined } | undefined;
  /** Offsets that the handlers are through with, not sent yet. */
  #handled: number[] = [];
  /** The one that its policy has treated, of those. */
  #treated: number | undefined;
  #deadlineArmed = false;

  constructor(partition: Partition, guarantee: Guarantee) {
    this.#partition = partition;
    this.state = newTask(guarantee);
    this.#pending = [...opening];
  }

  get ended(): boolean {
    return this.state.kind === 'closed' || this.state.kind === 'failed';
  }

  /** Makes one move; an outside event that cannot come now counts as success of what is under way. */
  choose(choice: Choice): void {
    if (this.ended) return;
    if (choice.then === 'revoke') return this.#dispatch({ kind: 'revoked' });
    if (choice.then === 'lose') return this.#dispatch({ kind: 'lost' });
    if (choice.then === 'deadline' && this.#deadlineArmed) return this.#dispatch({ kind: 'deadline' });
    const effect = this.#pending.shift();
    if (effect === undefined) return this.#feed();
    if (choice.then === 'fail' && fallible.has(effect.do)) return this.#fail(effect, choice);
    const event = this.#do(effect, choice);
    if (this.#pending.length === 0 && event) this.#dispatch(event);
  }

  /** The next batch, if the task is idle and there is one. */
  #feed(): void {
    const { state } = this;
    if (state.kind !== 'idle' || state.position >= this.#partition.records) return;
    const end = Math.min(state.position + this.#partition.batchMax, this.#partition.records);
    this.#dispatch({ kind: 'batch', span: { first: state.position, end } });
  }

  #dispatch(event: TaskEvent): void {
    const { state, effects } = step(this.state, event);
    this.history.push(
      `${this.state.kind} + ${event.kind} → ${state.kind} [${effects.map((effect) => effect.do).join(', ')}]`,
    );
    // A new list replaces what was under way, except that the deadline is armed beside it.
    if (effects.some((effect) => effect.do !== 'arm-deadline')) this.#pending = [...effects];
    else if (effects.length > 0) this.#deadlineArmed = true;
    this.state = state;
    if (this.ended) this.#end();
  }

  #do(effect: TaskEffect, choice: Choice): TaskEvent | undefined {
    const partition = this.#partition;
    switch (effect.do) {
      case 'open-producer':
      case 'renew-producer':
      case 'hear-group':
      case 'read-from':
      case 'close':
      case 'end-processor':
        return undefined;
      case 'init':
        this.#transaction = undefined; // Fences and aborts whatever was open under this id.
        return undefined;
      case 'fetch-offset':
        return partition.isNew
          ? { kind: 'opened', position: partition.grow(), isNew: true }
          : { kind: 'opened', position: partition.committed };
      case 'handle': {
        const bound = this.state.guarantee === 'at-most-once' ? partition.committed : effect.first + partition.batchMax;
        const end = Math.min(bound, effect.first + (effect.recordsMax ?? partition.records), partition.records);
        if (effect.poison) {
          this.#handled = [];
          this.#treated = effect.first;
          return { kind: 'handled', end: effect.first + 1 };
        }
        this.#treated = undefined;
        const stopAt = choice.then === 'wait-at' ? Math.max(effect.first, end - choice.back) : end;
        this.#handled = range(effect.first, stopAt);
        return stopAt < end ? { kind: 'handled', end: stopAt, waitMs: 500 } : { kind: 'handled', end };
      }
      case 'begin':
        this.#transaction = { outputs: [], treated: undefined, offset: undefined };
        return undefined;
      case 'send':
        this.#open.outputs.push(...this.#handled);
        this.#open.treated = this.#treated;
        return undefined;
      case 'send-offsets':
        this.#open.offset = effect.offset;
        return undefined;
      case 'commit':
        if (this.#open.outputs.some((offset) => partition.poison.has(offset)))
          return { kind: 'refused', records: this.#open.outputs.length, isTooLarge: false };
        this.#commit();
        return { kind: 'committed' };
      case 'abort':
        this.#transaction = undefined;
        return { kind: 'aborted' };
      case 'deliver':
        partition.visible.push(...this.#handled);
        return undefined;
      case 'commit-offset':
        partition.committed = effect.offset;
        return undefined;
      case 'settle':
        return { kind: 'committed' };
      case 'wait':
        return { kind: 'waited' };
      case 'drop':
        this.#handled = [];
        return undefined;
      case 'arm-deadline':
        this.#deadlineArmed = true;
        return undefined;
    }
  }

  /** A failed call may have taken effect all the same: that is what makes an outcome unknown. */
  #fail(effect: TaskEffect, { failure, tookEffect }: Extract<Choice, { readonly then: 'fail' }>): void {
    this.#pending = [];
    if (tookEffect && failure === 'outcome-unknown') {
      if (effect.do === 'commit') this.#commit();
      if (effect.do === 'deliver') this.#partition.visible.push(...this.#handled);
      if (effect.do === 'commit-offset') this.#partition.committed = effect.offset;
    }
    this.#dispatch({ kind: 'failed', failure });
  }

  #commit(): void {
    const { outputs, treated, offset } = this.#open;
    // What the broker refuses, no late answer can make visible.
    if (outputs.some((output) => this.#partition.poison.has(output))) return;
    this.#partition.visible.push(...outputs);
    if (treated !== undefined) this.#partition.givenUp.push(treated);
    this.#partition.isNew = false;
    if (offset !== undefined) {
      if (offset < this.#partition.committed) throw new Error(`the committed offset moved back to ${offset}`);
      this.#partition.committed = offset;
    }
    this.#transaction = undefined;
  }

  get #open(): { outputs: number[]; treated: number | undefined; offset: number | undefined } {
    if (this.#transaction === undefined) throw new Error('no transaction is open');
    return this.#transaction;
  }

  /** The next owner's init aborts what this one left open. */
  #end(): void {
    this.#transaction = undefined;
    this.#pending = [];
  }
}

const fallible: ReadonlySet<TaskEffect['do']> = new Set([
  'open-producer',
  'init',
  'hear-group',
  'fetch-offset',
  'handle',
  'renew-producer',
  'begin',
  'send',
  'send-offsets',
  'commit',
  'deliver',
  'commit-offset',
  'abort',
]);

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}
