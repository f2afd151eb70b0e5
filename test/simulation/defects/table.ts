// docs/planted-defects.md: written here, and read again for the defects that are found so quickly that every test run finds them.

import type { Search } from './search.js';

export interface Row {
  readonly name: string;
  readonly rule: string;
  readonly what: string;
  /** The first seed that shows it; undefined where so many do not. */
  readonly seed: number | undefined;
  readonly seedsMax: number;
  /** Who said so, or what the defect is hidden by. */
  readonly says: string;
}

export function rowOf({ defect, seedsMax, found }: Search): Row {
  const { name, rule, what, hiddenBy, awaits } = defect;
  const unseen = hiddenBy ? `hidden by ${hiddenBy}` : `awaits ${awaits ?? 'an explanation'}`;
  const says = found ? checkersOf(found.findings).join(', ') : unseen;
  return { name, rule, what, seed: found?.seed, seedsMax, says };
}

export function render(rows: readonly Row[]): string {
  const found = rows.filter(({ seed }) => seed !== undefined).length;
  const lines = rows.map(({ name, rule, what, seed, seedsMax, says }) =>
    row([`\`${name}\``, rule, what, seed === undefined ? `none of ${seedsMax}` : String(seed), says]),
  );
  return `# Planted defects

What the simulation is worth is what it finds. Each of these ${rows.length} defects is planted in the sources of the engine, or of the client
behind its port, and the simulation runs its seeds from 1 on until one of them has a finding: it finds ${found} of them. Where one rule
stands behind another, a defect of one of them alone does no harm: then it is in the table as hidden, and again together with what
hides it.

This page is written by \`npm run defects\`; \`npm run defects -- --only no-rewind --seed 12\` shows what one seed does with one
defect. The defects stand in [test/simulation/defects](../test/simulation/defects/catalogue.ts).

${row(['defect', 'rule', 'what is wrong', 'seeds needed', 'what finds it'])}
${row(['---', '---', '---', '---:', '---'])}
${lines.join('\n')}
`;
}

/** The rows of a page that was rendered before. */
export function rowsOf(page: string): readonly Row[] {
  return [...page.matchAll(/^\| `([^`]+)` \| (E\d+) \| (.+) \| (none of )?(\d+) \| (.+) \|$/gm)].map(
    ([, name = '', rule = '', what = '', none, count, says = '']) => ({
      name,
      rule,
      what,
      seed: none === undefined ? Number(count) : undefined,
      seedsMax: Number(count),
      says,
    }),
  );
}

/** Findings begin with the name of their checker. */
function checkersOf(findings: readonly string[]): string[] {
  return [...new Set(findings.map((finding) => finding.split(':')[0] as string))];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
