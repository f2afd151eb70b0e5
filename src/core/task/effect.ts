// What a task wants done. The effects of one step are performed one after another; each but the last succeeds silently,
// the last one's success, or the first failure, is the next event. Pure data; engine/perform does them.

import type { LetterExtent } from './state.js';

export type TaskEffect =
  /** Opens a producer with the task's id; the old one, if any, is parked (E8). */
  | { readonly do: 'open-producer' }
  /** Fences the predecessor and settles its transaction (E2). */
  | { readonly do: 'init' }
  /** Reads the committed offset; `opened` follows (E2). */
  | { readonly do: 'fetch-offset' }
  /** Makes the reader deliver the partition from here; records that it delivered before are void (E3). */
  | { readonly do: 'read-from'; readonly position: number }
  /** Gives the group the time to say that this member is out: being fenced does not prove it, and an init would fence back (E9). */
  | { readonly do: 'hear-group' }
  /**
   * Runs handlers over the batch from `first` on, over `recordsMax` records at most; `handled` follows. A `poison` record
   * is one that the broker does not take: its policy is applied in place of its handler (E21).
   */
  | {
      readonly do: 'handle';
      readonly first: number;
      readonly recordsMax?: number;
      readonly poison?: LetterExtent | undefined;
    }
  /** Replaces a producer whose connection has failed: a late request of it could hit the next transaction (E7). */
  | { readonly do: 'renew-producer' }
  | { readonly do: 'begin' }
  /** Hands the outputs to the transaction. */
  | { readonly do: 'send' }
  | { readonly do: 'send-offsets'; readonly offset: number }
  /** Ends the transaction; `committed` follows. */
  | { readonly do: 'commit' }
  /** Sends the outputs and awaits their acknowledgement, without a transaction. */
  | { readonly do: 'deliver' }
  /** Commits an offset without a transaction. */
  | { readonly do: 'commit-offset'; readonly offset: number }
  /** Says that a settled batch is done: `committed` follows. Ends lists whose last effect has no event of its own. */
  | { readonly do: 'settle' }
  | { readonly do: 'abort' }
  /** `waited` follows. */
  | { readonly do: 'wait'; readonly ms: number }
  /** Drops the batch, its outputs and everything queued. */
  | { readonly do: 'drop' }
  /** Arms the deadline of E5. */
  | { readonly do: 'arm-deadline' }
  /** Gives the partition up; the producer is disconnected when its call, if any, returns. */
  | { readonly do: 'close' }
  /** Ends the processor with the error that the failure carried (E18). */
  | { readonly do: 'end-processor' };

export type TaskEffectKind = TaskEffect['do'];
