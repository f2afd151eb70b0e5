// Where nothing goes wrong, nothing fails: processors that only share partitions are not fenced and replace no producer. And they stand at the very end: behind the markers of the last transaction too (E12).

import { groupId, partitionKey } from '../../../core/ids.js';
import type { PartitionLog } from '../../../memory/partition-log.js';
import { partitionsOf } from '../history.js';
import type { Checker } from './checker.js';

export const calm: Checker = {
  name: 'calm',
  *check({ plan, decisions, counts, steps, cluster }) {
    // A record that the broker refuses fails by itself.
    if (decisions.length > 0 || steps.some(({ work }) => work.kind === 'refused')) return;
    // The group may have been shared anew while offsets were on their way to it (E4): with several members a call can be
    // refused. A transaction is aborted then; without one a new producer begins where the group stands.
    const refused = plan.instances === 1 ? ['call-failed', 'call-repeated'] : [];
    const isTransactional = steps.every(({ work }) => work.guarantee === 'exactly-once');
    const replaced = plan.instances === 1 || isTransactional ? ['producer-replaced'] : [];
    for (const fact of [...refused, ...replaced, 'fencing-alarm', 'partition-stalled'])
      if (counts.has(fact)) yield `${counts.get(fact)} times ${fact}`;
    for (const { name, input } of steps)
      for (const partition of partitionsOf(cluster, input)) {
        const offset = cluster.group(groupId('', name)).committed(partition)?.offset ?? 0;
        const log = cluster.log(partition);
        if (offset > log.low && offset < log.high && endsIn(log, offset - 1))
          yield `${name} ${partitionKey(partition)}: ${offset} lies before the markers up to ${log.high}`;
      }
  },
};

/** Whether the record at this offset is the last one. */
function endsIn(log: PartitionLog, offset: number): boolean {
  const records = log.read({ offset, recordsMax: 2, isCommitted: false }).records;
  return records.length === 1 && records[0]?.offset === offset;
}
