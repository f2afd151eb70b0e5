// What dev says, for people and for programs.

import { describe, expect, test } from 'vitest';
import { type DevEvent, jsonOf, type Place, textOf } from '../../../src/cli/dev/events.js';

const text = (said: DevEvent): string => textOf(said, '/home/me/shop');
const embedded: Place = {
  brokers: '127.0.0.1:9092',
  registry: 'http://127.0.0.1:8081',
  embedded: { version: '4.3.1', ms: 1940 },
  isInMemory: false,
  isRegistryEmbedded: true,
  dataDir: '/home/me/shop/.processor/data',
  mayCreateTopics: true,
};

test('where there is no Kafka it says so, and how records get in and out', () => {
  const dataDir = '/home/me/shop/.processor/memory';
  const memory = { ...embedded, embedded: undefined, registry: undefined, isInMemory: true, dataDir };
  const said = text({ event: 'surroundings', ...memory });
  expect(said).toContain('in memory: gone when it stops; not Kafka');
  expect(said).toContain(`>> .processor/memory/<input>.jsonl`);
  expect(said).toContain('tail -F .processor/memory/out/<output>.jsonl');
});

describe('the beginning', () => {
  test('says where Kafka and the registry are, where their data lives and how it is wiped, and how others get there', () => {
    expect(text({ event: 'surroundings', ...embedded })).toBe(`
  Kafka     127.0.0.1:9092         embedded, Kafka 4.3.1, after 1.9 s
  Registry  http://127.0.0.1:8081  embedded
  Data      .processor/data        kept; to wipe it: npx processor dev --reset
  In other terminals: export KAFKA_BROKERS=127.0.0.1:9092 SCHEMA_REGISTRY_URL=http://127.0.0.1:8081
  For development only: one broker, nothing is replicated, nobody has to log in.`);
  });

  test('says what is not ours, and what dev does not do there', () => {
    const said = text({
      event: 'surroundings',
      brokers: 'kafka:9092',
      registry: undefined,
      embedded: undefined,
      isInMemory: false,
      isRegistryEmbedded: false,
      dataDir: undefined,
      mayCreateTopics: false,
    });
    expect(said).toBe(`
  Kafka     kafka:9092  named by -b, KAFKA_BROKERS or processor.config.ts
  Registry  none
  In other terminals: export KAFKA_BROKERS=kafka:9092
  For one of its own, name none: unset KAFKA_BROKERS.
  Topics are not created there (--create-topics lets it).`);
  });

  test('shows each processor with what it reads and writes, its partitions and its guarantee', () => {
    const said = text({
      event: 'loaded',
      created: ['orders', 'paid'],
      processors: [
        {
          processor: 'settle',
          module: 'processors/settle.ts',
          inputs: ['orders', 'refunds'],
          outputs: ['paid'],
          partitions: [4, 2],
          guarantee: 'exactly-once',
        },
        {
          processor: 'mail',
          module: 'processors/mail.ts',
          inputs: ['paid'],
          outputs: [],
          partitions: [4],
          guarantee: 'at-least-once',
        },
      ],
    });
    expect(said).toBe(`created topics orders, paid

  processor  input → output          partitions  guarantee
  settle     orders, refunds → paid  4 + 2       exactly-once
  mail       paid → nothing          4           at-least-once
`);
  });
});

describe('a change', () => {
  test('names the files, a few of them', () => {
    const files = ['a', 'b', 'c', 'd', 'e'].map((name) => `/home/me/shop/processors/${name}.ts`);
    expect(text({ event: 'changed', files })).toBe(
      'changed: processors/a.ts, processors/b.ts, processors/c.ts and 2 more',
    );
  });

  test('that does not load says why, and what goes on', () => {
    const failure = {
      text: "PRC_MODULE_UNREADABLE processors/p.ts:3:1: Expected ')'\n  fix   …",
      json: { error: { code: 'PRC_MODULE_UNREADABLE', message: 'm' } },
    };
    const said = text({ event: 'not-loaded', failure, isServing: true });
    expect(said).toBe(`${failure.text}\nthe version before this one goes on; waits for a change`);
    expect(text({ event: 'not-loaded', failure, isServing: false })).toMatch(/nothing runs; waits for a change$/);
    expect(JSON.parse(jsonOf({ event: 'not-loaded', failure, isServing: true }, new Date(0)))).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      event: 'not-loaded',
      isServing: true,
      ...failure.json,
    });
  });
});

test('mistakes in types have file, line and column; of many the first are shown', () => {
  const mistake = { file: 'processors/p.ts', line: 3, column: 7, code: 'TS2322', message: 'Type is wrong.' };
  expect(text({ event: 'types', mistakes: [mistake] })).toBe(
    'types: 1 error, which do not stop the run\n  processors/p.ts:3:7 TS2322 Type is wrong.',
  );
  expect(text({ event: 'types', mistakes: Array.from({ length: 25 }, () => mistake) })).toMatch(/\n {2}and 5 more$/);
  expect(text({ event: 'types', mistakes: [] })).toBe('types: no errors');
});
