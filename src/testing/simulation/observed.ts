// Everything that a run shows, noted as it happens: what the engine tells, what handlers are given, what readers see, how offsets
// move. What all that means is for the checkers.

import { groupId, partitionKey } from '../../core/ids.js';
import type { Topology } from '../../core/topology.js';
import type { Fact } from '../../engine/facts.js';
import type { OffsetEvent } from '../../memory/group-offsets.js';
import type { Rig } from '../rig.js';
import { unsettled } from '../settled.js';
import { checkers } from './checkers/index.js';
import { type Decision, decisionText } from './decision.js';
import { type Found, found, type Handled, type History, partitionsOf } from './history.js';
import { OffsetsWatched } from './offsets-watched.js';
import type { Plan } from './plan.js';
import { Readers } from './readers.js';
import { factWords, Transcript } from './transcript.js';
import type { Place, Step } from './work.js';

export interface Finding {
  /** A checker's name, or what ended the run. */
  readonly rule: string;
  readonly text: string;
}

/** What a run is judged by, beside what was seen of it. */
interface Judged extends Pick<History, 'decisions' | 'left'> {
  /** What was in the logs once, by topic. */
  readonly deleted: ReadonlyMap<string, readonly Found[]>;
}

export class Observed {
  readonly findings: Finding[] = [];
  readonly transcript = new Transcript();
  /** Of what happened, how often. */
  readonly counts = new Map<string, number>();
  readonly #rig: Rig;
  readonly #plan: Plan;
  readonly #steps: readonly Step[];
  readonly #offsets = new OffsetsWatched();
  readonly #readers: Readers;
  readonly #handled: Handled[] = [];

  constructor(rig: Rig, plan: Plan, steps: readonly Step[]) {
    this.#rig = rig;
    this.#plan = plan;
    this.#steps = steps;
    this.#readers = new Readers(rig.cluster, this.#offsets);
  }

  tell(...words: readonly string[]): void {
    this.transcript.add(this.#rig.kernel.nowMs, ...words);
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  find(rule: string, text: string): void {
    this.findings.push({ rule, text });
    this.tell('-', `✘ ${rule}: ${text}`);
  }

  decided(who: string, decision: Decision): void {
    this.count(`✗ ${decision.kind}`);
    this.tell(who, '✗', decisionText(decision));
  }

  fact(instance: string, fact: Fact): void {
    this.count(fact.fact);
    this.tell(instance, ...factWords(fact));
    if (fact.fact === 'processor-failed') this.find('ended', `${instance}: ${fact.error.message}`);
    if (fact.fact === 'integrity-alarm')
      this.find('integrity', `${instance} ${partitionKey(fact)}: ${fact.error.message}`);
  }

  handled(instance: string, step: Step, { topic, partition, offset }: Place): void {
    this.#handled.push({ atMs: this.#rig.kernel.nowMs, instance, step, topic, partition, offset });
  }

  offset(group: string, event: OffsetEvent): void {
    this.#offsets.hear(this.#rig.kernel.nowMs, group, event);
  }

  /** Readers look at what is there now. */
  look(): void {
    this.#readers.look(this.#rig.kernel.nowMs, this.#steps);
  }

  /** Where processors have something left to do. */
  left(topologies: readonly Topology[]): readonly string[] {
    return topologies.flatMap((topology) => {
      const group = groupId('', topology.name);
      const left = unsettled(this.#rig.cluster, '', topology, (partition) => this.#offsets.reached(group, partition));
      return left.map((partition) => `${topology.name} in ${partitionKey(partition)}`);
    });
  }

  /** By all rules, the first of which that is broken says the most. */
  judge({ decisions, left, deleted }: Judged): void {
    if (this.findings.length > 0) return;
    this.look();
    const history = this.#history({ decisions, left, deleted });
    for (const { name, check } of checkers) {
      for (const text of check(history)) this.find(name, text);
      if (this.findings.length > 0) return;
    }
  }

  #history({ decisions, left, deleted }: Judged): History {
    const { cluster } = this.#rig;
    const read = new Map<string, readonly Found[]>();
    return {
      plan: this.#plan,
      steps: this.#steps,
      decisions,
      left,
      counts: this.counts,
      handled: this.#handled,
      seen: this.#readers.seen,
      offsets: this.#offsets.moved,
      rivals: this.#offsets.rivals,
      cluster,
      records(topic) {
        let records = read.get(topic);
        if (records === undefined)
          read.set(
            topic,
            (records = [...(deleted.get(topic) ?? [])].concat(
              partitionsOf(cluster, topic).flatMap((partition) => {
                const log = cluster.log(partition);
                const all = log.read({ offset: log.low, recordsMax: Number.POSITIVE_INFINITY, isCommitted: true });
                return all.records.map((record) => found(partition, record));
              }),
            )),
          );
        return records;
      },
    };
  }
}
