// Seeds that are run one after another.

export interface SeedRange {
  readonly from: number;
  readonly count: number;
}

/** Random numbers are made of 32 bits: a larger seed stands for what a smaller one stands for. */
export const seedMax = 2 ** 32 - 1;

/** Seeds that nobody has run before, far from those that are run each time. */
export function freshRange(count: number): SeedRange {
  return { from: 1_000_000_000 + (Date.now() % 1_000_000_000), count };
}

export function rangeText({ from, count }: SeedRange): string {
  return `${from} to ${from + count - 1}`;
}
