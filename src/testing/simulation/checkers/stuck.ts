// In the end no transaction is open, and every log is readable to its end.

import { partitionKey } from '../../../core/ids.js';
import { partitionsOf } from '../history.js';
import type { Checker } from './checker.js';

export const stuck: Checker = {
  name: 'stuck',
  *check({ cluster }) {
    for (const id of cluster.transactions.open) yield `the transaction of ${id} is open`;
    for (const topic of cluster.topics)
      for (const partition of partitionsOf(cluster, topic))
        if (cluster.log(partition).isOpen) yield `the stable end of ${partitionKey(partition)} stands`;
  },
};
