// How what a disrupted run has committed differs from what the calm one has, by what the guarantee promises. Records of one input
// partition have an order among the outputs of one partition; between input partitions there is none to compare.

import type { Guarantee } from '../../core/topology.js';
import type { Committed } from './committed.js';

export type Part = 'topic' | 'partition' | 'key' | 'value' | 'headers' | 'timestamp' | 'order' | 'missing' | 'extra';

export interface Difference {
  /** What of an output differs. */
  readonly parts: readonly Part[];
  readonly calm: Committed | undefined;
  readonly disrupted: Committed | undefined;
}

export interface Comparable {
  readonly guarantee: Guarantee;
  /** What is emitted comes back as input: which offsets that has, and what it is among, is another thing each time. */
  readonly isFedBack: boolean;
}

/** By unit: each record, or each partition of a batch handler's input. */
export function differences(
  calm: readonly Committed[],
  disrupted: readonly Committed[],
  { guarantee, isFedBack }: Comparable,
): readonly Difference[] {
  if (isFedBack) return unordered(calm, disrupted, guarantee);
  const before = units(calm);
  const after = units(disrupted);
  const found: Difference[] = [];
  for (const unit of new Set([...before.keys(), ...after.keys()])) {
    found.push(...compared(before.get(unit) ?? [], after.get(unit) ?? [], guarantee));
  }
  return found.length > 0 || guarantee !== 'exactly-once' ? found : outOfOrder(calm, disrupted);
}

/** What one of them has and the other has not, by topic, whatever the order. */
function unordered(
  calm: readonly Committed[],
  disrupted: readonly Committed[],
  guarantee: Guarantee,
): readonly Difference[] {
  const topics = new Set([...calm, ...disrupted].map(({ topic }) => topic));
  return [...topics].flatMap((topic) => {
    const of = (all: readonly Committed[]): readonly Committed[] => {
      const own = all.filter((one) => one.topic === topic);
      return guarantee === 'at-least-once' ? once(own) : own;
    };
    const lost = guarantee === 'at-most-once' ? [] : without(of(calm), of(disrupted));
    const difference = firstDifference(lost, without(of(disrupted), of(calm)));
    return difference === undefined ? [] : [difference];
  });
}

function without(all: readonly Committed[], others: readonly Committed[]): readonly Committed[] {
  const left = others.map(signature);
  return all.filter((one) => {
    const at = left.indexOf(signature(one));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function compared(
  calm: readonly Committed[],
  disrupted: readonly Committed[],
  guarantee: Guarantee,
): readonly Difference[] {
  switch (guarantee) {
    case 'exactly-once':
      return allDifferences(calm, disrupted);
    // What is there again is there as it was.
    case 'at-least-once':
      return allDifferences(once(calm), once(disrupted));
    case 'at-most-once': {
      const known = new Set(calm.map(signature));
      return disrupted.every((one) => known.has(signature(one))) ? [] : allDifferences(calm, disrupted);
    }
  }
}

/** One by one where both have emitted the like in the same turn, else the first one. */
function allDifferences(calm: readonly Committed[], disrupted: readonly Committed[]): readonly Difference[] {
  const first = firstDifference(calm, disrupted);
  if (first === undefined) return [];
  const [before, after] = [inTurn(calm), inTurn(disrupted)];
  const isAlike = before.length === after.length && before.every(({ topic }, i) => topic === after[i]?.topic);
  if (first.parts[0] === 'order' || !isAlike) return [first];
  return before.flatMap((one, i) => {
    const other = after[i] as Committed;
    return signature(one) === signature(other) ? [] : [{ parts: partsOf(one, other), calm: one, disrupted: other }];
  });
}

function inTurn(all: readonly Committed[]): readonly Committed[] {
  const turn = ({ emission }: Committed): number => emission?.id ?? Number.POSITIVE_INFINITY;
  return all.toSorted((a, b) => (turn(a) < turn(b) ? -1 : 1));
}

function firstDifference(calm: readonly Committed[], disrupted: readonly Committed[]): Difference | undefined {
  const length = Math.max(calm.length, disrupted.length);
  for (let i = 0; i < length; i++) {
    const [one, other] = [calm[i], disrupted[i]];
    if (one === undefined) return { parts: ['extra'], calm: undefined, disrupted: other };
    if (other === undefined) return { parts: ['missing'], calm: one, disrupted: undefined };
    if (signature(one) === signature(other)) continue;
    if (sameInAnotherOrder(calm, disrupted)) return { parts: ['order'], calm: one, disrupted: other };
    return { parts: partsOf(one, other), calm: one, disrupted: other };
  }
  return undefined;
}

function sameInAnotherOrder(calm: readonly Committed[], disrupted: readonly Committed[]): boolean {
  const sorted = (all: readonly Committed[]): string => all.map(signature).sort().join('\n');
  return sorted(calm) === sorted(disrupted);
}

function partsOf(one: Committed, other: Committed): readonly Part[] {
  if (one.topic !== other.topic) return ['topic'];
  const parts: Part[] = [];
  if (hex(one.key) !== hex(other.key)) parts.push('key');
  // Another key goes to another partition.
  else if (one.partition !== other.partition) parts.push('partition');
  if (hex(one.value) !== hex(other.value)) parts.push('value');
  if (headersText(one) !== headersText(other)) parts.push('headers');
  if (one.timestamp !== other.timestamp) parts.push('timestamp');
  return parts;
}

/** Each unit's outputs: in the order in which they were emitted, as far as that can be seen from outside. */
function units(all: readonly Committed[]): ReadonlyMap<string, readonly Committed[]> {
  const found = new Map<string, Committed[]>();
  for (const one of all) {
    const unit = one.offset === undefined ? `${one.from} ${one.topic}` : `${one.from}@${one.offset}`;
    const known = found.get(unit);
    if (known === undefined) found.set(unit, [one]);
    else known.push(one);
  }
  return found;
}

/** The same outputs, in another order than that of the records that they come from. */
function outOfOrder(calm: readonly Committed[], disrupted: readonly Committed[]): readonly Difference[] {
  const before = streams(calm);
  const after = streams(disrupted);
  return [...before].flatMap(([stream, outputs]) => firstDifference(outputs, after.get(stream) ?? []) ?? []);
}

function streams(all: readonly Committed[]): ReadonlyMap<string, readonly Committed[]> {
  const found = new Map<string, Committed[]>();
  for (const one of all) {
    const stream = `${one.from} ${one.topic}/${one.partition}`;
    found.set(stream, [...(found.get(stream) ?? []), one]);
  }
  return found;
}

function once(all: readonly Committed[]): readonly Committed[] {
  const seen = new Set<string>();
  return all.filter((one) => !seen.has(signature(one)) && seen.add(signature(one)));
}

function signature(one: Committed): string {
  return [one.topic, one.partition, hex(one.key), hex(one.value), headersText(one), one.timestamp ?? ''].join('|');
}

function headersText({ headers }: Committed): string {
  return JSON.stringify(headers.map(([name, value]) => [name, hex(value)]));
}

function hex(bytes: Uint8Array | null): string {
  return bytes === null ? '-' : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
