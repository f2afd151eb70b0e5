// The chart of docs/benchmarks.md: a block of horizontal bars for each cell, all to one scale within the block. Plain SVG that
// reads on a light page and on a dark one.

import { rateOf } from './medians.js';
import { labelOf, shown } from './print.js';
import type { CellResult } from './results.js';

const width = 760;
const nameWidth = 200;
const figureWidth = 90;
const rowHeight = 20;
const headingHeight = 34;
const margin = 12;

export function chart(cells: readonly CellResult[]): string {
  const blocks: string[] = [];
  let top = margin;
  for (const cell of cells.filter(({ contestants }) => contestants.length > 0)) {
    blocks.push(block(cell, top));
    top += headingHeight + rowHeight * cell.contestants.length;
  }
  const height = top + margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    '<title>Records a second</title>',
    '<style>text{font:12px system-ui,sans-serif;fill:#57606a}.heading{font-weight:600}.ours{fill:#2f81f7}.other{fill:#9aa4af}</style>',
    ...blocks,
    '</svg>\n',
  ].join('\n');
}

function block({ title, records, contestants }: CellResult, top: number): string {
  const rates = contestants.map(({ rounds }) => rateOf(records, rounds) ?? 0);
  const scale = (width - nameWidth - figureWidth - 2 * margin) / Math.max(1, ...rates);
  const rows = contestants.map((contestant, i) => {
    const rate = rates[i] as number;
    const y = top + headingHeight + i * rowHeight;
    const length = Math.max(1, Math.round(rate * scale));
    const kind = contestant.side.startsWith('engine') ? 'ours' : 'other';
    return [
      `<text x="${margin}" y="${y}">${escaped(labelOf(contestant))}</text>`,
      `<rect class="${kind}" x="${nameWidth}" y="${y - 11}" width="${length}" height="14" rx="2"/>`,
      `<text x="${nameWidth + length + 6}" y="${y}">${shown(rate)}</text>`,
    ].join('');
  });
  const heading = `<text class="heading" x="${margin}" y="${top + 14}">${escaped(title)}, records/s</text>`;
  return [heading, ...rows].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
