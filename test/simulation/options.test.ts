// What the simulation is asked for on the command line: what makes no sense is refused with what would, and nothing is well for the
// reason that nothing was run.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { askedOf } from '../../simulate/options.js';
import { readPlan } from '../../simulate/plan-file.js';
import { Refused } from '../../simulate/refused.js';
import { planOf } from '../../src/testing/simulation/plan.js';

test.for([
  ['--seeds 0', "--seeds is '0'", 'It is a whole number from 1 to 4294967295.'],
  ['--seeds=-5', "--seeds is '-5'", 'It is a whole number from 1 to 4294967295.'],
  ['--workers 0', "--workers is '0'", 'It is a whole number from 1 to 64.'],
  ['--workers two', "--workers is 'two'", 'It is a whole number from 1 to 64.'],
  ['--exhaustive 1', "--exhaustive is '1'", 'It is an even number of records from 2 to 20.'],
  ['--exhaustive 0', "--exhaustive is '0'", 'It is an even number of records from 2 to 20.'],
  ['--exhaustive 40', "--exhaustive is '40'", 'It is an even number of records from 2 to 20.'],
  ['--seed 1e3', "--seed is '1e3'", 'It is a whole number from 0 to 4294967295.'],
  ['--seed 4294967297', "--seed is '4294967297'", 'It is a whole number from 0 to 4294967295.'],
  ['--from 4294967290 --seeds 10', 'seeds 4294967290 to 4294967299 go beyond', 'Seeds that are larger repeat smaller'],
  ['--seed 1 --plan x.json', '--seed and --plan do not go together', 'Leave one of them out.'],
  ['--exhaustive 2 --report r.json', '--exhaustive and --report do not go together', 'Leave one of them out.'],
  ['--fresh --from 5', '--fresh and --from do not go together', 'Leave one of them out.'],
  ['--until-found --report r.json', '--until-found and --report do not go together', 'Leave one of them out.'],
  ['--sedes 5', "Unknown option '--sedes'", 'Known are --seed, --plan,'],
  ['five', "Unexpected argument 'five'", 'Known are --seed, --plan,'],
])('%s is refused', ([line, message, hint]) => {
  const refused = refusedBy(() => askedOf((line as string).split(' ')));
  expect(refused.message).toContain(message);
  expect(refused.hint).toContain(hint);
});

test('seeds, their first one and their workers are what was asked for', () => {
  expect(askedOf(['--from', '7', '--seeds', '20', '--workers', '3'])).toEqual({
    what: 'seeds',
    range: { from: 7, count: 20 },
    workers: 3,
    isUntilFound: false,
    report: undefined,
  });
  expect(askedOf(['--exhaustive', '6'])).toEqual({ what: 'exhaustive', records: 6 });
});

test('a plan that is none is refused: what is misspelt in it would never strike', () => {
  const plan = planOf(1);
  const late = { kind: 'laet', site: 'p1 EndTxn 1', ms: 5, which: 0 };
  const file = (text: string): string => {
    const path = join(mkdtempSync(join(tmpdir(), 'plan-')), 'plan.json');
    writeFileSync(path, text);
    return path;
  };
  const messageFor = (path: string): string => refusedBy(() => readPlan(path)).message;
  expect(messageFor('no-such-file.json')).toContain('no-such-file.json cannot be read: ENOENT');
  expect(messageFor(file('{'))).toContain('is no JSON');
  expect(messageFor(file('{"seed":1}'))).toContain('its healsAtMs is missing or of another form');
  expect(messageFor(file(JSON.stringify({ ...plan, only: [late] })))).toContain("there is no kind of fault 'laet'");
  expect(readPlan(file(JSON.stringify({ about: '…', rule: 'lost', plan })))).toEqual(JSON.parse(JSON.stringify(plan)));
});

function refusedBy(ask: () => unknown): Refused {
  try {
    ask();
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
