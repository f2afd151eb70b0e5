// `processor config`: every value with where it is from. What is a secret is shown as `***`, whoever asks.

import { table } from '../table.js';
import type { ConfigFlags } from './config-values.js';
import { loadConfig } from './load-config.js';
import { originText, type Resolved } from './resolve.js';

export interface ShowFlags extends ConfigFlags {
  readonly showOrigin?: boolean;
  readonly json?: boolean;
}

export async function showConfig(flags: ShowFlags): Promise<void> {
  const { file, profile, values } = await loadConfig(flags, process.env, 'config');
  if (flags.json) {
    const shown = values.map((one) => ({ key: one.key, value: shownValue(one) ?? null, origin: one.origin }));
    process.stdout.write(`${JSON.stringify({ file: file ?? null, profile: profile ?? null, values: shown })}\n`);
    return;
  }
  const rows = values.map((one) => {
    const { key, value, origin } = one;
    const shown = value === undefined || value === '' ? '(none)' : String(one.shown ?? shownValue(one));
    return flags.showOrigin ? [key, shown, originText(origin)] : [key, shown];
  });
  process.stdout.write(table(rows));
}

function shownValue({ value, isSecret }: Resolved): Resolved['value'] {
  if (value === undefined) return undefined;
  if (isSecret) return '***';
  // A registry's address may have its login in it.
  return typeof value === 'string' ? value.replace(/^(\w+:\/\/)[^/]*@/, '$1***@') : value;
}
