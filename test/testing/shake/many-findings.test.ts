// More findings than anybody mends at once: the first are told, and how many more there are.

import { expect, test } from 'vitest';
import { processor, text, topic } from '../../../src/index.js';
import { shake } from '../../../src/testing/index.js';
import { reportText } from '../../../src/testing/shake/report.js';

const orders = topic('orders', { key: text(), value: text(), partitions: 1 });
const names = Array.from({ length: 14 }, (_, i) => `lines${i}`);
const outputs = Object.fromEntries(
  names.map((name) => [name, topic(name, { key: text(), value: text(), partitions: 1 })]),
);

test('what is left out is counted', async () => {
  const impure = processor({
    name: 'impure',
    input: orders,
    outputs,
    handle({ key }, { out }) {
      for (const name of names) out[name]?.(key, `${Math.random()}`);
    },
  });
  const shaken = await shake(impure, { records: [{ key: 'a', value: 'b' }], runsMax: 3 });
  expect(shaken).toMatchObject({ findings: { length: 12 }, notTold: 2 });
  expect(reportText(shaken)).toContain('\nnot told: 2 findings more, of other lines; mend these first\n');
});
