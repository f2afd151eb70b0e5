// `check --live`: what the brokers and the schema registry say to the processors. Loaded only then, because it loads the client.

import type { Topology } from '../../core/topology.js';
import { isProcessorError } from '../../errors/processor-error.js';
import type { ResolvedConfig } from '../config/load-config.js';
import { connectionIn } from '../connection.js';
import { reportable } from '../report-error.js';
import { askBrokers } from './live-facts.js';
import { liveRemarks, notCheckedLive } from './live-rules.js';
import { registryRemarks } from './registry-rules.js';
import type { Remark } from './remark.js';

export interface LiveCheck {
  readonly remarks: readonly Remark[];
  readonly notChecked: readonly string[];
}

export async function checkLive(topologies: readonly Topology[], config: ResolvedConfig): Promise<LiveCheck> {
  const [brokers, registry] = await Promise.all([byBrokers(topologies, config), registryRemarks(topologies, config)]);
  return { remarks: [...brokers.remarks, ...registry], notChecked: brokers.notChecked };
}

async function byBrokers(topologies: readonly Topology[], config: ResolvedConfig): Promise<LiveCheck> {
  try {
    const facts = await askBrokers(connectionIn(config), topologies);
    return {
      remarks: liveRemarks(facts, config.namespace),
      notChecked: notCheckedLive(facts, config.namespace),
    };
  } catch (thrown) {
    const error = reportable(thrown);
    if (!isProcessorError(error)) throw error;
    return { remarks: [{ level: 'error', error, about: undefined }], notChecked: ['all that the brokers know'] };
  }
}
