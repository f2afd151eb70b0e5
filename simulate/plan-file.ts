// A run that was written down: a plan alone, as a failed run prints it, or one of the scenarios in test/simulation/scenarios. What
// is misspelt in it would not strike, and the run would be well for no reason: it is refused.

import { readFileSync } from 'node:fs';
import { faultKinds } from '../src/testing/simulation/faults/index.js';
import type { Plan } from '../src/testing/simulation/plan.js';
import { workKinds } from '../src/testing/simulation/work.js';
import { Refused } from './refused.js';

export function readPlan(path: string): Plan {
  const found = parsed(path);
  const plan = isObject(found) && 'plan' in found ? found['plan'] : found;
  const wrong = isObject(plan) ? problems(plan) : ['it is no object'];
  if (wrong.length > 0) throw new Refused(`${path} holds no plan: ${wrong.join('; ')}`, hint);
  return plan as Plan;
}

function parsed(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Refused(`${path} cannot be read: ${messageOf(error)}`, hint, { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refused(`${path} is no JSON: ${messageOf(error)}`, hint, { cause: error });
  }
}

function problems(plan: Readonly<Record<string, unknown>>): string[] {
  const numbers = ['seed', 'instances', 'partitions', 'nodes', 'healsAtMs'].filter(
    (name) => typeof plan[name] !== 'number',
  );
  const lists = ['works', 'writes', 'disasters'].filter((name) => !Array.isArray(plan[name]));
  const objects = ['membership', 'limits', 'rates'].filter((name) => !isObject(plan[name]));
  const missing = [...numbers, ...lists, ...objects].map((name) => `its ${name} is missing or of another form`);
  if (missing.length > 0) return missing;
  const decisions = [...listOf(plan['disasters']), ...listOf(plan['only'] ?? [])];
  const kinds = [...Object.keys(plan['rates'] as object), ...decisions.map((decision) => decision['kind'])];
  return [
    ...unknown(
      'kind of fault',
      kinds,
      faultKinds.map(({ name }) => name),
    ),
    ...unknown(
      'kind of work',
      listOf(plan['works']).map((work) => work['kind']),
      workKinds,
    ),
  ];
}

function unknown(what: string, found: readonly unknown[], known: readonly string[]): string[] {
  const names = new Set(found.map(String).filter((name) => !known.includes(name)));
  return [...names].map((name) => `there is no ${what} '${name}', there are ${known.join(', ')}`);
}

function listOf(items: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(items) ? items.map((item: unknown) => (isObject(item) ? item : {})) : [];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const hint =
  'Name a scenario of test/simulation/scenarios, or the last line that a failed --seed has printed, in a file.';
