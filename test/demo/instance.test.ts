// Which instance owns what, the crash demo reads from the instances' logs.

import { expect, test } from 'vitest';
import { partitionsIn } from '../../demo/instance.js';
import { factLog } from '../../src/cli/fact-log.js';
import type { Fact } from '../../src/engine/facts.js';

test('an instance works on what it has opened and not given up since', () => {
  expect(logged([])).toEqual([]);
  expect(logged([rebalanced('assigned', [0, 1, 2])])).toEqual([]);
  expect(logged([rebalanced('assigned', [0, 1]), opened(1), opened(0)])).toEqual([1, 0]);
  expect(logged([opened(0), opened(1), opened(2), rebalanced('revoked', [1])])).toEqual([0, 2]);
  expect(logged([opened(0), opened(1), rebalanced('lost', [0, 1]), opened(1)])).toEqual([1]);
});

test('a line that is cut off, or none of the log, does not matter', () => {
  expect(partitionsIn(`not JSON\n${line({ fact: 'task-opened', partition: 3 })}\n{"fact":"task-ope`)).toEqual([3]);
});

/** What `processor run` writes for these facts, read again. */
function logged(facts: readonly Fact[]): readonly number[] {
  const lines: string[] = [];
  const write = (fields: object, msg: string): void => void lines.push(line({ ...fields, msg }));
  const log = factLog({ debug: write, info: write, warn: write, error: write } as Parameters<typeof factLog>[0]);
  for (const fact of facts) log.onFact(fact);
  return partitionsIn(lines.join('\n'));
}

function line(entry: object): string {
  return JSON.stringify(entry);
}

function opened(partition: number): Fact {
  const at = { processor: 'enrich-orders', topic: 'orders', partition, ownershipEpoch: 1 };
  return { fact: 'task-opened', ...at, position: 0, ms: 1 };
}

function rebalanced(kind: 'assigned' | 'revoked' | 'lost', partitions: readonly number[]): Fact {
  const names = partitions.map((partition) => ({ topic: 'orders', partition }));
  return { fact: 'rebalanced', processor: 'enrich-orders', kind, partitions: names };
}
