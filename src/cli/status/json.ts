// The status of processors for programs: one object for each look. docs/guide/operate.md says what its fields mean.

import type { Eta, PartitionStatus, ProcessorStatus } from './history.js';

export function statusJson(all: readonly ProcessorStatus[], at: Date): string {
  const shape = { at: at.toISOString(), lagIn: 'offsets', processors: all.map(processorShape) };
  return JSON.stringify(shape, (_, value: unknown) => (value === undefined ? null : value));
}

function processorShape(status: ProcessorStatus): unknown {
  return { ...status, partitions: status.partitions.map(partitionShape) };
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
  if (eta.kind === 'done') return 0;
  return eta.kind === 'seconds' ? Math.ceil(eta.seconds) : undefined;
}
