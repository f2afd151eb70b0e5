// The metrics as a collector gets them, and as the documents have them.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { expositionOfWorkers, Metrics } from '../../../src/adapters/prometheus/metrics.js';
import { metricList } from '../../../src/ports/metrics.js';

const page = readFileSync(new URL('../../../docs/guide/observe.md', import.meta.url), 'utf8');

test('docs/guide/observe.md has every metric with its type, its labels and its meaning, in our order, and no other', () => {
  const rows = [...page.matchAll(/^\| `(processor_\w+)` \| (\w+) \| (.+?) \| (.+) \|$/gm)];
  const documented = rows.map(([, name, type, labels = '', help]) => [
    name,
    { type, labels: labels.split(', ').map((label) => label.replaceAll('`', '')), help },
  ]);
  const ours = Object.entries(metricList).map(([name, { type, labels, help }]) => [
    name,
    { type, labels: [...labels], help },
  ]);
  expect(documented).toEqual(ours);
});

test('an app has metrics of its own: two do not add up, and the global registry of the program stays empty', async () => {
  const { register } = await import('prom-client');
  const [one, other] = [new Metrics(), new Metrics()];
  one.add('processor_records_in_total', { processor: 'p', topic: 'orders' }, 5);
  expect((await one.exposition()).text).toContain('processor_records_in_total{processor="p",topic="orders"} 5\n');
  expect((await other.exposition()).text).not.toMatch(/^processor_records_in_total\{/m);
  expect(register.getMetricsAsArray()).toEqual([]);
});

test('the metrics of the process are there, too', async () => {
  const { text, contentType } = await new Metrics().exposition();
  expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds'])
    expect(text).toContain(`# TYPE ${name} `);
});

describe('those of several workers', () => {
  const labels = { processor: 'p', topic: 'orders' };
  const recorded = (records: number): Metrics => {
    const metrics = new Metrics();
    metrics.add('processor_records_in_total', labels, records);
    metrics.observe('processor_transaction_duration_seconds', labels, 0.02);
    return metrics;
  };

  test('are one exposition, in which each has its own series', async () => {
    // As they come through the pipe between the two processes.
    const samples = async (metrics: Metrics) => JSON.parse(JSON.stringify(await metrics.samples()));
    const { text } = await expositionOfWorkers([
      { worker: '1', samples: await samples(recorded(5)) },
      { worker: '2', samples: await samples(recorded(7)) },
    ]);
    expect(text).toContain('processor_records_in_total{processor="p",topic="orders",worker="1"} 5\n');
    expect(text).toContain('processor_records_in_total{processor="p",topic="orders",worker="2"} 7\n');
    expect(text.match(/^# TYPE processor_records_in_total counter$/gm)).toHaveLength(1);
    for (const worker of [1, 2]) {
      expect(text).toMatch(
        new RegExp(
          `^processor_transaction_duration_seconds_bucket\\{[^}]*le="0.025"[^}]*worker="${worker}"\\} 1$`,
          'm',
        ),
      );
      expect(text).toMatch(new RegExp(`^process_start_time_seconds\\{worker="${worker}"\\} \\d`, 'm'));
    }
  });

  test('are the same metrics as those of one process', async () => {
    const names = (text: string): string[] => [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name);
    const metrics = recorded(1);
    const { text } = await expositionOfWorkers([{ worker: '1', samples: await metrics.samples() }]);
    expect(names(text).sort()).toEqual(names((await metrics.exposition()).text).sort());
  });
});
