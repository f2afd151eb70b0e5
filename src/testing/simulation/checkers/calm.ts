// Where nothing goes wrong, nothing fails: processors that only share partitions have no call refused, are not fenced and replace no
// producer.

import type { Checker } from './checker.js';

export const calm: Checker = {
  name: 'calm',
  *check({ decisions, counts, steps }) {
    // A record that the broker refuses fails by itself.
    if (decisions.length > 0 || steps.some(({ work }) => work.kind === 'refused')) return;
    for (const fact of ['call-failed', 'call-repeated', 'producer-replaced', 'fencing-alarm', 'partition-stalled'])
      if (counts.has(fact)) yield `${counts.get(fact)} times ${fact}`;
  },
};
