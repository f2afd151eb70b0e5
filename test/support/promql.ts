// What a query of Prometheus asks for, held against what an instance exposes. No parser of the language: it knows how the queries
// of docker/ are written.

import { collectDefaultMetrics, Registry } from 'prom-client';
import { type MetricDescription, metricList } from '../../src/ports/metrics.js';

/** What Prometheus adds to every series. */
const added = ['instance', 'job'];
/** All series that an instance exposes, with their labels; `up` is Prometheus' own. */
export const exposed: ReadonlyMap<string, readonly string[]> = new Map([
  ...ours(),
  ...ofTheProcess(),
  ['up', []] as const,
]);

/** Metrics that no instance exposes, labels that they do not have, and a query that asks for no metric at all. */
export function unknownIn(query: string): readonly string[] {
  const metrics = metricsIn(query);
  if (metrics.length === 0) return [`no metric in ${query}`];
  const known = [...metrics.flatMap((name) => exposed.get(name) ?? []), ...added];
  const asked = [
    ...[...query.matchAll(/\b(\w+)(?:=~|!=|=)"/g)].map(([, label]) => label as string),
    ...[...query.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) => (list as string).split(', ')),
  ];
  return [...metrics.filter((name) => !exposed.has(name)), ...asked.filter((label) => !known.includes(label))];
}

/** The labels that its answer has. */
export function labelsOfAnswer(query: string): readonly string[] {
  const [, kept] = /\bby \(([^)]*)\)/.exec(query) ?? [];
  return kept?.split(', ') ?? [...metricsIn(query).flatMap((name) => exposed.get(name) ?? []), ...added];
}

/** The metrics that it asks for, a histogram by its own name. */
export function familiesIn(query: string): readonly string[] {
  return metricsIn(query).map((name) => name.replace(/_(bucket|sum|count)$/, ''));
}

function metricsIn(query: string): readonly string[] {
  const names = query.matchAll(/\b((?:processor|process|nodejs)_[a-z0-9_]+|up)\b(?=[{[)\s]|$)/g);
  return [...names].map(([, name]) => name as string);
}

type Series = readonly [name: string, labels: readonly string[]];

function ours(): Series[] {
  return Object.entries<MetricDescription>(metricList).flatMap(([name, { type, labels }]): Series[] =>
    type === 'histogram'
      ? [
          [`${name}_bucket`, [...labels, 'le']],
          [`${name}_sum`, labels],
          [`${name}_count`, labels],
        ]
      : [[name, labels]],
  );
}

/** What prom-client says of the process itself. */
function ofTheProcess(): Series[] {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const series = registry.getMetricsAsArray().map(({ name }): Series => [name, []]);
  registry.clear();
  return series;
}
