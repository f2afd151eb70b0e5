// What a simulated run is judged by when it is over.

import { groupId } from '../../core/ids.js';
import type { Cluster } from '../../memory/cluster.js';
import type { SimulatedStep } from './steps.js';

/** Sentences about what is wrong; none if all is well. */
export function check(cluster: Cluster, steps: readonly SimulatedStep[]): string[] {
  return [...steps.flatMap((step) => checkStep(cluster, step)), ...openTransactions(cluster)];
}

function checkStep(cluster: Cluster, { topology, input, outputs }: SimulatedStep): string[] {
  const expected = recordsOf(cluster, input).map(({ partition, offset }) => `${partition}/${offset}`);
  const findings: string[] = [];
  for (const output of outputs) {
    const counts = new Map<string, number>();
    for (const { value } of recordsOf(cluster, output)) counts.set(value, (counts.get(value) ?? 0) + 1);
    for (const from of expected)
      if (!counts.has(from)) findings.push(`lost: ${input} ${from} has no record in ${output}`);
    for (const [from, count] of counts) {
      if (count > 1) findings.push(`duplicate: ${input} ${from} has ${count} records in ${output}`);
      if (!expected.includes(from))
        findings.push(`invented: ${output} has a record from ${from}, which ${input} has not`);
    }
    findings.push(...outOfOrder(cluster, output));
  }
  for (let partition = 0; partition < cluster.partitionsOf(input); partition++) {
    const log = cluster.log({ topic: input, partition });
    const committed = cluster.group(groupId('', topology.name)).committed({ topic: input, partition })?.offset ?? 0;
    if (log.read({ offset: committed, recordsMax: 1, isCommitted: true }).records.length > 0)
      findings.push(
        `offset: ${topology.name} has committed ${committed} of ${input}/${partition}, whose end is ${log.high}`,
      );
    if (committed > log.high)
      findings.push(`offset: ${committed} of ${input}/${partition} is beyond its end ${log.high}`);
  }
  return findings;
}

/** Records of one input partition come in its order in every output partition. */
function outOfOrder(cluster: Cluster, output: string): string[] {
  const last = new Map<string, number>();
  return recordsOf(cluster, output).flatMap(({ partition, value }) => {
    const [from = '', offset = ''] = value.split('/');
    const key = `${partition} ${from}`;
    const before = last.get(key) ?? -1;
    last.set(key, Number(offset));
    return Number(offset) < before ? [`order: ${output}/${partition} has ${value} behind ${from}/${before}`] : [];
  });
}

function openTransactions(cluster: Cluster): string[] {
  const open = cluster.transactions.open.map((id) => `open: the transaction of ${id}`);
  const stuck = cluster.topics.flatMap((topic) =>
    Array.from({ length: cluster.partitionsOf(topic) }, (_, partition) => ({ topic, partition })).flatMap((one) =>
      cluster.log(one).isOpen ? [`stuck: the stable end of ${one.topic}/${one.partition}`] : [],
    ),
  );
  return [...open, ...stuck];
}

interface Found {
  readonly partition: number;
  readonly offset: number;
  readonly value: string;
}

function recordsOf(cluster: Cluster, topic: string): Found[] {
  return Array.from({ length: cluster.partitionsOf(topic) }, (_, partition) => partition).flatMap((partition) => {
    const log = cluster.log({ topic, partition });
    const { records } = log.read({ offset: log.low, recordsMax: Number.POSITIVE_INFINITY, isCommitted: true });
    return records.map(({ offset, value }) => ({
      partition,
      offset,
      value: new TextDecoder().decode(value ?? new Uint8Array(0)),
    }));
  });
}
