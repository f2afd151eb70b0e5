// What can be wrong with processors that are each right by themselves, as they stand beside each other and under a namespace.
// Pure: each rule makes remarks of topologies.

import { isName } from '../../core/ids.js';
import { deadLetterTopics, type Topology } from '../../core/topology.js';
import { conflictingTopics } from '../../dsl/check-topics.js';
import { ProcessorError } from '../../errors/processor-error.js';
import type { Remark } from './remark.js';

export function topologyRemarks(namespace: string, topologies: readonly Topology[]): readonly Remark[] {
  return [
    ...conflictingTopics(topologies).map(
      (error): Remark => ({ level: 'error', error, about: { topic: String(error.details.topic) } }),
    ),
    ...topologies.flatMap((topology) => deadLetterRemarks(namespace, topology, topologies)),
    ...cycles(topologies).map(cycleRemark),
  ];
}

/** The definition was looked at without a namespace, and alone. */
function deadLetterRemarks(namespace: string, topology: Topology, topologies: readonly Topology[]): Remark[] {
  const about = { processor: topology.name };
  const owner = `processor '${topology.name}'`;
  return deadLetterTopics(namespace, topology).flatMap((topic): Remark[] => {
    const remark = (level: Remark['level'], error: ProcessorError): Remark[] => [{ level, error, about }];
    if (!isName(topic)) return remark('error', new ProcessorError('PRC_NAME_INVALID', { what: 'topic', name: topic }));
    if (inputsOf(topology).includes(topic))
      return remark('error', new ProcessorError('PRC_DEAD_LETTER_LOOP', { owner, topic }));
    const writer = topologies.find((one) => outputsOf(one).includes(topic));
    if (writer === undefined) return [];
    const details = { processor: topology.name, topic, other: writer.name };
    return remark('warning', new ProcessorError('PRC_DEAD_LETTERS_MIXED', details));
  });
}

/** A step from one processor to another: the topic that the one writes and the other reads. */
interface Step {
  readonly topic: string;
  readonly to: Topology;
}

function cycleRemark(steps: readonly Step[]): Remark {
  const last = steps.at(-1) as Step;
  const path = [last.to.name, ...steps.flatMap(({ topic, to }) => [`(${topic})`, to.name])].join(' → ');
  return { level: 'warning', error: new ProcessorError('PRC_CYCLE', { path }), about: { processor: last.to.name } };
}

/** The shortest way round for each set of processors that reach each other. One that feeds itself has said that it is meant. */
function cycles(topologies: readonly Topology[]): readonly (readonly Step[])[] {
  const told = new Set<Topology>();
  return topologies.flatMap((start) => {
    if (told.has(start)) return [];
    const cycle = shortestWay(start, start, topologies);
    if (cycle === undefined) return [];
    for (const topology of topologies) {
      const isPart = shortestWay(start, topology, topologies) && shortestWay(topology, start, topologies);
      if (isPart) told.add(topology);
    }
    return [cycle];
  });
}

function shortestWay(from: Topology, to: Topology, topologies: readonly Topology[]): readonly Step[] | undefined {
  const seen = new Set<Topology>();
  let ways: readonly (readonly Step[])[] = [[]];
  while (ways.length > 0) {
    const longer = ways.flatMap((way) =>
      stepsFrom(way.at(-1)?.to ?? from, topologies).map((step) => [...way, step] as const),
    );
    const arrived = longer.find((way) => way.at(-1)?.to === to);
    if (arrived !== undefined) return arrived;
    ways = longer.filter((way) => {
      const { to: reached } = way.at(-1) as Step;
      const isNew = !seen.has(reached);
      seen.add(reached);
      return isNew;
    });
  }
  return undefined;
}

function stepsFrom(from: Topology, topologies: readonly Topology[]): Step[] {
  return outputsOf(from).flatMap((topic) =>
    topologies.filter((to) => to !== from && inputsOf(to).includes(topic)).map((to) => ({ topic, to })),
  );
}

function inputsOf({ subtopologies }: Topology): readonly string[] {
  return subtopologies.map(({ source }) => source.topic.name);
}

function outputsOf({ sinks }: Topology): readonly string[] {
  return sinks.map(({ topic }) => topic.name);
}
