// What the client makes of a broker's no: librdkafka's own rules (rdkafka_txnmgr.c and, for records, rdkafka_request.c), which differ
// from one request to the next.

import { KafkaError } from '../ports/kafka.js';
import type { Api } from './network.js';
import type { RefusalCode } from './refusal.js';

export type Verdict =
  /** It asks again by itself. */
  | 'asks-again'
  /** The transaction has to be aborted. */
  | 'abortable'
  /** The same, and the abort gets the producer another epoch before it is through. */
  | 'abortable-with-epoch'
  /** The producer will not work again. */
  | 'fatal';

export function verdictOn(api: Api, code: RefusalCode): Verdict {
  if (code === 'INVALID_PRODUCER_EPOCH' || code === 'PRODUCER_FENCED') return 'fatal';
  return byRequest[api]?.[code] ?? 'abortable';
}

/** As the caller hears it. */
export function errorOf(api: Api, code: RefusalCode, verdict: Verdict): KafkaError {
  const isFenced = code === 'INVALID_PRODUCER_EPOCH' || code === 'PRODUCER_FENCED';
  return new KafkaError(isFenced ? '_FENCED' : code, `${api}: ${code}`, {
    retriable: verdict === 'asks-again',
    fenced: isFenced,
    fatal: verdict === 'fatal',
    abortable: verdict === 'abortable' || verdict === 'abortable-with-epoch',
  });
}

const again = { CONCURRENT_TRANSACTIONS: 'asks-again' } as const;
const coordinatorAway = { NOT_COORDINATOR: 'asks-again', COORDINATOR_LOAD_IN_PROGRESS: 'asks-again' } as const;

/** Where it is none of these, a transaction has to be aborted. */
const byRequest: Partial<Record<Api, Partial<Record<RefusalCode, Verdict>>>> = {
  InitProducerId: again,
  AddPartitionsToTxn: {
    ...again,
    INVALID_TXN_STATE: 'fatal',
    INVALID_PRODUCER_ID_MAPPING: 'abortable-with-epoch',
  },
  AddOffsetsToTxn: { ...again, ...coordinatorAway, INVALID_TXN_STATE: 'fatal' },
  TxnOffsetCommit: {
    ...again,
    ...coordinatorAway,
    INVALID_TXN_STATE: 'fatal',
    INVALID_PRODUCER_ID_MAPPING: 'fatal',
  },
  EndTxn: {
    ...again,
    INVALID_TXN_STATE: 'fatal',
    INVALID_PRODUCER_ID_MAPPING: 'abortable-with-epoch',
  },
  // Whoever counts on behind a record that was refused is told that it has skipped one; a gap that nobody knows of is a defect.
  Produce: { NOT_ENOUGH_REPLICAS: 'asks-again', OUT_OF_ORDER_SEQUENCE_NUMBER: 'fatal' },
};
