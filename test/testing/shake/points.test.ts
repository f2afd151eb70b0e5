// Where a run is disrupted: behind every await of a handler, whatever it waits for, and in the middle of it.

import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { processor, text, topic } from '../../../src/index.js';
import { shake } from '../../../src/testing/index.js';

const orders = topic('orders', { key: text(), value: text(), partitions: 1 });
const enriched = topic('enriched', { key: text(), value: text() });
const records = ['a', 'b'].map((key) => ({ key, value: `order ${key}` }));

test('every await is a point: of a promise, a timer, a callback', async () => {
  const waits = processor({
    name: 'waits',
    input: orders,
    outputs: { enriched },
    async handle({ key, value }, { out }) {
      await Promise.resolve();
      await setTimeout(1);
      await new Promise((resolve) => void setImmediate(resolve));
      out.enriched(key, value);
    },
  });
  const { points, findings, notReached } = await shake(waits, { records, runsMax: 40 });
  expect({ awaits: points.awaits, findings, notReached }).toEqual({ awaits: 6, findings: [], notReached: 0 });
  expect(points.engine).toBeGreaterThan(30);
});

test('a rebalance in the middle of a handler cuts it off there, and another instance begins anew (E5, E11)', async () => {
  const told: string[] = [];
  const cutOff = processor({
    name: 'cut-off',
    input: orders,
    outputs: { enriched },
    async handle({ key, value }, { out, signal }) {
      await Promise.resolve();
      told.push(signal.aborted ? `${key} is cut off` : `${key} goes on`);
      await Promise.resolve();
      out.enriched(key, value);
    },
  });
  const { findings, runs } = await shake(cutOff, { records });
  expect(findings).toEqual([]);
  for (const key of ['a', 'b']) {
    expect(told).toContain(`${key} is cut off`);
    // Once in each run, the calm one too, and once more wherever it was disrupted before its commit.
    expect(told.filter((one) => one === `${key} goes on`).length).toBeGreaterThan(runs + 20);
  }
});

test('a handler that reads a file waits for it: for a while nothing else happens, and nothing is lost', async () => {
  const reads = processor({
    name: 'reads',
    input: orders,
    outputs: { enriched },
    async handle({ key }, { out }) {
      const { name } = JSON.parse(await readFile('package.json', 'utf8')) as { readonly name: string };
      out.enriched(key, name);
    },
  });
  expect(await shake(reads, { records, runsMax: 40 })).toMatchObject({ findings: [], runs: 40 });
});

test('two at once take turns: what is watched is the whole process', async () => {
  const copies = processor({
    name: 'copies',
    input: orders,
    outputs: { enriched },
    handle({ key, value }, { out }) {
      out.enriched(key, value);
    },
  });
  const [one, other] = await Promise.all([1, 2].map(async () => shake(copies, { records, runsMax: 5 })));
  expect(other).toEqual(one);
});
