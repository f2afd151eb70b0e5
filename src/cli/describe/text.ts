// A production sheet for people: sections of labelled lines, at most 100 columns wide.

import { aclText } from '../../core/acls.js';
import { backoffMs } from '../../core/retry.js';
import type { Guarantee, Start } from '../../core/topology.js';
import { bytesText, durationText, listText } from '../quantities.js';
import { counted } from '../table.js';
import type {
  CodecSheet,
  FinalPolicySheet,
  GroupSheet,
  LimitsSheet,
  PolicySheet,
  Sheet,
  TopicSheet,
  TransactionalIds,
} from './sheet.js';

const widthMax = 100;

export function textOf(sheet: Sheet): string {
  const { inputs, outputs, onError, deadLetters, deadLetterHeaders, limits, acls } = sheet;
  const sections: readonly Section[] = [
    { title: 'Identity', rows: identity(sheet) },
    {
      title: 'Reads',
      rows: inputs.map((input) => [
        input.topic,
        [`${topicText(input)}; a handler's call per ${input.handledPer}`, ...codecTexts(input)],
      ]),
    },
    {
      title: 'Writes',
      rows: outputs.map((output) => [
        output.topic,
        [
          `${topicText(output)}; handlers call it out.${output.name}`,
          ...codecTexts(output),
          sinkTexts[output.guarantee],
        ],
      ]),
    },
    {
      title: 'Errors',
      rows: [
        ['decode', [policyText(onError.decode)]],
        ['handle', [policyText(onError.handle)]],
        ['encode', [policyText(onError.encode)]],
        ...(deadLetters.length === 0 ? [] : [row('dead letters', letterText(deadLetterHeaders))]),
      ],
    },
    { title: 'Limits', rows: limitRows(limits) },
    { title: 'Permissions', rows: [['', acls.map(aclText)]] },
  ];
  const shown = sections.filter(({ rows }) => rows.length > 0);
  const labelWidth = Math.max(...shown.flatMap(({ rows }) => rows.map(([label]) => label.length)));
  return [`${sheet.processor}  (${sheet.module})`, ...shown.map((section) => sectionText(section, labelWidth))]
    .join('\n\n')
    .concat('\n');
}

interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}

type Row = readonly [label: string, lines: readonly string[]];

/** Longer labels stand on a line of their own. */
const labelWidthMax = 28;

function sectionText({ title, rows }: Section, labelWidth: number): string {
  const width = Math.min(labelWidth, labelWidthMax);
  const indent = ' '.repeat(2 + width + 2);
  const lines = rows.flatMap(([label, texts]) => {
    const wrapped = texts.flatMap((line) => wrap(line, widthMax - indent.length));
    if (label === '') return wrapped.map((line) => `  ${line}`);
    if (label.length > width) return [`  ${label}`, ...wrapped.map((line) => indent + line)];
    return wrapped.map((line, i) => (i === 0 ? `  ${label.padEnd(width)}  ${line}` : indent + line));
  });
  return [title, ...lines].join('\n');
}

/** At spaces; a word that is too long for a line has one of its own. What goes on stands two columns further in. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function identity({ guarantee, group, transactionalIds }: Sheet): readonly Row[] {
  return [
    row('guarantee', guarantee),
    row("handlers' effects", effectTexts[guarantee]),
    ['group', [groupText(group)]],
    ['isolation level', [`${group.isolationLevel}: it sees no record of an open or aborted transaction`]],
    ['without an offset', [startTexts[group.start]]],
    ['transactional ids', transactionalIds === undefined ? ['none'] : idTexts(transactionalIds)],
  ];
}

function groupText({ id, protocol, assignor }: GroupSheet): string {
  return `${id}  (${protocol === 'consumer' ? 'KIP-848' : 'classic protocol'}, ${assignor ?? "the broker's assignor"})`;
}

function idTexts({ ofInputs }: TransactionalIds): readonly string[] {
  return ofInputs.map(({ pattern, count }) => {
    const many = count === undefined ? 'one for each partition' : `${count}, one for each partition`;
    return `${pattern}  (${many})`;
  });
}

const startTexts: Readonly<Record<Start, string>> = {
  earliest: 'a partition starts at its earliest record',
  latest: 'a partition starts at its end',
  refuse: 'the processor refuses to start (PRC_NO_COMMITTED_OFFSET)',
};

function topicText({ partitions, config }: TopicSheet): string {
  const count = partitions === undefined ? "the broker's number of partitions" : counted(partitions, 'partition');
  return [count, ...Object.entries(config).map(([name, value]) => `${name}=${value}`)].join(', ');
}

function codecTexts({ key, value }: TopicSheet): readonly string[] {
  return [`key ${codecText(key)}; value ${codecText(value)}`];
}

function codecText({ format, nullable, subject, schema }: CodecSheet): string {
  const name = nameOf(schema);
  const details = [
    ...(nullable ? ['or null'] : []),
    ...(subject === undefined ? [] : [`subject ${subject}`]),
    ...(name === undefined ? [] : [`schema ${name}`]),
  ];
  return details.length === 0 ? format : `${format} (${details.join(', ')})`;
}

function nameOf(schema: unknown): string | undefined {
  if (typeof schema !== 'object' || schema === null || !('name' in schema)) return undefined;
  return typeof schema.name === 'string' ? schema.name : undefined;
}

const sinkTexts: Readonly<Record<Guarantee, string>> = {
  'exactly-once': 'exactly once, for readers that set isolation.level=read_committed',
  'at-least-once': 'at least once: after a failure or a hand-over some come again',
  'at-most-once': 'at most once: after a failure or a hand-over some are missing',
};

const effectTexts: Readonly<Record<Guarantee, string>> = {
  'exactly-once': 'at least once (HTTP, databases, files): a batch may be handled again, make them idempotent',
  'at-least-once': 'at least once (HTTP, databases, files): a batch may be handled again, make them idempotent',
  'at-most-once': 'at most once for each attempt of onError.handle (HTTP, databases, files)',
};

function policyText(policy: PolicySheet): string {
  if (policy.policy !== 'retry') return finalText(policy);
  const { times, backoffMs: base, backoffMaxMs, otherwise } = policy;
  const shownMax = 4;
  const waits = Array.from({ length: Math.min(times, shownMax) }, (_, i) =>
    durationText(backoffMs(i + 1, base, backoffMaxMs)),
  );
  const rest = times > shownMax ? `, … (at most ${durationText(backoffMaxMs)})` : '';
  const after = rest === '' ? listText(waits) : waits.join(', ') + rest;
  return `tried ${counted(times, 'more time')}, after ${after}; then ${finalText(otherwise)}`;
}

function finalText(policy: FinalPolicySheet): string {
  switch (policy.policy) {
    case 'fail':
      return 'the processor ends (PRC_RECORD_FAILED), and the record comes again at the next start';
    case 'skip':
      return 'the record is passed over, with a line in the log';
    case 'dead-letter':
      return `the record goes to ${policy.topic}`;
  }
}

function letterText(headers: readonly string[]): string {
  return `key, value and headers as they came, and the headers ${listText(headers.slice(0, -1))}; ${headers.at(-1)} where a value was cut for its size`;
}

function limitRows(limits: LimitsSheet): readonly Row[] {
  const { transactionTimeoutMs, sessionTimeoutMs, heartbeatIntervalMs } = limits;
  return [
    ['a call of a handler', [`${durationText(limits.handlerTimeoutMs)}, ${bytesText(limits.callBytesMax)} of outputs`]],
    [
      'a batch',
      [
        `${counted(limits.batchRecordsMax, 'record')}, ${bytesText(limits.batchBytesMax)} or ${durationText(limits.batchAgeMsMax)}, whichever comes first`,
      ],
    ],
    ...(transactionTimeoutMs === undefined
      ? []
      : [
          row(
            'a transaction',
            `is aborted by the broker after ${durationText(transactionTimeoutMs)} (transaction.timeout.ms)`,
          ),
        ]),
    row(
      'a member',
      sessionTimeoutMs === undefined
        ? "session and heartbeat are the broker's (KIP-848)"
        : `is dead after ${durationText(sessionTimeoutMs)} of silence (session.timeout.ms), says that it lives every ${durationText(heartbeatIntervalMs ?? 0)} (heartbeat.interval.ms)`,
    ),
    row(
      'a blocked thread',
      `costs its member the partitions after ${durationText(limits.pollIntervalMsMax)} (max.poll.interval.ms)`,
    ),
    row(
      'a hand-over',
      `what is under way may finish for ${durationText(limits.revokeTimeoutMs)}, at shutdown for ${durationText(limits.shutdownTimeoutMs)}`,
    ),
    row(
      'memory',
      `${bytesText(limits.processorBytesMax)} of records and outputs, ${bytesText(limits.partitionBytesMax)} waiting in a partition`,
    ),
    row('outputs', `compressed by ${limits.compression}`),
  ];
}

function row(label: string, line: string): Row {
  return [label, [line]];
}
