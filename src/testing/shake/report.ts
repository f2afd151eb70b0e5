// What a shake has found, for people: a line for the place and the reason, as a compiler has it, and below it what was seen.

import type { Finding } from './finding.js';
import { placeText } from './places.js';
import type { Shaken } from './shake.js';

export function reportText(shaken: Shaken): string {
  const { processor, findings, records, points, runs, notTold, notTried, notReached } = shaken;
  const what = findings.length === 0 ? 'nothing found' : counted(findings.length, 'finding');
  const where = `${counted(records, 'record')}, ${counted(points.engine, 'step')} of the engine, ${counted(points.awaits, 'await')} of handlers`;
  return [
    ...findings.map(findingText),
    `${processor}: ${what} in ${counted(runs, 'run')} (${where})\n`,
    ...(notTold > 0 ? [`not told: ${counted(notTold, 'finding')} more, of other lines; mend these first\n`] : []),
    ...(notTried > 0
      ? [`not tried: ${counted(notTried, 'disruption')} more; --runs-max ${runs + notTried} tries all\n`]
      : []),
    ...(notReached > 0
      ? [`not reached: ${counted(notReached, 'disruption')}, whose await did not come in its run\n`]
      : []),
  ].join('');
}

function findingText({ reasons, message, place, record, disruption, calm, disrupted, runs }: Finding): string {
  const seen = `seen in ${counted(runs, 'run')}, first with ${disruption}${record === undefined ? '' : `, at ${record}`}`;
  const lines = [
    `${placeText(place)}  ${reasons.join(', ')}  ${message}`,
    ...(calm === undefined && disrupted === undefined
      ? []
      : [`    calm       ${calm ?? 'no such output'}`, `    disrupted  ${disrupted ?? 'no such output'}`]),
    `    ${seen}`,
  ];
  return `${lines.join('\n')}\n`;
}

function counted(count: number, one: string): string {
  return `${count.toLocaleString('en')} ${one}${count === 1 ? '' : 's'}`;
}
