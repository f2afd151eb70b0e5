// Sizes of memory as people write them.

/** `512MiB`, `1.5GB` in bytes; undefined for anything else. */
export function parseByteSize(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(MiB|GiB|MB|GB)$/.exec(text) ?? [];
  const bytes = Math.round(Number(amount) * (unitBytes[unit as keyof typeof unitBytes] ?? Number.NaN));
  return bytes > 0 ? bytes : undefined;
}

/** In whole units, as `parseByteSize` takes it. */
export function byteSizeText(bytes: number): string {
  const unit = (['GiB', 'MiB'] as const).find((one) => bytes % unitBytes[one] === 0);
  return unit === undefined ? `${bytes} bytes` : `${bytes / unitBytes[unit]}${unit}`;
}

const unitBytes = { MiB: 2 ** 20, GiB: 2 ** 30, MB: 1e6, GB: 1e9 } as const;
