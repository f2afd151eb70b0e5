// The status of processors for programs: one object for each look. docs/guide/operate.md says what its fields mean.

import type { Eta, PartitionStatus, ProcessorStatus } from './history.js';

export function statusJson(all: readonly ProcessorStatus[], at: Date): string {
  const shape = { at: at.toISOString(), lagIn: 'offsets', processors: all.map(processorShape) };
  return JSON.stringify(shape, (_, value: unknown) => (value === undefined ? null : value));
}

function processorShape(status: ProcessorStatus): unknown {
  const { skew, partitions } = status;
  return {
    ...status,
    skew: skew && { ...skew.partition, share: Number(skew.share.toFixed(2)) },
    partitions: partitions.map(partitionShape),
  };
}

function partitionShape({ ratePerSecond, eta, heldBack, ...partition }: PartitionStatus): unknown {
  return {
    ...partition,
    ratePerSecond: ratePerSecond === undefined ? undefined : Number(ratePerSecond.toFixed(1)),
    progress: eta.kind,
    etaSeconds: secondsOf(eta),
    heldBack: heldBack && {
      offsets: heldBack.offsets,
      sinceSecondsAtLeast: Number((heldBack.sinceMsAtLeast / 1000).toFixed(1)),
    },
  };
}

function secondsOf(eta: Eta): number | undefined {
  switch (eta.kind) {
    case 'done':
      return 0;
    case 'keeping-up':
      return 1;
    case 'shrinking':
      return Math.ceil(eta.seconds);
    case 'growing':
    case 'standing':
    case 'unknown':
      return undefined;
  }
}
