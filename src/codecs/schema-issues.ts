// What a schema has to say about a value, as one sentence.

import type { StandardSchemaV1 } from '@standard-schema/spec';

const issuesShownMax = 3;

/** `at items[0].price: expected number, received string; at name: required; and 4 more`. */
export function issuesSentence(issues: readonly StandardSchemaV1.Issue[]): string {
  const shown = issues.slice(0, issuesShownMax).map(({ message, path }) => {
    const where = path === undefined ? '' : pathText(path);
    return where === '' ? message : `at ${where}: ${message}`;
  });
  if (issues.length > issuesShownMax) shown.push(`and ${issues.length - issuesShownMax} more`);
  return shown.join('; ');
}

function pathText(path: NonNullable<StandardSchemaV1.Issue['path']>): string {
  let text = '';
  for (const segment of path) {
    const key = typeof segment === 'object' ? segment.key : segment;
    if (typeof key === 'string' && identifier.test(key)) text += text === '' ? key : `.${key}`;
    else text += `[${typeof key === 'string' ? JSON.stringify(key) : String(key)}]`;
  }
  return text;
}

const identifier = /^[\p{L}_$][\p{L}\p{N}_$]*$/u;
