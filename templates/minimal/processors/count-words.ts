// Counts the words of each line of text: every line that comes in has exactly one count.

import { int32, processor, text, topic } from 'processor';

const lines = topic('lines', { key: text(), value: text(), partitions: 4 });
const wordCounts = topic('word-counts', { key: text(), value: int32(), partitions: 4 });

/** What a line becomes. It knows nothing of Kafka, and is tested as what it is: a function. */
export function wordsIn(line: string): number {
  return line.split(/\s+/).filter((word) => word !== '').length;
}

export default processor({
  name: 'count-words',
  input: lines,
  outputs: { wordCounts },
  handle(line, { out }) {
    out.wordCounts(line.key, wordsIn(line.value));
  },
});
