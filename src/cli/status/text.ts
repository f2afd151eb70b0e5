// The status of processors for people: for each a line about its group, a row for each partition, and what is worth a sentence.

import { partitionKey } from '../../core/ids.js';
import { durationText } from '../quantities.js';
import { counted, table } from '../table.js';
import type { Eta, PartitionStatus, ProcessorStatus } from './history.js';

export function statusText(all: readonly ProcessorStatus[]): string {
  const hasLag = all.some(({ partitions }) => partitions.length > 0);
  const footer = hasLag ? `\n${lagWords}\n` : '';
  return all.map(processorText).join('\n') + footer;
}

const lagWords = 'LAG counts offsets up to the last stable one; the markers that end transactions are offsets, too.';

function processorText(status: ProcessorStatus): string {
  const { processor, partitions } = status;
  const rows = [heads, ...partitions.map((partition) => row(partition, status))];
  const lines = partitions.length === 0 ? '' : indented(table(rows));
  return `${processor}  ${groupText(status)}\n${lines}${sentences(status)
    .map((line) => `  ${line}\n`)
    .join('')}`;
}

function groupText({ group, groupState, members, membersUnknown, lag, skew }: ProcessorStatus): string {
  const total = lag === undefined ? '' : `, lag ${number(lag)}`;
  const most =
    skew === undefined ? '' : ` (${Math.round(skew.share * 100)} % of it in ${partitionKey(skew.partition)})`;
  return `group ${group}: ${stateText(groupState, members?.length, membersUnknown)}${total}${most}`;
}

function stateText(
  state: ProcessorStatus['groupState'],
  members: number | undefined,
  unknown: string | undefined,
): string {
  if (unknown !== undefined) return `members not known (${unknown})`;
  switch (state) {
    case 'none':
      return 'there is none, it has never run';
    case 'empty':
      return 'no member, it does not run';
    case 'rebalancing':
      return `${counted(members ?? 0, 'member')}, sharing out partitions`;
    case 'stable':
    case 'unknown':
      return counted(members ?? 0, 'member');
  }
}

const heads = ['PARTITION', 'OWNER', 'COMMITTED', 'END', 'LAG', 'PER SECOND', 'ETA', 'HELD BACK'];

function row(partition: PartitionStatus, { membersUnknown }: ProcessorStatus): readonly string[] {
  const { owner, committed, stable, lag, ratePerSecond, eta, heldBack } = partition;
  return [
    partitionKey(partition),
    owner === undefined ? (membersUnknown === undefined ? 'nobody' : 'not known') : `${owner.instance} (${owner.host})`,
    committed === undefined ? '-' : number(committed),
    number(stable),
    lag === undefined ? '-' : number(lag),
    ratePerSecond === undefined ? '-' : number(Math.round(ratePerSecond)),
    etaText(eta),
    heldBack === undefined ? '-' : number(heldBack.offsets),
  ];
}

function etaText(eta: Eta): string {
  switch (eta.kind) {
    case 'unknown':
      return '-';
    case 'done':
      return 'there';
    case 'shrinking':
      return durationText(Math.ceil(eta.seconds) * 1000);
    case 'keeping-up':
      return 'keeps up';
    case 'growing':
      return 'never: more comes in';
    case 'standing':
      return 'stands still';
  }
}

function sentences({ partitions, missingTopics, silentTopics }: ProcessorStatus): readonly string[] {
  return [
    ...missingTopics.map((topic) => `${topic}: there is no such topic (npx processor topics create)`),
    ...silentTopics.map(({ topic, reason }) => `${topic}: how far it reaches is not known: ${reason}`),
    ...partitions.flatMap((partition) => heldText(partition) ?? []),
    ...partitions.flatMap(({ problem }) => problem ?? []),
  ];
}

function heldText(partition: PartitionStatus): string | undefined {
  const { heldBack, stable } = partition;
  if (heldBack === undefined) return undefined;
  const since = heldBack.sinceMsAtLeast < 1000 ? '' : ` for at least ${durationText(heldBack.sinceMsAtLeast)}`;
  return `${partitionKey(partition)}: a transaction has been open${since}, from offset ${number(stable)} on; what follows waits for its end`;
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}

function number(value: number): string {
  return value.toLocaleString('en');
}
