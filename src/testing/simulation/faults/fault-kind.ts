// A kind of fault: where it strikes and what it does there. A new one is a file in this folder and its line in index.ts; plans
// draw it from then on, transcripts name it, and shrinking leaves it out by itself.

import type { Fault } from '../../../memory/network.js';
import type { Decision } from '../decision.js';
import type { SimulatedInstance, World } from '../world.js';

interface Kind {
  readonly name: string;
  /** The longest that it lasts or takes, in milliseconds: what `decision.ms` is drawn from. */
  readonly msMax: number;
}

/** Strikes requests on their way. */
export interface RequestFault extends Kind {
  readonly at: 'request';
  /** Of all requests, the largest share that it strikes. */
  readonly rateMax: number;
  mayStrike?(api: string): boolean;
  outcome(decision: Decision): Fault;
}

/** Strikes a process at one of the engine's named moments (engine/crash-point). */
export interface MomentFault extends Kind {
  readonly at: 'moment';
  readonly rateMax: number;
  strike(world: World, victim: SimulatedInstance, decision: Decision): void;
}

/** Strikes at a time, whatever is going on then. */
export interface Disaster extends Kind {
  readonly at: 'time';
  strike(world: World, decision: Decision): void;
}

/** Strikes what the client does for a process, or tells it. */
export interface CallFault extends Kind {
  readonly at: 'call';
  readonly rateMax: number;
}

export type FaultKind = RequestFault | MomentFault | CallFault | Disaster;
