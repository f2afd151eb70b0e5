// What of the engine's facts becomes a line of the log.

import { beforeEach, describe, expect, test } from 'vitest';
import { type FactLog, factLog } from '../../src/cli/fact-log.js';
import type { Fact } from '../../src/engine/facts.js';
import { ProcessorError } from '../../src/errors/processor-error.js';

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

const at = { processor: 'p', topic: 'orders', partition: 3, transactionalId: 'p/orders/3', ownershipEpoch: 1 };
const none = { decode: 0, handle: 0, encode: 0 };
const committed = (records: number): Fact => ({
  fact: 'batch-committed',
  ...at,
  records,
  outputs: 2 * records,
  end: 10,
  handleMs: 1.23456,
  commitMs: 9,
  deadLetters: none,
  skipped: none,
});
const skipped = (offset: number): Fact => ({
  fact: 'record-skipped',
  ...at,
  offset,
  failed: 'handle',
  error: new Error('outer', { cause: new TypeError('inner') }),
});

describe('a line', () => {
  test('has processor, topic, partition, transactional id and ownership epoch, and milliseconds that can be read', () => {
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

  test('of an application that shares its ids with another is an error with its code', () => {
    const error = new ProcessorError('PRC_FENCED_REPEATEDLY', { id: 'p/orders/3', times: 3, seconds: 60, group: 'p' });
    facts.onFact({ fact: 'fencing-alarm', ...at, error });
    expect(lines).toEqual([
      {
        level: 'error',
        msg: 'fenced again and again: another program uses the same transactional id',
        fact: 'fencing-alarm',
        ...at,
        err: expect.objectContaining({ code: 'PRC_FENCED_REPEATEDLY', message: error.message }),
      },
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

describe('of the connections to the brokers', () => {
  const notice = (message: string): void =>
    facts.onFact({ fact: 'client-notice', processor: 'p', level: 'warn', message });
  const allDown = (): void => notice('all broker connections are down');
  const refused = (thread: string, broker: string, more = ''): void => {
    notice(
      `FAIL: [thrd:${thread}]: ${broker}: Connect to ipv4#127.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT${more})`,
    );
    notice('broker transport failure');
  };
  const written = (): (readonly [string, string])[] =>
    lines.filter(({ level }) => level !== 'debug').map(({ level, msg }) => [level, msg] as const);

  /** As librdkafka tells of it, for ten seconds. */
  const outage = (): void => {
    for (let i = 0; i < 30; i++) {
      allDown();
      refused('GroupCoordinator', 'GroupCoordinator: 127.0.0.1:9092', `, ${i} identical error(s) suppressed`);
      refused('127.0.0.1:9092/1', '127.0.0.1:9092/1');
      refused('127.0.0.1:9092/bootstrap', '127.0.0.1:9092/bootstrap');
      if (i % 10 === 0) facts.summarize();
    }
  };
  const lost = [
    ['warn', 'no broker can be reached'],
    ['warn', 'a broker cannot be reached: Connect to ipv4#127.0.0.1:9092 failed: Connection refused'],
  ] as const;

  test('one line says that they are lost, one why, and one that the brokers answer again', () => {
    outage();
    expect(written()).toEqual(lost);
    facts.onFact({ fact: 'task-opened', ...at, position: 0, ms: 1 });
    facts.onFact(committed(1));
    expect(written()).toEqual([...lost, ['info', 'the brokers answer again'], ['info', 'partition opened']]);
    outage();
    expect(written().filter(([, message]) => message === 'no broker can be reached')).toHaveLength(2);
  });

  test('they are told as lost although another processor still has its own', () => {
    allDown();
    facts.onFact({ ...committed(1), processor: 'q' });
    expect(written()).toEqual([lost[0]]);
  });

  test('a processor that has nothing to do learns of their return from a minute of silence', () => {
    allDown();
    for (let summary = 1; summary <= 5; summary++) facts.summarize();
    expect(written()).toEqual([lost[0]]);
    facts.summarize();
    expect(written()).toEqual([lost[0], ['info', 'the brokers answer again']]);
    for (let summary = 1; summary <= 12; summary++) facts.summarize();
    expect(written()).toHaveLength(2);
  });

  test('a name that cannot be resolved is what is said, once for each name', () => {
    for (let i = 0; i < 5; i++)
      for (const name of ['kafka-1', 'kafka-2']) {
        notice(
          `FAIL: [thrd:${name}:9092/bootstrap]: ${name}:9092/bootstrap: Failed to resolve '${name}:9092': Name or service not known (after 3ms in state CONNECT)`,
        );
        notice('host resolution failure');
      }
    expect(written()).toEqual(
      ['kafka-1', 'kafka-2'].map((name) => [
        'warn',
        `a broker cannot be reached: Failed to resolve '${name}:9092': Name or service not known`,
      ]),
    );
  });

  test('a connection that is merely closed is no loss', () => {
    const message =
      'FAIL: [thrd:b:9092/1]: b:9092/1: Disconnected: connection closed by peer (after 600000ms in state UP)';
    facts.onFact({ fact: 'client-notice', processor: 'p', level: 'debug', message });
    expect(lines).toEqual([expect.objectContaining({ level: 'debug', msg: message })]);
  });

  test('what the client repeats can still be read at the level debug', () => {
    allDown();
    allDown();
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([lost[0], ['debug', 'no broker can be reached']]);
  });
});

test('the slow lane is told of when a processor starts, with its reason; the fast one is nothing to tell of', () => {
  const started = { fact: 'processor-started', processor: 'p', topics: ['orders'], guarantee: 'exactly-once' } as const;
  facts.onFact({ ...started, lane: { kind: 'slow', reason: 'no addon for linux-arm64 was built' } });
  facts.onFact({ ...started, lane: { kind: 'fast' } });
  expect(lines.map(({ msg }) => msg)).toEqual([
    'started on the slow lane (no addon for linux-arm64 was built), waits for the group to give it partitions',
    'started, waits for the group to give it partitions',
  ]);
});

describe('a processor without partitions', () => {
  const said = (): string[] => lines.map(({ msg }) => msg);
  const started: Fact = { fact: 'processor-started', processor: 'p', topics: ['orders'], guarantee: 'exactly-once' };
  const rebalanced = (kind: 'assigned' | 'lost'): void =>
    facts.onFact({ fact: 'rebalanced', processor: 'p', kind, partitions: [{ topic: 'orders', partition: 3 }] });

  test('waits for the group, and says so when it begins and once when it takes long', () => {
    facts.onFact(started);
    for (let summary = 1; summary <= 9; summary++) facts.summarize();
    expect(said()).toEqual([
      'started, waits for the group to give it partitions',
      'still waits for the group to give it partitions',
    ]);
  });

  test('waits no longer when it has some, and again when it has lost them', () => {
    facts.onFact(started);
    rebalanced('assigned');
    for (let summary = 1; summary <= 3; summary++) facts.summarize();
    rebalanced('lost');
    for (let summary = 1; summary <= 3; summary++) facts.summarize();
    expect(said()).toEqual([
      'started, waits for the group to give it partitions',
      'partitions assigned',
      'partitions lost, waits for the group to give it others',
      'still waits for the group to give it partitions',
    ]);
  });
});
