// The keys of `processor dev`, on a terminal only. Owns the terminal's raw mode and gives it back, whatever happens.

export type Key = 'help' | 'restart' | 'clear' | 'lag' | 'quit';

const keys: Readonly<Record<string, Key>> = {
  h: 'help',
  '?': 'help',
  r: 'restart',
  c: 'clear',
  l: 'lag',
  q: 'quit',
  '\u0003': 'quit', // Ctrl-C: without raw mode the terminal makes a signal of it
  '\u0004': 'quit', // Ctrl-D
};

export const keysHelp = `  h  this help
  r  restart: drain, then load everything anew
  c  clear the screen
  l  lag of each partition
  q  quit, as does Ctrl-C`;

/** What was typed, several keys at once where somebody is quick. What begins with Escape is a key without a letter. */
export function keysIn(typed: string): readonly Key[] {
  if (typed.startsWith('\u001b')) return [];
  return Array.from(typed.toLowerCase()).flatMap((letter) => keys[letter] ?? []);
}

/** Hears keys from now on. Gives what ends that. */
export function listenToKeys(input: NodeJS.ReadStream, onKey: (key: Key) => void): () => void {
  const hear = (typed: string): void => {
    for (const key of keysIn(typed)) onKey(key);
  };
  const giveBack = (): void => {
    if (!input.destroyed) input.setRawMode(false);
  };
  process.on('exit', giveBack);
  input.setRawMode(true);
  input.setEncoding('utf8').on('data', hear);
  return () => {
    process.off('exit', giveBack);
    input.off('data', hear).pause();
    giveBack();
  };
}
