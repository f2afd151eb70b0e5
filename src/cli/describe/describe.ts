// `processor describe`: what processors are in Kafka's words, for people, programs, administrators and documents. All of it
// stands in the topology and the settings: nothing is connected to.

import { checkSettings } from '../../adapters/confluent/settings.js';
import type { ConfigFlags } from '../config/config-values.js';
import { loadConfig, type ResolvedConfig } from '../config/load-config.js';
import { discover } from '../discover.js';
import { aclCommands } from './acl-commands.js';
import { mermaidOf } from './mermaid.js';
import { productionSheet, type Sheet } from './sheet.js';
import { textOf } from './text.js';

export interface DescribeFlags extends ConfigFlags {
  readonly format: 'text' | 'mermaid' | 'json' | 'acls';
  readonly principal?: string;
  readonly commandConfig?: string;
  readonly json?: boolean;
}

export async function describe(wanted: readonly string[], flags: DescribeFlags): Promise<void> {
  const config = await loadConfig(flags, process.env, 'describe');
  // A sheet for settings that run refuses would describe nothing.
  checkSettings(config.settings);
  const { processors } = await discover(process.cwd(), wanted);
  const sheets = processors.map(({ processor: { topology }, module }) =>
    productionSheet(topology, { module, namespace: config.namespace, settings: config.settings }),
  );
  process.stdout.write(written(sheets, flags, config));
}

function written(sheets: readonly Sheet[], flags: DescribeFlags, config: ResolvedConfig): string {
  switch (flags.json ? 'json' : flags.format) {
    case 'json':
      return `${JSON.stringify({ processors: sheets }, (_, value: unknown) => (value === undefined ? null : value))}\n`;
    case 'mermaid':
      return mermaidOf(sheets);
    case 'acls': {
      const user = config.settings['sasl.username'];
      return aclCommands(sheets, {
        brokers: config.brokers,
        principal: flags.principal ?? (user === undefined ? undefined : `User:${user}`),
        commandConfig: flags.commandConfig,
      });
    }
    case 'text':
      return sheets.map(textOf).join('\n\n');
  }
}
