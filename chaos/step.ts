// What a processor makes of a record, as a pure function: the processor itself runs it, and the checker runs it again over
// the inputs. A step of the chain is a processor as the checker sees it.

export type Fate =
  /** One payload for each sink. */
  | { readonly fate: 'processed'; readonly payloads: readonly number[] }
  | { readonly fate: 'dead-lettered' }
  | { readonly fate: 'skipped' };

export interface Step {
  /** Also the group's name. */
  readonly processor: string;
  readonly input: string;
  readonly sinks: readonly string[];
  readonly deadLetters: string;
  fateOf(payload: number): Fate;
  /** The partition of a key, the same for all topics. */
  partitionOf(key: number): number;
}
