// The graph of a project as Mermaid reads it. Mermaid itself is too large to be installed for this: every line is held against
// the forms of its grammar that we use.

import { describe, expect, test } from 'vitest';
import { mermaidOf } from '../../../src/cli/describe/mermaid.js';
import { processor, text, topic } from '../../../src/index.js';
import { book, count, push, sheetOf } from './sheets.js';

const plain = { key: text(), value: text() };
/** Words of Mermaid's own, and characters that mean something to it outside of quotes. */
const awkward = processor({
  name: 'end',
  input: topic('subgraph', plain),
  outputs: { class: topic('a.b-->c'.replace('>', '-'), plain), graph: topic('graph', plain) },
  handle() {},
});

const graph = (...processors: readonly Parameters<typeof sheetOf>[0][]): string =>
  mermaidOf(processors.map((one) => sheetOf(one)));

test('all processors are one graph, in which a topic that one writes and another reads is one node', () => {
  expect(graph(book, count)).toBe(`flowchart LR
  t0[("orders<br/>4 partitions")]
  t1[("shop.payments")]
  t2[("ledger<br/>1 partition")]
  t3[("audit")]
  t4[("to-look-at")]
  t5[("book.dlq")]
  p0["book<br/>exactly-once"]
  p1["count<br/>at-least-once"]
  t0 --> p0
  t1 --> p0
  p0 -->|"entries"| t2
  p0 --> t3
  p0 -.->|"dead letters"| t4
  p0 -.->|"dead letters"| t5
  t2 --> p1
`);
});

describe('it is Mermaid', () => {
  const label = '"[^"\\n]+"';
  const node = new RegExp(`^  ([tp]\\d+)(?:\\[\\(${label}\\)\\]|\\[${label}\\])$`);
  const edge = new RegExp(`^  ([tp]\\d+) (?:-->|-\\.->)(?:\\|${label}\\|)? ([tp]\\d+)$`);

  test.for([
    ['one', graph(book)],
    ['several', graph(book, count, push)],
    ['names that are words of its own', graph(awkward)],
  ])('%s', ([, text = '']) => {
    const [first, ...lines] = text.trimEnd().split('\n');
    expect(first).toBe('flowchart LR');
    const nodes = lines.flatMap((line) => node.exec(line)?.[1] ?? []);
    expect(new Set(nodes).size, 'each id is given once').toBe(nodes.length);
    for (const line of lines.slice(nodes.length)) {
      const [, from = '', to = ''] = edge.exec(line) ?? [];
      expect(line).toMatch(edge);
      expect(nodes, line).toContain(from);
      expect(nodes, line).toContain(to);
    }
  });
});
