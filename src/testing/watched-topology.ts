// A topology whose handlers are counted while they run: time of the model must not pass while one waits for something real.

import type { SourceHandler, Topology } from '../core/topology.js';

export class HandlersUnderWay {
  /** Processors whose handlers have not returned yet, each as often as it has such. */
  readonly #running: string[] = [];

  get first(): string | undefined {
    return this.#running[0];
  }

  watch(topology: Topology): Topology {
    const subtopologies = topology.subtopologies.map((one) => ({
      ...one,
      source: { ...one.source, handler: this.#watched(topology.name, one.source.handler) },
    }));
    return { ...topology, subtopologies };
  }

  #watched(name: string, handler: SourceHandler): SourceHandler {
    const handle = (record: never, context: never): unknown => {
      const returned = handler.handle(record, context);
      if (!isThenable(returned)) return returned;
      void this.#count(name, returned);
      return returned;
    };
    return { per: handler.per, handle };
  }

  async #count(name: string, returned: PromiseLike<unknown>): Promise<void> {
    this.#running.push(name);
    try {
      await returned;
    } catch {
      // How it fails is the engine's to treat.
    } finally {
      this.#running.splice(this.#running.indexOf(name), 1);
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
