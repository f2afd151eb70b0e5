// The status of processors as people read it, and as programs do.

import { expect, test } from 'vitest';
import { History } from '../../../src/cli/status/history.js';
import { statusJson } from '../../../src/cli/status/json.js';
import { statusText } from '../../../src/cli/status/text.js';
import { look, member } from './looks.js';

const members = { kind: 'known', state: 'stable', members: [member('host-1f2e3d4c', 0)] } as const;

test('a row for each partition, and a sentence for what is worth one', () => {
  const history = new History();
  history.add([
    look({
      members,
      partitions: [
        { committed: 1000, stable: 5000 },
        { committed: 7, stable: 7, high: 9 },
      ],
    }),
  ]);
  const status = history.add([
    look({
      atMs: 2000,
      members,
      partitions: [
        { committed: 3000, stable: 5000 },
        { committed: 7, stable: 7, high: 19 },
      ],
    }),
  ]);
  expect(statusText(status)).toMatchInlineSnapshot(`
    "enrich  group enrich: 1 member, lag 2,000
      PARTITION  OWNER                     COMMITTED  END    LAG    PER SECOND  ETA    HELD BACK
      orders/0   host-1f2e3d4c (10.0.0.7)  3,000      5,000  2,000  1,000       2 s    -
      orders/1   nobody                    7          7      0      0           there  12
      orders/1: a transaction has been open for at least 2 s, from offset 7 on; what follows waits for its end

    LAG counts offsets up to the last stable one; the markers that end transactions are offsets, too.
    "
  `);
  expect(JSON.parse(statusJson(status, new Date('2026-11-21T09:00:00Z')))).toEqual({
    at: '2026-11-21T09:00:00.000Z',
    lagIn: 'offsets',
    processors: [
      {
        processor: 'enrich',
        group: 'enrich',
        groupState: 'stable',
        members: [
          {
            instance: 'host-1f2e3d4c',
            clientId: 'enrich/host-1f2e3d4c',
            memberId: 'member-host-1f2e3d4c',
            host: '10.0.0.7',
          },
        ],
        membersUnknown: null,
        lag: 2000,
        skew: null,
        partitions: [
          {
            topic: 'orders',
            partition: 0,
            owner: {
              instance: 'host-1f2e3d4c',
              clientId: 'enrich/host-1f2e3d4c',
              memberId: 'member-host-1f2e3d4c',
              host: '10.0.0.7',
            },
            committed: 3000,
            low: 0,
            stable: 5000,
            high: 5000,
            lag: 2000,
            problem: null,
            ratePerSecond: 1000,
            progress: 'shrinking',
            etaSeconds: 2,
            heldBack: null,
          },
          {
            topic: 'orders',
            partition: 1,
            owner: null,
            committed: 7,
            low: 0,
            stable: 7,
            high: 19,
            lag: 0,
            problem: null,
            ratePerSecond: 0,
            progress: 'done',
            etaSeconds: 0,
            heldBack: { offsets: 12, sinceSecondsAtLeast: 2 },
          },
        ],
        missingTopics: [],
        silentTopics: [],
      },
    ],
  });
});

test('the partition that has most of the lag is named, and one that is seen for the first time has no speed yet', () => {
  const status = new History().add([
    look({ partitions: [{ stable: 0 }, { committed: 0, stable: 2900 }, { stable: 100 }, { stable: 0 }] }),
  ]);
  expect(statusText(status)).toContain('lag 3,000 (97 % of it in orders/1)\n');
  expect(statusText(status)).toMatch(/orders\/1 +nobody +0 +2,900 +2,900 +- +- +-\n/);
  expect(JSON.parse(statusJson(status, new Date()))).toMatchObject({
    processors: [{ skew: { topic: 'orders', partition: 1, share: 0.97 } }],
  });
});

test('topics that are missing or silent, and groups that there are none of, are words', () => {
  const one = look({ partitions: [] });
  const status = new History().add([
    {
      ...one,
      inputs: [
        { kind: 'missing', topic: 'orders' },
        { kind: 'silent', topic: 'payments', reason: 'no leader' },
      ],
    },
  ]);
  expect(statusText(status)).toBe(`enrich  group enrich: there is none, it has never run
  orders: there is no such topic (npx processor topics create)
  payments: how far it reaches is not known: no leader
`);
});

test('members that are not known are said to be so, in the line of the group and in each row', () => {
  const unknown = { kind: 'unknown', reason: 'the client ended while it asked' } as const;
  const text = statusText(new History().add([look({ members: unknown, partitions: [{ committed: 1, stable: 1 }] })]));
  expect(text).toContain('members not known (the client ended while it asked)');
  expect(text).toMatch(/orders\/0 +not known +1 /);
});
