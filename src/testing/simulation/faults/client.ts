// What the client itself does wrong: all that the port permits (memory/client-faults), wherever the engine calls it or is told
// something by it.

import { clientFaults } from '../../../memory/client-faults.js';
import type { CallFault } from './fault-kind.js';

export const clientFaultKinds: readonly CallFault[] = clientFaults.map((fault) => ({ ...fault, at: 'call' }));

export function isClientFault(name: string): boolean {
  return names.has(name);
}

const names: ReadonlySet<string> = new Set(clientFaults.map(({ name }) => name));
