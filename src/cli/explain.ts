// `processor explain`: what docs/errors.md says about a code, without a network.

import { styleText } from 'node:util';
import { nearest } from '../errors/did-you-mean.js';
import { ProcessorError } from '../errors/processor-error.js';
import { type ErrorPage, errorPages } from './error-pages.js';
import { wrapped } from './wrapped.js';

export interface ExplainFlags {
  readonly json?: boolean;
}

/** @throws PRC_USAGE */
export function explain(code: string | undefined, { json }: ExplainFlags): void {
  const pages = errorPages();
  if (code === undefined) process.stdout.write(json ? `${JSON.stringify({ errors: pages })}\n` : list(pages));
  else {
    const page = find(code, pages);
    process.stdout.write(json ? `${JSON.stringify(page)}\n` : text(page));
  }
}

function find(typed: string, pages: readonly ErrorPage[]): ErrorPage {
  const name = typed.toUpperCase().replaceAll('-', '_');
  const code = name.startsWith(prefix) ? name : `${prefix}${name}`;
  const page = pages.find((one) => one.code === code);
  if (page !== undefined) return page;
  const meant = nearest(
    code,
    pages.map((one) => one.code),
  );
  const problem = `there is no error '${typed}'${meant === undefined ? '' : ` (Did you mean ${meant}?)`}`;
  throw new ProcessorError(
    'PRC_USAGE',
    { problem, command: 'explain ' },
    { hint: 'All of them: npx processor explain' },
  );
}

function text({ code, happened, whatToDo }: ErrorPage): string {
  const part = (title: string, body: string): string => `${bold(title)}\n${wrapped(body, widthMax)}\n`;
  return `${bold(code)}\n\n${part('What happened', happened)}\n${part('What to do', whatToDo)}`;
}

/** All codes by subject, each with the first sentence about it. */
function list(pages: readonly ErrorPage[]): string {
  const subjects = [...new Set(pages.map(({ subject }) => subject))];
  return subjects
    .map((subject) => {
      const lines = pages
        .filter((page) => page.subject === subject)
        .map(({ code, happened }) => `  ${code}\n${wrapped(firstSentence(happened), widthMax, '    ')}\n`);
      return `${bold(subject)}\n${lines.join('')}`;
    })
    .join('\n');
}

function firstSentence(paragraphs: string): string {
  return /^.+?[.!?:](?=\s|$)/s.exec(paragraphs)?.[0] ?? paragraphs;
}

function bold(title: string): string {
  return process.stdout.isTTY ? styleText('bold', title, { stream: process.stdout }) : title;
}

const prefix = 'PRC_';
const widthMax = 100;
