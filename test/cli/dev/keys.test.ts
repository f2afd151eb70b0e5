// Keys and lines of a terminal.

import { describe, expect, test } from 'vitest';
import { keysIn } from '../../../src/cli/dev/keys.js';
import { fitted, terminalScreen } from '../../../src/cli/dev/screen.js';

describe('a key', () => {
  test.for([
    ['h', 'help'],
    ['R', 'restart'],
    ['c', 'clear'],
    ['l', 'lag'],
    ['q', 'quit'],
    ['\u0003', 'quit'],
  ] as const)('%j means %s', ([typed, key]) => expect(keysIn(typed)).toEqual([key]));

  test('without a meaning is passed over, one in a sequence of the terminal as well', () => {
    expect(keysIn('x')).toEqual([]);
    expect(keysIn('\u001b[?1;2c')).toEqual([]);
  });

  test('typed quickly after another one counts too', () => {
    expect(keysIn('lq')).toEqual(['lag', 'quit']);
  });
});

describe('the live line', () => {
  test('stands below whatever is written, and is erased before that', () => {
    const { said, screen } = onTerminal();
    screen.live('in 5/s');
    screen.write('a line');
    screen.live('in 6/s');
    screen.live('in 6/s');
    screen.live('');
    expect(said()).toBe('in 5/s\r\u001b[2Ka line\nin 5/s\r\u001b[2Kin 6/s\r\u001b[2K');
  });

  test('never goes over the edge, where it could not be erased', () => {
    expect(fitted('123456789', 8)).toBe('123456…');
    expect(fitted('1234567', 8)).toBe('1234567');
    // A terminal that does not know its width.
    expect(fitted('1234567', 0)).toBe('1234567');
    expect(fitted('', 0)).toBe('');
  });
});

function onTerminal(): { readonly said: () => string; readonly screen: ReturnType<typeof terminalScreen> } {
  let said = '';
  const terminal = { columns: 80, write: (text: string) => (said += text) } as unknown as NodeJS.WriteStream;
  return { said: () => said, screen: terminalScreen(terminal, terminal) };
}
