// Processors and the topics between them as one graph in Mermaid's language. Names stand in quoted labels alone, so that dots,
// dashes and Mermaid's own words (`end`) in them are only text.

import { counted } from '../table.js';
import type { Sheet, TopicSheet } from './sheet.js';

export function mermaidOf(sheets: readonly Sheet[]): string {
  const topics = new Topics();
  const processors: string[] = [];
  const edges: string[] = [];
  sheets.forEach(({ processor, guarantee, inputs, outputs, deadLetters }, i) => {
    const id = `p${i}`;
    processors.push(`${id}["${label(processor)}<br/>${guarantee}"]`);
    for (const input of inputs) edges.push(`${topics.defined(input)} --> ${id}`);
    for (const output of outputs) {
      const name = output.name === output.topic ? '' : `|"${label(output.name)}"|`;
      edges.push(`${id} -->${name} ${topics.defined(output)}`);
    }
    for (const topic of deadLetters) edges.push(`${id} -.->|"dead letters"| ${topics.named(topic)}`);
  });
  return ['flowchart LR', ...[...topics.nodes(), ...processors, ...edges].map((line) => `  ${line}`), ''].join('\n');
}

/** A topic is one node, however many processors read or write it. */
class Topics {
  readonly #ids = new Map<string, string>();
  /** Dead letters' topics need no definition; one that has it shows it. */
  readonly #partitions = new Map<string, number>();

  defined({ topic, partitions }: TopicSheet): string {
    if (partitions !== undefined) this.#partitions.set(topic, partitions);
    return this.named(topic);
  }

  named(topic: string): string {
    const id = this.#ids.get(topic) ?? `t${this.#ids.size}`;
    this.#ids.set(topic, id);
    return id;
  }

  nodes(): readonly string[] {
    return [...this.#ids].map(([topic, id]) => {
      const partitions = this.#partitions.get(topic);
      const size = partitions === undefined ? '' : `<br/>${counted(partitions, 'partition')}`;
      return `${id}[("${label(topic)}${size}")]`;
    });
  }
}

function label(name: string): string {
  return name.replaceAll('#', '#35;').replaceAll('"', '#quot;');
}
