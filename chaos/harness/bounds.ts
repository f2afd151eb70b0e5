// Within which time after a disaster the group must get on (R14): the bars that are promised, each with a second more, as the
// progress is asked for every half second only.

import { type Protocol } from './membership.js';

export const timeouts = { sessionMs: 6000, transactionMs: 10_000 } as const;

/** What is known of a member at the moment at which it stops working. */
export interface Departure {
  /** The group has let it in before. */
  readonly hasJoined: boolean;
  /** The group has not answered its (next) request to join. */
  readonly isJoining: boolean;
}

/**
 * A killed or frozen owner's partitions move on within its session and 3 s. The session of one that waits for its group begins
 * when the group answers, which is when the session of whomever they all wait for is over.
 */
export function takeoverMs({ isJoining }: Pick<Departure, 'isJoining'>): number {
  return timeouts.sessionMs + 3000 + 1000 + (isJoining ? timeouts.sessionMs : 0);
}

/**
 * Partitions of one that leaves move on within 2 s. A static member never says that it leaves; nor can one that waits for its
 * group, as brokers take no more requests from its connection: their sessions end, as if they had been killed.
 */
export function handoverMs(protocol: Protocol, departure: Departure): number {
  const canSay = protocol !== 'static' && departure.hasJoined && !departure.isJoining;
  return canSay ? 2000 + 1000 : takeoverMs(departure);
}

/** After a broker's restart they do within 15 s. */
export const brokerMs = 15_000;
/** A connection that is lost costs next to nothing. */
export const reconnectMs = 3000;
/** What a process takes to start where the machine is busy. */
export const startMs = 6000;
