// Good histories, each spoiled in one way, and the rules that must say so: where possible one rule, and no other.

import { firstStep, secondStep } from '../../chaos/steps.js';
import { seededRandom } from '../../src/memory/seeded-random.js';
import { type Row, Tale } from './tale.js';

export const mid = 'chaos-mid';
export const audit = 'chaos-audit';
export const out = 'chaos-out';

export function tale(seed = 7, records = 150): Tale {
  return new Tale({ keys: 8, records, random: seededRandom(seed).next });
}

/** The record in the middle of a topic that has one in the same partition on either side. */
function middle(rows: readonly Row[]): Row {
  const found = rows.find(
    (row, i) =>
      i > rows.length / 3 && rows[i - 1]?.partition === row.partition && rows[i + 1]?.partition === row.partition,
  );
  if (found === undefined) throw new Error('no record in the middle');
  return found;
}

export function is(one: Row): (row: Row) => boolean {
  return ({ topic, partition, offset }) => topic === one.topic && partition === one.partition && offset === one.offset;
}

/** Records that come from the same one. */
function comesFrom(one: Row): (row: Row) => boolean {
  return ({ fromPartition, fromOffset }) => fromPartition === one.fromPartition && fromOffset === one.fromOffset;
}

export function swapWithNext(tale: Tale, one: Row): void {
  const rows = tale.rows(one.topic);
  const other = rows[rows.findIndex(is(one)) + 1] as Row;
  tale.forget((event) => event.event === 'read' && event.when === 'during' && event.topic === one.topic);
  tale.change(
    (row) => is(one)(row) || is(other)(row),
    (row) => ({ ...(row.offset === one.offset ? other : one), offset: row.offset }),
  );
}

/** Nobody has looked at the offsets before the last commit, and who looks after it sees an earlier one. */
export function lookBehindLastCommit(tale: Tale): void {
  const last = tale.of('committed').findLast(({ processor }) => processor === firstStep.processor);
  const samples = tale
    .of('progress')
    .filter(({ group, atMs }) => group === firstStep.processor && atMs > (last?.atMs ?? 0));
  const ends = tale
    .of('offsets')
    .filter(
      ({ processor, partition, end }) =>
        processor === last?.processor && partition === last.partition && end < last.end,
    )
    .map(({ end }) => end);
  tale.forget(
    (event) => event.event === 'progress' && event.group === firstStep.processor && event.atMs < (last?.atMs ?? 0),
  );
  samples[0]?.offsets.splice(last?.partition ?? 0, 1, Math.max(...ends));
}

/** Each spoils a good history and is found by these rules and no other. */
/** Gives every event another time. */
function retime(tale: Tale, to: (ms: number) => number): void {
  const times = ['atMs', 'sinceMs', 'answeredMs'] as const;
  for (const [, event] of tale.told as readonly (readonly [string, Partial<Record<(typeof times)[number], number>>])[])
    for (const name of times) if (event[name] !== undefined) event[name] = to(event[name]);
}

export const spoiled: readonly (readonly [what: string, rules: readonly string[], spoil: (tale: Tale) => void])[] = [
  [
    'a record of an aborted transaction was read while the run went on',
    ['R1'],
    (tale) => {
      const [log, aborted] = tale.of('log').flatMap((log) => {
        const marker = log.batches.findIndex(([, , , , kind]) => kind === 3);
        return log.topic === out && marker > 0 ? [[log, log.batches[marker - 1]] as const] : [];
      })[0] as never as [{ partition: number }, readonly number[]];
      const [read] = tale
        .of('read')
        .filter((read) => read.topic === out && read.partition === log.partition && read.when === 'during');
      if (!read) throw new Error('nobody reads');
      read.offsets.splice(0, 1, aborted[0] as number);
      for (const column of [read.offsets, read.keys, read.seqs, read.payloads, read.fromPartitions, read.fromOffsets])
        column.splice(1);
    },
  ],
  [
    'a transaction that every reader is given ends in an abort marker',
    ['R1'],
    (tale) => {
      const log = tale
        .of('log')
        .find(({ topic, batches }) => topic === mid && batches.some(([, , , , kind]) => kind === 2));
      const marker = log?.batches.findIndex(([, , , , kind]) => kind === 2) ?? -1;
      const [first = 0, last = 0, producerId = 0, epoch = 0] = log?.batches[marker] ?? [];
      log?.batches.splice(marker, 1, [first, last, producerId, epoch, 3]);
    },
  ],
  [
    'a record was read that is not there in the end',
    ['R1'],
    (tale) => {
      const read = tale.of('read').findLast(({ topic, when }) => topic === out && when === 'during');
      read?.offsets.splice(0, 1, 1_000_000);
    },
  ],
  [
    'a record has no output, although its offset is committed',
    ['R2'],
    (tale) => tale.drop(out, is(middle(tale.rows(out)))),
  ],
  [
    'a record is in none of the outputs',
    ['R11', 'R2', 'R8'], // the next processor has read it, and its output there comes from nowhere
    (tale) => {
      const lost = middle(tale.rows(mid));
      for (const topic of [mid, audit]) tale.drop(topic, comesFrom(lost));
    },
  ],
  ['the last record of a partition has no output', ['R2'], (tale) => tale.drop(out, is(tale.rows(out).at(-1) as Row))],
  [
    'an acknowledged record is not in the input',
    ['R2'],
    (tale) => {
      const written = tale.of('written').at(-1);
      written?.offsets.splice(0, 1, 1_000_000);
    },
  ],
  ['an output is there twice', ['R3'], (tale) => tale.append(middle(tale.rows(out)))],
  [
    'a whole batch is there twice',
    ['R3'],
    (tale) => {
      const [first] = tale.rows(out);
      for (const row of tale
        .rows(out)
        .filter(({ partition }) => partition === first?.partition)
        .slice(-4))
        tale.append(row);
    },
  ],
  [
    'an output was read as another record than in the end',
    ['R4'],
    (tale) => tale.change(is(middle(tale.rows(out))), ({ payload }) => ({ payload: payload + 1 }), 'during'),
  ],
  [
    'what stands in the input is not what was acknowledged there',
    ['R4'],
    (tale) => tale.change(is(middle(tale.rows('chaos-in'))), ({ seq }) => ({ seq: seq + 1 }), 'written'),
  ],
  [
    'the last reader is given an offset behind a later one',
    ['R3', 'R4'],
    (tale) => {
      const row = middle(tale.rows(out));
      tale.append(row);
      tale.change(
        ({ topic, partition, offset }) =>
          topic === out &&
          partition === row.partition &&
          offset ===
            Math.max(
              ...tale
                .rows(out)
                .filter((one) => one.partition === row.partition)
                .map((one) => one.offset),
            ),
        { offset: row.offset },
        'finally',
      );
    },
  ],
  [
    'two outputs of an input partition stand in each other’s place',
    ['R5'],
    (tale) => swapWithNext(tale, middle(tale.rows(out))),
  ],
  [
    'the records of a key are written in another order than their sequence',
    ['R5'],
    (tale) => {
      const { key } = middle(tale.rows('chaos-in'));
      tale.change(
        (row) => row.key === key && (row.seq === 2 || row.seq === 3),
        ({ seq }) => ({ seq: seq === 2 ? 3 : 2 }),
      );
    },
  ],
  ['a record is in one of two outputs only', ['R6'], (tale) => tale.drop(audit, is(middle(tale.rows(audit))))],
  [
    'half of the outputs of a transaction are there',
    ['R6'],
    (tale) => {
      const half = tale.rows(audit).slice(20, 24);
      tale.drop(audit, (row) => half.some((one) => is(one)(row)));
    },
  ],
  [
    'outputs are there whose offset was never committed',
    ['R6'],
    (tale) => {
      const last = tale.of('committed').findLast(({ processor }) => processor === secondStep.processor);
      if (!last) throw new Error('nothing is committed');
      const before = Math.max(
        ...tale
          .of('progress')
          .filter(({ group }) => group === last.processor)
          .map(({ offsets }) => offsets[last.partition] ?? -1)
          .filter((offset) => offset < last.end),
      );
      tale.forget(
        (event) =>
          event.event === 'committed' &&
          event.processor === last.processor &&
          event.partition === last.partition &&
          event.end === last.end,
      );
      for (const { group, offsets } of tale.of('progress'))
        if (group === last.processor && offsets[last.partition] === last.end) offsets[last.partition] = before;
    },
  ],
  [
    'an output is read before its commit was asked for',
    ['R7'],
    (tale) => {
      const read = tale.of('read').findLast(({ topic, when }) => topic === out && when === 'during');
      if (read) read.atMs = 1;
    },
  ],
  [
    'outputs are read whose commit nobody has asked for',
    ['R7'],
    (tale) => {
      const asked = tale.of('commit').findLast(({ processor }) => processor === secondStep.processor);
      tale.forget((event) => event === asked);
    },
  ],
  [
    'an output is not what the handler makes of its record',
    ['R8'],
    (tale) => tale.change(is(middle(tale.rows(out))), ({ payload }) => ({ payload: payload ^ 1 })),
  ],
  [
    'an output carries another sequence number than its record',
    ['R8'],
    (tale) => {
      // The last one of its key, so that it stays in order.
      const row = tale.rows(out).findLast(() => true) as Row;
      tale.change(is(row), ({ seq }) => ({ seq: seq + 5 }));
    },
  ],
  [
    'an output comes from a record that is none',
    ['R8'],
    (tale) => tale.append({ ...middle(tale.rows(out)), fromOffset: 1_000_000 }),
  ],
  [
    'an output stands in a partition that is not its key’s',
    ['R8'],
    (tale) => {
      const row = middle(tale.rows(out));
      const other = tale.rows(out).find(({ partition }) => partition !== row.partition) as Row;
      tale.drop(out, is(row));
      tale.append({ ...row, partition: other.partition });
    },
  ],
  [
    'a record that must be skipped has outputs',
    ['R8'],
    (tale) => {
      const { fromPartition, fromOffset } = middle(tale.rows(mid));
      tale.change(
        ({ topic, partition, offset }) =>
          topic === firstStep.input && partition === fromPartition && offset === fromOffset,
        { payload: -1 },
      );
    },
  ],
  [
    'the committed offset moves back',
    ['R9'],
    (tale) => {
      // What the group has in the end, and then what it had earlier.
      const samples = tale.of('progress').filter(({ group }) => group === firstStep.processor);
      const partition = samples[0]?.offsets.findIndex((offset) => offset >= 0) ?? 0;
      const early = samples[0]?.offsets[partition] ?? -1;
      (samples.at(-2) as (typeof samples)[number]).offsets[partition] = early;
    },
  ],
  ['a late request takes an acknowledged offset back before anybody has looked', ['R9'], lookBehindLastCommit],
  [
    'a task begins before what was committed',
    ['R11', 'R9'],
    (tale) => {
      const opened = tale
        .of('opened')
        .findLast(({ position, processor }) => position > 0 && processor === firstStep.processor);
      if (opened) opened.position = 0;
    },
  ],
  [
    'the committed offset stands inside of a batch',
    ['R9'],
    (tale) => {
      const whole = tale
        .of('committed')
        .find(({ processor, records }) => processor === firstStep.processor && records > 2);
      const sample = tale
        .of('progress')
        .find(
          ({ group, atMs, offsets }) =>
            group === whole?.processor && atMs > (whole?.atMs ?? 0) && offsets[whole.partition] === whole.end,
        );
      sample?.offsets.splice(whole?.partition ?? 0, 1, (whole?.end ?? 0) - 1);
      if (whole) whole.atMs = (sample?.atMs ?? 0) + 0.5;
    },
  ],
  [
    'the committed offset is one that no transaction carried',
    ['R9'],
    (tale) => {
      for (const sample of tale
        .of('progress')
        .filter(({ group }) => group === secondStep.processor)
        .slice(-1))
        sample.offsets = sample.offsets.map((offset, partition) => (partition === 1 ? offset + 3 : offset));
    },
  ],
  [
    'a producer’s older epoch writes behind its newer one',
    ['R10'],
    (tale) => {
      const log = tale.of('log').find(({ topic, batches }) => topic === mid && batches.length > 4);
      // The first transaction gets a newer epoch than all that follow.
      const first = log?.batches.findIndex(([, , , , kind]) => kind === 2) ?? 0;
      for (const at of [first - 1, first]) {
        const [from = 0, to = 0, producerId = 0, , kind = 1] = log?.batches[at] ?? [];
        log?.batches.splice(at, 1, [from, to, producerId, 99, kind]);
      }
    },
  ],
  [
    'a batch handled fewer records than there are',
    ['R11'],
    (tale) => {
      const batch = tale.of('committed').at(-1);
      if (batch) batch.records -= 1;
    },
  ],
  [
    'a batch handled a record twice',
    ['R11'],
    (tale) => {
      const batch = tale.of('committed').at(0);
      if (batch) batch.records += 1;
    },
  ],
  [
    'a record of the input is never processed',
    ['R12'],
    (tale) => {
      const row = tale.rows('chaos-in').at(-1) as Row;
      tale.append({ ...row, seq: row.seq + 100 });
    },
  ],
  [
    'the last stable offset is not the end',
    ['R13'],
    (tale) => {
      const ends = tale.of('ends').find(({ topic }) => topic === out);
      ends?.stable.splice(0, 1, (ends.high[0] ?? 0) - 1);
    },
  ],
  [
    'a transaction has no marker',
    ['R13'],
    (tale) =>
      tale
        .of('log')
        .find(({ topic, batches }) => topic === out && batches.length > 0)
        ?.batches.pop(),
  ],
  ['a group still has a member', ['R13'], (tale) => tale.of('members').forEach((members) => (members.count = 1))],
  [
    'a processor stands still without any disaster',
    ['R14'],
    (tale) => {
      // Everything from the fifth look at the second processor on happens 11 s later.
      const fromMs = tale.of('progress').filter(({ group }) => group === secondStep.processor)[4]?.atMs ?? 0;
      retime(tale, (ms) => (ms < fromMs ? ms : ms + 11_000));
    },
  ],
  [
    'a processor takes longer to get on after a disaster than it may',
    ['R14'],
    (tale) => {
      const samples = tale.of('progress').filter(({ group }) => group === secondStep.processor);
      const fromMs = samples[4]?.atMs ?? 0;
      retime(tale, (ms) => (ms < fromMs ? ms : ms + 30_000));
      const disaster = {
        event: 'disaster',
        kind: 'SIGKILL',
        target: 'chaos-2',
        sinceMs: fromMs - 1,
        atMs: fromMs,
        boundMs: 20_000,
      } as const;
      tale.told.push(['harness', disaster]);
    },
  ],
  [
    'one partition stands still while the group gets on in the others',
    ['R14'],
    (tale) => {
      // The second processor's partitions come one after the other; at a fiftieth of the speed the last ones wait too long.
      const fromMs = tale.of('progress').find(({ group }) => group === secondStep.processor)?.atMs ?? 0;
      retime(tale, (ms) => (ms < fromMs ? ms : fromMs + 50 * (ms - fromMs)));
    },
  ],
  [
    'a record that must be a dead letter is none',
    ['R16'],
    (tale) => tale.drop(firstStep.deadLetters, is(tale.rows(firstStep.deadLetters)[0] as Row)),
  ],
  ['a record is a dead letter twice', ['R16'], (tale) => tale.append(tale.rows(firstStep.deadLetters)[0] as Row)],
  [
    'a dead letter names another topic than it comes from',
    ['R16'],
    (tale) => tale.change(is(tale.rows(firstStep.deadLetters)[0] as Row), { fromTopic: 'elsewhere' }),
  ],
  [
    'a dead letter names another offset than it comes from',
    ['R16'],
    (tale) => tale.change(is(tale.rows(secondStep.deadLetters)[0] as Row), { fromOffset: 1_000_000 }),
  ],
  [
    'a record that was processed is a dead letter too',
    ['R16'],
    (tale) => {
      const { fromPartition, fromOffset, seq, key } = middle(tale.rows(out));
      const source = tale
        .rows(mid)
        .find(({ partition, offset }) => partition === fromPartition && offset === fromOffset) as Row;
      tale.append({
        ...source,
        topic: secondStep.deadLetters,
        partition: fromPartition,
        fromPartition,
        fromOffset,
        seq,
        key,
        fromTopic: mid,
      });
    },
  ],
  [
    'a dead letter does not hold what its record holds',
    ['R16'],
    (tale) => tale.change(is(tale.rows(firstStep.deadLetters)[0] as Row), ({ payload }) => ({ payload: payload + 1 })),
  ],
];
