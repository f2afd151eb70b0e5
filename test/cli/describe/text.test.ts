// The production sheet as people read it.

import { expect, test } from 'vitest';
import { textOf } from '../../../src/cli/describe/text.js';
import { book, count, push, sheetOf } from './sheets.js';

test('an exactly-once processor, from top to bottom', () => {
  expect(textOf(sheetOf(book))).toMatchInlineSnapshot(`
    "book  (processors/book.ts)

    Identity
      guarantee            exactly-once
      handlers' effects    at least once (HTTP, databases, files): a batch may be handled again, make
                             them idempotent
      group                book  (classic protocol, cooperative-sticky)
      isolation level      read_committed: it sees no record of an open or aborted transaction
      without an offset    the processor refuses to start (PRC_NO_COMMITTED_OFFSET)
      transactional ids    book/orders/<partition>  (4, one for each partition)
                           book/shop.payments/<partition>  (one for each partition)

    Reads
      orders               4 partitions, retention.ms=-1; a handler's call per record
                           key text; value json
      shop.payments        the broker's number of partitions; a handler's call per record
                           key text; value text (or null)

    Writes
      ledger               1 partition, cleanup.policy=compact; handlers call it out.entries
                           key text; value avro (or null, subject ledger-value, schema Entry)
                           exactly once, for readers that set isolation.level=read_committed
      audit                the broker's number of partitions; handlers call it out.audit
                           key text; value json
                           exactly once, for readers that set isolation.level=read_committed

    Errors
      decode               the record goes to to-look-at
      handle               tried 3 more times, after 200 ms, 400 ms and 800 ms; then the record goes to
                             book.dlq
      encode               the record is passed over, with a line in the log
      dead letters         key, value and headers as they came, and the headers dlq.topic,
                             dlq.partition, dlq.offset, dlq.timestamp, dlq.processor, dlq.failed,
                             dlq.error.class and dlq.error.message; dlq.value.bytes where a value was
                             cut for its size

    Limits
      a call of a handler  2 min, 64 MiB of outputs
      a batch              5,000 records, 8 MiB or 100 ms, whichever comes first
      a transaction        is aborted by the broker after 15 s (transaction.timeout.ms)
      a member             is dead after 10 s of silence (session.timeout.ms), says that it lives every
                             500 ms (heartbeat.interval.ms)
      a blocked thread     costs its member the partitions after 5 min (max.poll.interval.ms)
      a hand-over          what is under way may finish for 5 s, at shutdown for 1 s
      memory               128 MiB of records and outputs, 16 MiB waiting in a partition
      outputs              compressed by lz4

    Permissions
      READ on the topic orders
      READ on the topic shop.payments
      WRITE on the topic ledger
      WRITE on the topic audit
      WRITE on the topic to-look-at
      WRITE on the topic book.dlq
      READ on the group book
      WRITE on the transactional ids that begin with book/
    "
  `);
});

test('one that writes nothing has no section for that, and without transactions there are no ids and no time for them', () => {
  const text = textOf(sheetOf(count));
  expect(text).not.toContain('\nWrites\n');
  expect(text).toMatch(/^ {2}transactional ids +none$/m);
  expect(text).not.toContain('transaction.timeout.ms');
});

test('many attempts are told by the first waits and the longest', () => {
  expect(textOf(sheetOf(push)).replace(/\s+/g, ' ')).toContain(
    'tried 9 more times, after 1 s, 2 s, 4 s, 5 s, … (at most 5 s); then the record is passed over',
  );
});

test('no line is wider than 100 columns, also where names are long', () => {
  const long = 'a-namespace-that-is-long.';
  for (const one of [book, count, push])
    for (const line of textOf(sheetOf(one, { namespace: long })).split('\n'))
      expect(line.length, line).toBeLessThanOrEqual(100);
});
