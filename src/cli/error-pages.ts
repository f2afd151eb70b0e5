// What docs/errors.md says about each code, read from the page itself, which comes with the package.

import { readFileSync } from 'node:fs';

export interface ErrorPage {
  readonly code: string;
  /** The heading that it stands under. */
  readonly subject: string;
  readonly happened: string;
  readonly whatToDo: string;
}

/** In the order of the page. */
export function errorPages(): readonly ErrorPage[] {
  const text = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const pages: ErrorPage[] = [];
  for (const part of text.split(/^## /m).slice(1)) {
    const [subject = '', ...entries] = part.split(/^### /m);
    for (const entry of entries) pages.push(pageOf(subject.trim(), entry));
  }
  return pages;
}

function pageOf(subject: string, entry: string): ErrorPage {
  const [, code = '', happened = '', whatToDo = ''] =
    /^(\w+)\n+\*\*What happened\.\*\* (.+?)\n\n\*\*What to do\.\*\* (.+?)\n*$/s.exec(entry) ?? [];
  return { code, subject, happened: plain(happened), whatToDo: plain(whatToDo) };
}

/** Paragraphs without the page's own line breaks, and links as the words that they stand on. */
function plain(markdown: string): string {
  return markdown
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .split(/\n{2,}/)
    .map((paragraph) => (/^(?:[-|]|```)/.test(paragraph) ? paragraph : paragraph.replaceAll('\n', ' ')))
    .join('\n\n')
    .trim();
}
