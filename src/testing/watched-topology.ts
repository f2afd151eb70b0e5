// Topologies whose handlers are counted while they run: time of the model must not pass while one waits for something real.

import { isThenable } from '../core/thenable.js';
import type { SourceHandler, Topology } from '../core/topology.js';

/** A handler that has not settled yet. */
export interface HandlerUnderWay {
  readonly processor: string;
  readonly instance: string;
}

interface Running extends HandlerUnderWay {
  /** Fires when its batch is given up: what it does then is nobody's any more. */
  readonly signal: AbortSignal;
}

export class HandlersUnderWay {
  readonly #running = new Set<Running>();

  /** One of those that somebody waits for. */
  first(isAwaited: (instance: string) => boolean): HandlerUnderWay | undefined {
    for (const one of this.#running) if (!one.signal.aborted && isAwaited(one.instance)) return one;
    return undefined;
  }

  /** The topology for one instance. */
  watch(topology: Topology, instance: string): Topology {
    const subtopologies = topology.subtopologies.map((one) => ({
      ...one,
      source: { ...one.source, handler: this.#watched({ processor: topology.name, instance }, one.source.handler) },
    }));
    return { ...topology, subtopologies };
  }

  #watched(about: HandlerUnderWay, handler: SourceHandler): SourceHandler {
    const handle = (record: never, context: never): unknown => {
      const returned = handler.handle(record, context);
      if (!isThenable(returned)) return returned;
      // Whatever a handler is for, its context has a signal.
      const { signal } = context as { readonly signal: AbortSignal };
      void this.#count({ ...about, signal }, returned);
      return returned;
    };
    return { per: handler.per, handle };
  }

  async #count(running: Running, returned: PromiseLike<unknown>): Promise<void> {
    this.#running.add(running);
    try {
      await returned;
    } catch {
      // How it fails is the engine's to treat.
    } finally {
      this.#running.delete(running);
    }
  }
}
