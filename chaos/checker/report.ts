// The judgement as a table for people: every rule, what it found, and examples.

import { type Findings, ruleNames, rules } from './anomaly.js';

export function reportOf(findings: Findings): string[] {
  return rules.flatMap((rule) => {
    const count = findings.count(rule);
    const examples = findings.anomalies.filter((anomaly) => anomaly.rule === rule).slice(0, examplesMax);
    const line = `${count === 0 ? '✔' : '✘'} ${rule.padEnd(4)} ${ruleNames[rule].padEnd(28)} ${String(count).padStart(8)}`;
    return [line, ...examples.map(({ says }) => `       ${says}`)];
  });
}

export function isGood(findings: Findings): boolean {
  return rules.every((rule) => findings.count(rule) === 0);
}

const examplesMax = 5;
