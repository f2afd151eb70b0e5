// What a broker of the model says no with: Kafka's own names for errors.

export type RefusalCode =
  | 'CONCURRENT_TRANSACTIONS'
  | 'FENCED_INSTANCE_ID'
  | 'FENCED_MEMBER_EPOCH'
  | 'GROUP_ID_NOT_FOUND'
  | 'ILLEGAL_GENERATION'
  | 'INCONSISTENT_GROUP_PROTOCOL'
  | 'INVALID_PRODUCER_EPOCH'
  | 'INVALID_PRODUCER_ID_MAPPING'
  | 'INVALID_TXN_STATE'
  | 'MEMBER_ID_REQUIRED'
  | 'OFFSET_OUT_OF_RANGE'
  | 'OUT_OF_ORDER_SEQUENCE_NUMBER'
  | 'REBALANCE_IN_PROGRESS'
  | 'STALE_MEMBER_EPOCH'
  | 'UNKNOWN_MEMBER_ID'
  | 'UNKNOWN_TOPIC_OR_PART'
  | 'UNRELEASED_INSTANCE_ID'
  | 'UNSTABLE_OFFSET_COMMIT';

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  /** With MEMBER_ID_REQUIRED: the id to come back with. */
  readonly memberId: string | undefined;

  constructor(code: RefusalCode, memberId?: string) {
    super(code);
    this.code = code;
    this.memberId = memberId;
  }
}
