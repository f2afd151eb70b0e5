// The heart of a member of a classic group: says again and again that the member is alive, whatever its owner does, and hears
// what the group answers, or that it does not.

import type { Membership } from './group-coordinator.js';
import { Session } from './group-session.js';
import type { BelongingHost } from './member.js';
import { ConnectionLost } from './network.js';
import { Refusal } from './refusal.js';

export interface HeartOptions {
  readonly membership: () => Membership;
  /** The group has answered with that. */
  readonly refused: (refusal: Refusal) => void;
  /** The group has not been heard of for a session's time. */
  readonly silent: () => void;
}

export class Heart {
  readonly #host: BelongingHost;
  readonly #options: HeartOptions;
  readonly #session: Session;
  #isAtWork = false;
  #isBeating = false;
  #cancel: () => void = () => {};

  constructor(host: BelongingHost, options: HeartOptions) {
    this.#host = host;
    this.#options = options;
    const { setup, settings } = host;
    const { silent: isOver } = options;
    this.#session = new Session(setup.kernel, { ms: settings.sessionMs, isOver, owner: setup.process });
  }

  /** From here on it is a member, as its membership is now. */
  start(): void {
    this.#isAtWork = true;
    this.#session.heard();
    this.#beatNext();
  }

  stop(): void {
    this.#isAtWork = false;
    this.#cancel();
    this.#session.hold();
  }

  end(): void {
    this.stop();
    this.#session.end();
  }

  #beatNext(): void {
    const { setup, settings } = this.#host;
    const beat = (): void => {
      if (!this.#isAtWork) return;
      this.#beatNext();
      if (!this.#isBeating) void this.#beat();
    };
    this.#cancel = setup.kernel.schedule(settings.heartbeatMs, beat, setup.process);
  }

  async #beat(): Promise<void> {
    const { setup, options } = this.#host;
    const { network, cluster } = setup;
    const membership = this.#options.membership();
    this.#isBeating = true;
    try {
      await network.ask('Heartbeat', () => cluster.group(options.groupId).heartbeat(membership));
      if (this.#isStill(membership)) this.#session.heard();
    } catch (error) {
      if (error instanceof Refusal) this.#refused(error, membership);
      else if (!(error instanceof ConnectionLost)) throw error;
    } finally {
      this.#isBeating = false;
    }
  }

  #refused(refusal: Refusal, membership: Membership): void {
    if (!this.#isStill(membership)) return;
    if (refusal.code === 'REBALANCE_IN_PROGRESS') this.#session.heard();
    this.#options.refused(refusal);
  }

  /** Of an answer to somebody that the member was before nothing follows. */
  #isStill({ memberId, generation }: Membership): boolean {
    const now = this.#options.membership();
    return this.#isAtWork && memberId === now.memberId && generation === now.generation;
  }
}
