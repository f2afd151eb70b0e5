// `processor check`: everything about processors that can be known before they run, gathered rather than ended by the first
// mistake.

import { ReportedEnd } from '../exit-codes.js';
import { counted } from '../table.js';
import { type CheckedConfig, settingsFindings } from './config.js';
import { exitCodeFor, type Finding, inOrder, jsonOf, textOf } from './finding.js';
import { type CheckFlags } from './flags.js';
import { type Gathered, gather } from './gather.js';
import { checkTypes, type TypeCheck } from './types.js';

export async function check(wanted: readonly string[], flags: CheckFlags): Promise<void> {
  const startedMs = performance.now();
  const folder = process.cwd();
  // tsc is a process of its own: the rest is done beside it.
  const typesUnderWay: Promise<TypeCheck> = flags.types
    ? checkTypes(folder)
    : Promise.resolve({ findings: [], notChecked: '--no-types' });
  const config = await settingsFindings(flags);
  const gathered = await gather(folder, wanted, config.namespace);
  const live = flags.live ? await liveFindings(gathered, config) : nothing;
  const types = await typesUnderWay;
  const findings = inOrder([...gathered.findings, ...types.findings, ...config.findings, ...live.findings]);
  const notChecked = [...(types.notChecked === undefined ? [] : [`types: ${types.notChecked}`]), ...live.notChecked];
  const report: Report = {
    findings,
    notChecked,
    processors: gathered.processors.length,
    tookMs: Math.round(performance.now() - startedMs),
  };
  print(report, flags);
  const exitCode = exitCodeFor(findings, flags.strict);
  if (exitCode !== 0) throw new ReportedEnd(exitCode);
}

interface LiveFindings {
  readonly findings: readonly Finding[];
  readonly notChecked: readonly string[];
}

const nothing: LiveFindings = { findings: [], notChecked: [] };

async function liveFindings({ processors, placeOf }: Gathered, { config }: CheckedConfig): Promise<LiveFindings> {
  // What is wrong with the settings has been said; with them, nobody can be asked.
  if (config === undefined)
    return { ...nothing, notChecked: ['what brokers and registry know: the settings are wrong'] };
  if (processors.length === 0)
    return { ...nothing, notChecked: ['what brokers and registry know: no processor to ask for'] };
  const { checkLive } = await import('./live.js');
  const { remarks, notChecked } = await checkLive(
    processors.map(({ processor }) => processor.topology),
    config,
  );
  return { findings: remarks.map(({ level, error, about }) => ({ level, error, place: placeOf(about) })), notChecked };
}

interface Report {
  readonly findings: readonly Finding[];
  readonly notChecked: readonly string[];
  readonly processors: number;
  readonly tookMs: number;
}

function print(report: Report, { json }: CheckFlags): void {
  const { findings, notChecked, processors, tookMs } = report;
  const errors = findings.filter(({ level }) => level === 'error').length;
  const warnings = findings.length - errors;
  if (json) {
    const summary = { processors, errors, warnings, tookMs };
    process.stdout.write(`${JSON.stringify({ findings: findings.map(jsonOf), notChecked, summary })}\n`);
    return;
  }
  const found =
    findings.length === 0 ? 'nothing found' : `${counted(errors, 'error')}, ${counted(warnings, 'warning')}`;
  const lines = [
    ...notChecked.map((what) => `not checked: ${what}`),
    `${found} in ${counted(processors, 'processor')} (${(tookMs / 1000).toFixed(1)} s)`,
  ];
  const gap = findings.length > 0 ? '\n' : '';
  process.stdout.write(`${textOf(findings, process.stdout)}${gap}${lines.map((line) => `${line}\n`).join('')}`);
}
