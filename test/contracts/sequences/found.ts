// Sequences in which the model was not like Kafka, made small: they are played with every run, in the broker's test and by the long
// one. A difference that is found belongs here with its mend.

import type { Operation } from './operation.js';

export const found: Readonly<Record<string, readonly Operation[]>> = {
  'a commit without a transaction is refused, and nothing is fatal': [
    { do: 'open', producer: 0, id: 0, isHurried: false },
    { do: 'init', producer: 0 },
    { do: 'commit', producer: 0 },
    { do: 'begin', producer: 0 },
  ],
  'records without a transaction are refused at once': [
    { do: 'open', producer: 0, id: 0, isHurried: false },
    { do: 'send', producer: 0, partition: 0, records: 1 },
    { do: 'init', producer: 0 },
    { do: 'send', producer: 0, partition: 0, records: 1 },
  ],
  'a begin does not say of a fenced producer that it is of no use any more': [
    { do: 'open', producer: 0, id: 0, isHurried: false },
    { do: 'init', producer: 0 },
    { do: 'begin', producer: 0 },
    { do: 'send', producer: 0, partition: 0, records: 1 },
    { do: 'open', producer: 1, id: 0, isHurried: false },
    { do: 'init', producer: 1 },
    { do: 'commit', producer: 0 },
    { do: 'begin', producer: 0 },
  ],
  'a position passes what was aborted, with the next poll and not before': [
    { do: 'open', producer: 0, id: 0, isHurried: false },
    { do: 'init', producer: 0 },
    { do: 'join', group: 0, member: 0 },
    { do: 'deliver', partition: 0, records: 2 },
    { do: 'take', group: 0 },
    { do: 'begin', producer: 0 },
    { do: 'send', producer: 0, partition: 0, records: 2 },
    { do: 'send', producer: 0, partition: 1, records: 1 },
    { do: 'abort', producer: 0 },
    { do: 'position', group: 0, partition: 0 },
    { do: 'take', group: 0 },
    { do: 'position', group: 0, partition: 0 },
    { do: 'position', group: 0, partition: 1 },
  ],
  'a member that has left sends no offsets, also where there is no transaction': [
    { do: 'join', group: 0, member: 0 },
    { do: 'leave', group: 0, member: 0 },
    { do: 'open', producer: 0, id: 0, isHurried: false },
    { do: 'init', producer: 0 },
    { do: 'send-offset', producer: 0, group: 0, member: 0, partition: 0, offset: 2 },
  ],
};
