// Text for people in lines of a width that is read well.

/** Paragraphs stay apart; a word that is longer than a line has one of its own. */
export function wrapped(text: string, widthMax: number, indent = ''): string {
  return text
    .split('\n')
    .map((paragraph) =>
      linesOf(paragraph, widthMax - indent.length)
        .map((line) => indent + line)
        .join('\n'),
    )
    .join('\n');
}

function linesOf(paragraph: string, widthMax: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of paragraph.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > widthMax) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
