// The logs behind the topics, with what no reader is given, and what is left when everybody has gone:
//
//   R10 one writer: among what is visible in a partition, a producer's epochs never go down
//   R13 left open: the last stable offset is the end, no transaction lacks its marker, no group has members
//
// Allowed: different producers' transactions interleave (G0).

import { logBatchKinds } from '../history.js';
import type { Findings } from './anomaly.js';
import type { LogBatches } from './columns.js';
import type { Ledger } from './ledger.js';

export function checkLogs(ledger: Ledger, findings: Findings): void {
  for (const [topic, partitions] of ledger.logs)
    partitions.forEach((log, partition) => checkLog(topic, partition, log, findings));
  for (const [topic, { stable, high }] of ledger.ends)
    stable.forEach((offset, partition) => {
      if (offset === high[partition]) return;
      const place = { topic, partition, offsets: [offset, high[partition] ?? -1] };
      findings.add('R13', place, `readers of ${topic}/${partition} get to ${offset} of ${high[partition]} only`);
    });
  for (const [group, count] of ledger.members)
    if (count > 0) findings.add('R13', {}, `the group ${group} still has ${count} members`);
}

interface Open {
  readonly first: number;
  readonly epoch: number;
}

function checkLog(topic: string, partition: number, log: LogBatches, findings: Findings): void {
  const open = new Map<number, Open[]>();
  const visible: { readonly first: number; readonly producerId: number; readonly epoch: number }[] = [];
  for (let i = 0; i < log.length; i++) {
    const kind = logBatchKinds[log.kinds[i] as 0 | 1 | 2 | 3];
    const producerId = log.producerIds[i] as number;
    const batches = open.get(producerId) ?? [];
    if (kind === 'transactional') {
      batches.push({ first: log.firsts[i] as number, epoch: log.epochs[i] as number });
      open.set(producerId, batches);
    } else if (kind !== 'plain') {
      if (kind === 'commit marker') for (const batch of batches) visible.push({ producerId, ...batch });
      open.delete(producerId);
    }
  }
  for (const [producerId, [batch]] of open) {
    const place = { topic, partition, offsets: [batch?.first ?? -1] };
    findings.add(
      'R13',
      place,
      `a transaction of producer ${producerId} is open in ${topic}/${partition} from ${batch?.first}`,
    );
  }
  const epochs = new Map<number, number>();
  for (const { first, producerId, epoch } of visible.sort((a, b) => a.first - b.first)) {
    const before = epochs.get(producerId) ?? -1;
    if (epoch < before) {
      const place = { topic, partition, offsets: [first] };
      const says = `${topic}/${partition}@${first} has epoch ${epoch} of producer ${producerId}, behind epoch ${before}`;
      findings.add('R10', place, says);
    }
    epochs.set(producerId, Math.max(before, epoch));
  }
}
