// A call of the client ends in time: what has no answer by then has failed, whatever still comes of it.

import { KafkaError } from '../ports/kafka.js';
import type { Kernel, Process } from './kernel.js';

/** Whose time it is, and what the call is named in its failure. */
export interface TimedCall {
  readonly kernel: Kernel;
  readonly process: Process;
  readonly call: string;
}

/** Rejects with what the call does, or with a retriable _TIMED_OUT. */
export function inTime<T>(timeoutMs: number, calling: Promise<T>, { kernel, process, call }: TimedCall): Promise<T> {
  return new Promise((resolve, reject) => {
    const failed = (): void =>
      reject(new KafkaError('_TIMED_OUT', `${call}: no answer within ${timeoutMs} ms`, { retriable: true }));
    const cancel = kernel.schedule(timeoutMs, failed, process);
    void calling.then(resolve, reject).finally(cancel);
  });
}
