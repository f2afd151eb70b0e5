// What of the engine's facts becomes a line of the log.

import { beforeEach, describe, expect, test } from 'vitest';
import { type FactLog, factLog } from '../../src/cli/fact-log.js';
import type { Fact } from '../../src/engine/facts.js';

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

let lines: Line[];
let facts: FactLog;

beforeEach(() => {
  lines = [];
  const write = (level: string) => (fields: object, msg: string) => void lines.push({ level, ...fields, msg });
  facts = factLog({ debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') } as never);
});

const at = { processor: 'p', topic: 'orders', partition: 3 };
const committed = (records: number): Fact => ({
  fact: 'batch-committed',
  ...at,
  records,
  outputs: 2 * records,
  end: 10,
  handleMs: 1.23456,
  commitMs: 9,
});
const skipped = (offset: number): Fact => ({
  fact: 'record-skipped',
  ...at,
  offset,
  failed: 'handle',
  error: new Error('outer', { cause: new TypeError('inner') }),
});

describe('a line', () => {
  test('has processor, topic and partition, and milliseconds that can be read', () => {
    facts.onFact(committed(5));
    expect(lines).toEqual([expect.objectContaining({ level: 'debug', ...at, records: 5, outputs: 10, handleMs: 1.2 })]);
  });

  test('of a failure is a warning with what failed at its root', () => {
    facts.onFact(skipped(7));
    expect(lines).toEqual([
      {
        level: 'warn',
        msg: 'record failed, it is skipped',
        fact: 'record-skipped',
        ...at,
        offset: 7,
        failed: 'handle',
        err: {
          type: 'TypeError',
          message: 'outer',
          stack: expect.stringMatching(/^TypeError: inner\n {4}at .*fact-log\.test/),
        },
      },
    ]);
  });

  test('of a partition that is taken gently is information, of one that is lost a warning', () => {
    const partitions = [{ topic: 'orders', partition: 3 }];
    facts.onFact({ fact: 'rebalanced', processor: 'p', kind: 'revoked', partitions });
    facts.onFact({ fact: 'rebalanced', processor: 'p', kind: 'lost', partitions });
    expect(lines.map(({ level, partitions: named }) => [level, named])).toEqual([
      ['info', ['orders/3']],
      ['warn', ['orders/3']],
    ]);
  });

  test('of the client has the level that the client gave it', () => {
    facts.onFact({ fact: 'client-notice', processor: 'p', level: 'warn', message: 'broker is away' });
    expect(lines).toEqual([{ level: 'warn', fact: 'client-notice', processor: 'p', msg: 'broker is away' }]);
  });
});

describe('the summary', () => {
  const summary = (): Line[] => {
    lines.length = 0;
    facts.summarize();
    return lines;
  };

  test('counts what each processor did since the last one', () => {
    facts.onFact(committed(5));
    facts.onFact(committed(7));
    facts.onFact(skipped(1));
    facts.onFact({ ...committed(1), processor: 'q' });
    expect(summary()).toEqual([
      { level: 'info', msg: 'processed', processor: 'p', records: 12, outputs: 24, batches: 2, skipped: 1 },
      { level: 'info', msg: 'processed', processor: 'q', records: 1, outputs: 2, batches: 1 },
    ]);
    facts.onFact(committed(1));
    expect(summary()).toEqual([expect.objectContaining({ processor: 'p', records: 1 })]);
  });

  test('is left out for a processor that did nothing', () => {
    facts.onFact({ fact: 'processor-started', processor: 'p', topics: ['orders'], guarantee: 'exactly-once' });
    expect(summary()).toEqual([]);
  });

  test('says how many warnings were left out: a failure of every record does not flood the log', () => {
    for (let offset = 0; offset < 1000; offset++) facts.onFact(skipped(offset));
    expect(lines).toHaveLength(20);
    expect(summary()).toEqual([expect.objectContaining({ skipped: 1000, linesLeftOut: 980 })]);
    facts.onFact(skipped(1000));
    expect(lines.at(-1)).toMatchObject({ level: 'warn', offset: 1000 });
  });
});
