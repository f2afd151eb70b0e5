// What a command shows again and again: on a terminal in the same place, elsewhere one block after the other. Owns nothing of the
// terminal: no other screen, no hidden cursor, so there is nothing to restore however the process ends.

const home = '\u001b[H';
const clearScreen = '\u001b[2J';
const clearLine = '\u001b[K';
const clearBelow = '\u001b[J';

export interface ScreenOutput {
  readonly isTTY?: boolean | undefined;
  readonly rows?: number | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

export class Screen {
  readonly #output: ScreenOutput;
  readonly #redraws: boolean;
  #isFirst = true;

  /** @param environment with `TERM=dumb` a terminal is written to as if it were a file */
  constructor(output: ScreenOutput, environment: Readonly<Record<string, string | undefined>>) {
    this.#output = output;
    this.#redraws = output.isTTY === true && environment['TERM'] !== 'dumb';
  }

  show(text: string): void {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (!this.#redraws) {
      this.#output.write(isFirst ? text : `\n${text}`);
      return;
    }
    // Each line is written over the one before it, and the screen is never empty in between: it does not flicker.
    const lines = this.#fitting(text.trimEnd().split('\n')).map((line) => `${line}${clearLine}\n`);
    this.#output.write(`${isFirst ? clearScreen : ''}${home}${lines.join('')}${clearBelow}`);
  }

  /** A line that wraps or scrolls would put the next picture in another place. */
  #fitting(lines: readonly string[]): readonly string[] {
    const { rows = 24, columns = 80 } = this.#output;
    const room = rows - 1;
    const shown =
      lines.length <= room ? lines : [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more lines`];
    return shown.map((line) => (line.length <= columns ? line : `${line.slice(0, columns - 1)}…`));
  }
}
