// What a broker of the model says no with: Kafka's own names for errors.

export type RefusalCode =
  | 'CONCURRENT_TRANSACTIONS'
  | 'COORDINATOR_LOAD_IN_PROGRESS'
  | 'FENCED_INSTANCE_ID'
  | 'FENCED_MEMBER_EPOCH'
  | 'GROUP_ID_NOT_FOUND'
  | 'ILLEGAL_GENERATION'
  | 'INCONSISTENT_GROUP_PROTOCOL'
  | 'INVALID_PRODUCER_EPOCH'
  | 'INVALID_PRODUCER_ID_MAPPING'
  | 'INVALID_RECORD'
  | 'INVALID_TIMESTAMP'
  | 'INVALID_TXN_STATE'
  | 'MEMBER_ID_REQUIRED'
  | 'MSG_SIZE_TOO_LARGE'
  | 'NOT_COORDINATOR'
  | 'NOT_ENOUGH_REPLICAS'
  | 'NOT_LEADER_OR_FOLLOWER'
  | 'OFFSET_METADATA_TOO_LARGE'
  | 'OFFSET_OUT_OF_RANGE'
  | 'OUT_OF_ORDER_SEQUENCE_NUMBER'
  | 'PRODUCER_FENCED'
  | 'REBALANCE_IN_PROGRESS'
  | 'STALE_MEMBER_EPOCH'
  | 'UNKNOWN_MEMBER_ID'
  | 'UNKNOWN_TOPIC_ID'
  | 'UNKNOWN_TOPIC_OR_PART'
  | 'UNRELEASED_INSTANCE_ID'
  | 'UNSTABLE_OFFSET_COMMIT';

/** An answer that is thrown, not a defect: where it was made is of no interest, and finding out costs more than all the rest. */
export class Answer extends Error {
  constructor(message: string) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = limit;
  }
}

export class Refusal extends Answer {
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
