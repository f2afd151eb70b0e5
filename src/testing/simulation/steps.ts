// The processors of a simulation: each turns every record into one in each of its two outputs, which say where they come from, so
// that a reader can tell what is missing, what is there twice and what was torn.

import { text } from '../../codecs/text.js';
import type { Topology } from '../../core/topology.js';
import { processor } from '../../dsl/processor.js';
import { topic } from '../../dsl/topic.js';

export interface SimulatedStep {
  readonly topology: Topology;
  readonly input: string;
  /** The first one feeds the next step. */
  readonly outputs: readonly [string, string];
}

export function stepsOf(count: number): readonly SimulatedStep[] {
  return Array.from({ length: count }, (_, i) => {
    const input = topic(`sim-${i}`, { key: text(), value: text() });
    const next = topic(`sim-${i + 1}`, { key: text(), value: text() });
    const audit = topic(`sim-${i}-audit`, { key: text(), value: text() });
    const { topology } = processor({
      name: `step-${i}`,
      input,
      outputs: { next, audit },
      handle(record, { out }) {
        const from = `${record.partition}/${record.offset}`;
        out.next(record.key, from);
        // A handler that waits lets others in between.
        if (record.offset % 7 === 3) return Promise.resolve().then(() => out.audit(record.key, from));
        out.audit(record.key, from);
        return undefined;
      },
    });
    return { topology, input: input.name, outputs: [next.name, audit.name] };
  });
}
