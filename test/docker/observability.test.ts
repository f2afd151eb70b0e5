// Prometheus and Grafana of docker/: they ask where the processors answer, and for nothing that these do not have.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { metricList } from '../../src/ports/metrics.js';
import { dockerFolder, instructionOf, productionStage, readYaml } from '../support/docker-files.js';
import { exposed, familiesIn, labelsOfAnswer, unknownIn } from '../support/promql.js';

interface Compose {
  readonly services: Readonly<
    Record<string, { readonly environment?: Readonly<Record<string, string>>; readonly volumes?: readonly string[] }>
  >;
}

interface Prometheus {
  readonly rule_files: readonly string[];
  readonly scrape_configs: readonly {
    readonly job_name: string;
    readonly dns_sd_configs: readonly { readonly names: readonly string[]; readonly port: number }[];
  }[];
}

interface Rules {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

interface Sources {
  readonly datasources: readonly [{ readonly uid: string; readonly url: string }];
}

interface Providers {
  readonly providers: readonly [{ readonly options: { readonly path: string } }];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly [{ readonly query: { readonly query: string } }] };
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly description: string;
  readonly datasource: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const [{ services }] = readYaml('compose.yaml') as [Compose];
const [prometheus] = readYaml('prometheus/prometheus.yml') as [Prometheus];
const [rules] = readYaml('prometheus/alerts.yml') as [Rules];
const alerts = rules.groups.flatMap((group) => group.rules);
const [{ datasources }] = readYaml('grafana/provisioning/datasources/prometheus.yaml') as [Sources];
const [{ providers }] = readYaml('grafana/provisioning/dashboards/processor.yaml') as [Providers];
const { panels, templating } = JSON.parse(
  readFileSync(join(dockerFolder, 'grafana/dashboards/processor.json'), 'utf8'),
) as Dashboard;

describe('Prometheus', () => {
  test('asks the processors of compose.yaml at the port of the image', () => {
    const [scrape] = prometheus.scrape_configs;
    expect(scrape?.job_name).toBe('processor');
    for (const { names, port } of scrape?.dns_sd_configs ?? []) {
      for (const name of names) expect(services).toHaveProperty(name);
      expect(`${port}`).toBe(instructionOf(productionStage(), 'EXPOSE'));
    }
  });

  test('judges by rules that are there', () => {
    expect(prometheus.rule_files).not.toEqual([]);
    for (const file of prometheus.rule_files) expect(existsSync(join(dockerFolder, 'prometheus', file))).toBe(true);
  });

  test.for(alerts)('$alert asks for what there is, and names what its answer has', ({ expr, annotations, labels }) => {
    expect(unknownIn(expr)).toEqual([]);
    expect(['warning', 'critical']).toContain(labels.severity);
    for (const [, label] of annotations.summary.matchAll(/\$labels\.(\w+)/g))
      expect(labelsOfAnswer(expr)).toContain(label);
  });
});

describe('Grafana', () => {
  test.for(panels)('"$title" asks for what there is', ({ targets, description, datasource }) => {
    for (const { expr, legendFormat } of targets) {
      expect(unknownIn(expr)).toEqual([]);
      for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(labelsOfAnswer(expr)).toContain(label);
    }
    expect(description).not.toBe('');
    expect(datasource.uid).toBe(datasources[0].uid);
  });

  test('every metric of ours is shown somewhere', () => {
    const shown = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => familiesIn(expr)));
    expect(Object.keys(metricList).filter((name) => !shown.includes(name))).toEqual([]);
  });

  test('offers the processors that there are', () => {
    const [, metric = '', label] = /^label_values\((\w+), (\w+)\)$/.exec(templating.list[0].query.query) ?? [];
    expect(exposed.get(metric)).toContain(label);
  });

  test('no panel lies on another', () => {
    const taken = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)}/${y + Math.floor(i / w)}`),
    );
    expect(new Set(taken).size).toBe(taken.length);
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  test('finds Prometheus, and the dashboards where compose.yaml puts them', () => {
    expect(services).toHaveProperty(new URL(datasources[0].url).hostname);
    const { environment = {}, volumes = [] } = services['grafana'] ?? {};
    const { path } = providers[0].options;
    expect(volumes).toContain(`./grafana/dashboards:${path}:ro`);
    expect(readdirSync(join(dockerFolder, 'grafana/dashboards')).map((name) => `${path}/${name}`)).toContain(
      environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'],
    );
  });
});
