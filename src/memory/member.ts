// How a member belongs to its group, apart from what it reads: the small thing that a consumer asks of either protocol, and what
// it offers in return. Each protocol is a file of its own.

import type { ConsumerOptions, KafkaError, Rebalance } from '../ports/kafka.js';
import type { AssignmentStrategy } from './assignors.js';
import type { Membership } from './group-coordinator.js';
import { Session } from './group-session.js';
import type { ClientSetup } from './producer.js';
import type { Refusal } from './refusal.js';

/** What the client of a process is told about groups, named as the adapter's settings are. */
export interface MemberSettings {
  /** `consumer` is KIP-848. Default: classic. */
  readonly groupProtocol?: 'classic' | 'consumer';
  /** How a classic group shares its partitions. Default: cooperative-sticky. */
  readonly assignmentStrategy?: AssignmentStrategy;
  /** Makes the member a static one; no other member may have it. */
  readonly groupInstanceId?: string;
  /** Of the classic protocol; by KIP-848 the brokers say it. */
  readonly sessionMs: number;
  /** As `sessionMs`. */
  readonly heartbeatMs: number;
  /** Whoever polls less often is out of the group. */
  readonly pollMsMax: number;
  /** How often it looks whether its topics have grown. */
  readonly metadataMs: number;
}

export interface Belonging {
  /** As it is now: told with every offset of a transaction. */
  readonly membership: Membership;
  /** Joins; from here on it has to be polled. */
  open(): void;
  pollBegins(): void;
  pollEnds(): void;
  /** What an offset that it brought was refused with. */
  refused(refusal: Refusal): void;
  /** Leaves, as far as members of its kind do. */
  close(): Promise<void>;
}

export interface BelongingHost {
  readonly setup: ClientSetup;
  readonly options: ConsumerOptions;
  readonly settings: MemberSettings;
  /** Resolves when the event is answered. */
  raise(event: Rebalance): Promise<void>;
  /** The next poll fails with it, and all others, too, if it is fatal. */
  fail(error: KafkaError): void;
}

/** Whether the owner of a member polls as often as it has to. */
export class PollWatch {
  readonly #session: Session;
  #isOverslept = false;
  #wake: () => void = () => {};

  constructor({ setup, options, settings }: BelongingHost, overslept: () => void) {
    const isOver = (): void => {
      this.#isOverslept = true;
      options.onNotice({
        level: 'warn',
        message: `MAXPOLL: not polled for ${settings.pollMsMax} ms: leaving the group`,
      });
      overslept();
    };
    this.#session = new Session(setup.kernel, { ms: settings.pollMsMax, isOver, owner: setup.process });
  }

  get isOverslept(): boolean {
    return this.#isOverslept;
  }

  begins(): void {
    this.#session.hold();
    this.#isOverslept = false;
    this.#wake();
  }

  ends(): void {
    this.#session.heard();
  }

  /** At once, or with the next poll. */
  async polled(): Promise<void> {
    if (this.#isOverslept) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  close(): void {
    this.#session.end();
    this.#isOverslept = false;
    this.#wake();
  }
}
