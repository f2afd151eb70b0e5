// A held request: one of those that a transaction is made of is kept back on its way, its client's connection is reset, the client
// sends it again on a new one, and some time later the first one arrives, when another transaction is open perhaps (E7).

import { setTimeout as wait } from 'node:timers/promises';
import { type ApiName, errorsIn, type FrameProxy } from '../../test/support/frame-proxy.js';
import { nowMs } from '../history.js';

/** The requests of a transaction. */
export const attackedApis: readonly ApiName[] = [
  'Produce',
  'InitProducerId',
  'AddPartitionsToTxn',
  'AddOffsetsToTxn',
  'EndTxn',
  'TxnOffsetCommit',
];

export type Attacked =
  | { readonly isDone: true; readonly sinceMs: number; readonly says: string }
  /** Nobody has sent such a request, or the broker that it was meant for has gone meanwhile. */
  | { readonly isDone: false; readonly says: string };

export async function attack(proxy: FrameProxy, api: ApiName, lateMs: number): Promise<Attacked> {
  const hold = proxy.hold({ api, clientId: /^chaos-/ });
  const frame = await Promise.race([hold.held, wait(patienceMs)]);
  if (frame === undefined) {
    hold.end();
    return { isDone: false, says: `nobody has sent ${api}` };
  }
  const sinceMs = nowMs();
  hold.resetClient();
  await wait(lateMs);
  const what = `${api} of ${frame.clientId}, ${Math.round(lateMs)} ms late`;
  try {
    const errors = errorsIn(await hold.releaseOnFreshConnection());
    return { isDone: true, sinceMs, says: `${what}: ${[...new Set(errors)].join(', ')}` };
  } catch (error) {
    return { isDone: false, says: `${what}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** Some requests are sent only when a partition changes hands. */
const patienceMs = 30_000;
