// Says what happens, in the form that is wanted.

import { styleText } from 'node:util';
import { type DevEvent, jsonOf, textOf } from './events.js';
import type { Screen } from './screen.js';

export type Say = (said: DevEvent) => void;

export function speaker(screen: Screen, { folder, json }: { readonly folder: string; readonly json: boolean }): Say {
  return (said) => {
    if (json) return screen.write(jsonOf(said, new Date()));
    const text = textOf(said, folder);
    if (text === '') return undefined;
    const timed = untimed.has(said.event) ? text : `${new Date().toTimeString().slice(0, 8)} ${text}`;
    return screen.write(coloured(said, timed));
  };
}

const untimed: ReadonlySet<DevEvent['event']> = new Set(['begin', 'surroundings', 'loaded', 'output']);

/** Its first line, in colour where the terminal takes it. */
function coloured(said: DevEvent, text: string): string {
  const colour = colourOf(said);
  if (colour === undefined || !process.stdout.isTTY) return text;
  const [first = '', ...rest] = text.split('\n');
  return [styleText(colour, first, { stream: process.stdout }), ...rest].join('\n');
}

function colourOf(said: DevEvent): 'red' | 'yellow' | 'green' | 'bold' | undefined {
  if (said.event === 'failed' || said.event === 'not-loaded' || said.event === 'killed') return 'red';
  if (said.event === 'types') return said.mistakes.length > 0 ? 'yellow' : undefined;
  if (said.event === 'ready') return 'green';
  return said.event === 'begin' ? 'bold' : undefined;
}
