// A member of a classic group looks at its topics now and again: partitions that are new are for the whole group to share.

import type { BelongingHost } from './member.js';
import { ConnectionLost } from './network.js';
import type { Route } from './route.js';

export class TopicLook {
  readonly #host: BelongingHost;
  readonly #changed: () => void;
  /** Any broker knows. */
  readonly #anywhere: Route;
  #seen: string | undefined;
  #cancel: () => void = () => {};
  #isOver = false;

  constructor(host: BelongingHost, changed: () => void) {
    this.#host = host;
    this.#changed = changed;
    this.#anywhere = host.setup.network.to({ kind: 'anywhere' });
  }

  /** Looks, and goes on looking. */
  async look(): Promise<void> {
    const { setup, options, settings } = this.#host;
    const before = this.#seen;
    const counts = await this.countsOf(options.topics).catch((error: unknown) => {
      if (!(error instanceof ConnectionLost)) throw error;
    });
    if (this.#isOver) return;
    this.#cancel = setup.kernel.schedule(settings.metadataMs, () => void this.look(), setup.process);
    if (counts && before !== undefined && before !== this.#seen) this.#changed();
  }

  /** How many partitions each of them has now; what was shared by these counts is old when there are others. @throws ConnectionLost */
  async countsOf(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const { cluster } = this.#host.setup;
    const counts = await this.#anywhere.ask(
      'Metadata',
      () => new Map(topics.map((topic) => [topic, cluster.partitionsOf(topic)])),
    );
    this.#seen = [...counts].map(([topic, count]) => `${topic}:${count}`).join();
    return counts;
  }

  close(): void {
    this.#isOver = true;
    this.#cancel();
    this.#anywhere.close();
  }
}
