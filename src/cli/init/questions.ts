// What `processor init` asks on a terminal: the folder and the template, each only where it was not given. An empty answer is
// the one in brackets; whoever ends the input answers no more, and nothing is written.

import { createInterface } from 'node:readline/promises';
import { nearest } from '../../errors/did-you-mean.js';
import { ProcessorError } from '../../errors/processor-error.js';
import { type TemplateName, templateNames } from './template-names.js';

export interface Wanted {
  readonly dir: string;
  readonly template: TemplateName;
}

export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/**
 * @param given what is not asked for
 * @param otherwise what an empty answer means
 * @throws PRC_INIT_CANCELLED
 */
export async function ask(given: Partial<Wanted>, otherwise: Wanted, terminal: Terminal): Promise<Wanted> {
  const lines = createInterface(terminal);
  // Iterated, so that answers which are typed ahead, or piped in, are kept until their question.
  const answers = lines[Symbol.asyncIterator]();
  const answer = async (question: string, ifEmpty: string): Promise<string> => {
    lines.setPrompt(`${question} (${ifEmpty}): `);
    lines.prompt();
    const { done, value } = await answers.next();
    if (done) throw new ProcessorError('PRC_INIT_CANCELLED', {});
    return value.trim() || ifEmpty;
  };
  try {
    const dir = given.dir ?? (await answer('Folder', otherwise.dir));
    return { dir, template: given.template ?? (await askTemplate(answer, otherwise.template, terminal.output)) };
  } finally {
    lines.close();
  }
}

async function askTemplate(
  answer: (question: string, ifEmpty: string) => Promise<string>,
  otherwise: TemplateName,
  output: NodeJS.WritableStream,
): Promise<TemplateName> {
  for (;;) {
    const typed = await answer(`Template, one of ${templateNames.join(', ')}`, otherwise);
    const template = templateNames.find((name) => name === typed);
    if (template !== undefined) return template;
    const meant = nearest(typed, templateNames);
    output.write(`There is no template '${typed}'.${meant === undefined ? '' : ` Did you mean '${meant}'?`}\n`);
  }
}
