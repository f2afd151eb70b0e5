// Where lines go, and the one line below them that is drawn anew while it changes. Only a terminal has that one.

export interface Screen {
  /** Whole lines, above the live one. */
  readonly write: (text: string, to?: 'stdout' | 'stderr') => void;
  /** The live line; '' for none. */
  readonly live: (text: string) => void;
  readonly clear: () => void;
}

/** A file, a pipe: lines, nothing else. */
export const plainScreen: Screen = {
  write: (text, to = 'stdout') => void process[to].write(`${text}\n`),
  live() {},
  clear() {},
};

/** @param stderr the same terminal, or somewhere else */
export function terminalScreen(terminal: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Screen {
  let drawn = '';
  let wanted = '';
  const erase = (): void => {
    if (drawn !== '') terminal.write('\r\u001b[2K');
    drawn = '';
  };
  const draw = (): void => {
    const line = fitted(wanted, terminal.columns);
    if (line === drawn) return;
    erase();
    terminal.write(line);
    drawn = line;
  };
  return {
    write(text, to = 'stdout') {
      erase();
      (to === 'stdout' ? terminal : stderr).write(`${text}\n`);
      draw();
    },
    live(text) {
      wanted = text;
      if (wanted === '') erase();
      else draw();
    },
    clear() {
      drawn = '';
      terminal.write('\u001b[2J\u001b[3J\u001b[H');
      draw();
    },
  };
}

/** A line that went over the edge could not be erased again. A terminal that does not know its width says 0. */
export function fitted(line: string, columns: number): string {
  const width = columns > 0 ? columns : 80;
  return line.length < width ? line : `${line.slice(0, Math.max(0, width - 2))}…`;
}
