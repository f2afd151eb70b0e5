// Each planted impurity is found, with the line that sends what differs and, where something was asked for, the line that asks.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { shake } from '../../../src/testing/index.js';
import { type Impure, impureHandlers, orders, records } from './impure.js';

const file = 'test/testing/shake/impure.ts';
const lines = readFileSync(file, 'utf8').split('\n');

test.for(impureHandlers.map((one) => [one.processor.name, one] as const))('%s', async ([name, impure]) => {
  const { findings } = await shake(impure.processor as Impure['processor'] & { readonly input: typeof orders }, {
    records,
    // What has timers takes its time.
    runsMax: impure.reason === 'timers' ? 30 : 60,
    environment: { RATE: '2' },
  });
  expect(findings.length, JSON.stringify(findings, null, 2)).toBeGreaterThanOrEqual(1);
  const [finding] = findings;
  expect(finding?.reasons).toEqual([impure.reason]);
  expect(finding?.message).toMatch(impure.says);
  const mark = name.replaceAll('-', ' ');
  const sending = findings.map(({ place }) => `${place?.file}:${place?.line}`);
  expect(sending).toContain(`${file}:${marked('sends', mark)}`);
  const asking = marked('asks', mark);
  if (asking > 0) expect(finding?.asked.map(({ place }) => place?.line)).toEqual([asking]);
});

/** The line that ends with the mark, from 1; 0 for none. */
function marked(what: string, mark: string): number {
  return lines.findIndex((line) => line.endsWith(`// ${what}: ${mark}`)) + 1;
}
