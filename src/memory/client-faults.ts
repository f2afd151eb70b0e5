// What the client itself does wrong, as far as the port permits it: all kinds, and who says where one strikes. A new kind is an
// entry in call-faults.ts (something about one call) or in member-faults.ts (something about a member of a group).
//
// Not among them is what the port forbids, because the adapter, or the client below it, sees to it:
// - Records from before an assign or a rewind that come after it. One from behind the new position the adapter drops
//   (adapters/confluent/handed-out), and the reader ends the processor if it ever gets one: `comesAgain` shows that. One from ahead
//   of the new position nobody above the client could tell from the next one, for between two batches there may be gaps: markers,
//   and what was aborted or compacted away. The client drops what it has fetched for an older position, as reading.ts does.
//   What a poll hands out while its task already wants to read from elsewhere is another matter (E3): `slow-poll` makes that last.
// - A question about the cluster that never returns: the adapter asks in attempts of its own, and each of them ends.

import { callFaults, lateTaint } from './call-faults.js';
import { memberFaults } from './member-faults.js';

/** Something that the client does wrong. */
export interface ClientFault {
  /** No other one has it. */
  readonly name: string;
  /** The longest that it lasts or takes, in milliseconds. */
  readonly msMax: number;
  /** Of the places where it can strike, the largest share with which work still gets done. */
  readonly rateMax: number;
}

/** Which of these faults strikes here, if any, and for how long. `place` is the name of a call, or of what else happens. */
export type ChooseFault = <Fault extends ClientFault>(
  place: string,
  faults: readonly Fault[],
) => ChosenFault<Fault> | undefined;

export interface ChosenFault<Fault extends ClientFault = ClientFault> {
  readonly of: Fault;
  readonly ms: number;
}

/** All that the port permits. */
export const clientFaults: readonly ClientFault[] = [...callFaults, lateTaint, ...memberFaults];
