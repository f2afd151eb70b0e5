// Where numbers of what happens go, and every one of ours: its name, type, labels and meaning, which are part of the interface,
// because dashboards and alerts are built on them. docs/guide/observe.md has the same table, and a test compares. Times are in
// seconds. A `topic` is always the one that is read; no label has more values than there are partitions.

export interface MetricDescription {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
}

const ofTopic = ['processor', 'topic'] as const;

export const metricList = {
  processor_records_in_total: {
    type: 'counter',
    labels: ofTopic,
    help: 'Input records whose batch is committed.',
  },
  processor_records_out_total: {
    type: 'counter',
    labels: ofTopic,
    help: 'Output records of committed batches, dead letters included.',
  },
  processor_transactions_total: {
    type: 'counter',
    labels: [...ofTopic, 'outcome'],
    help: 'Batches by outcome: committed or aborted. With exactly-once each is a transaction.',
  },
  processor_transaction_duration_seconds: {
    type: 'histogram',
    labels: ofTopic,
    help: 'How long committed batches took, from their first handler to the end of their commit.',
  },
  processor_transaction_phase_seconds: {
    type: 'histogram',
    labels: [...ofTopic, 'phase'],
    help: 'The same by phase: handle, when no transaction is open, and commit, from the last handler on.',
  },
  processor_producers_fenced_total: {
    type: 'counter',
    labels: ofTopic,
    help: 'Calls that were refused because a newer producer has the transactional id.',
  },
  processor_producers_replaced_total: {
    type: 'counter',
    labels: ofTopic,
    help: 'Producers that were given up for a new one with the same id.',
  },
  processor_alarms_total: {
    type: 'counter',
    labels: [...ofTopic, 'alarm'],
    help: 'What must not happen: fencing, another program uses the transactional ids; integrity, a transaction was ended behind its owner.',
  },
  processor_rebalances_total: {
    type: 'counter',
    labels: ['processor', 'kind'],
    help: 'Events of the group by kind: assigned, revoked or lost.',
  },
  processor_dead_letters_total: {
    type: 'counter',
    labels: [...ofTopic, 'part'],
    help: 'Records of committed batches that went to the dead letters, by what failed: decode, handle or encode.',
  },
  processor_records_skipped_total: {
    type: 'counter',
    labels: [...ofTopic, 'part'],
    help: 'Records of committed batches that were skipped, by what failed: decode, handle or encode.',
  },
  processor_records_dropped_total: {
    type: 'counter',
    labels: ofTopic,
    help: 'Records that at-most-once had claimed and gave up.',
  },
  processor_retries_total: {
    type: 'counter',
    labels: ofTopic,
    help: 'Calls of handlers that failed and were to be made again.',
  },
  processor_stalls_total: {
    type: 'counter',
    labels: ofTopic,
    help: 'Times that a partition stood still although it had records.',
  },
  processor_held_back_total: {
    type: 'counter',
    labels: ofTopic,
    help: 'Times that records were seen to wait for a transaction that somebody had left open.',
  },
  processor_lag_records: {
    type: 'gauge',
    labels: [...ofTopic, 'partition'],
    help: 'Offsets between what is settled and the last stable offset, looked at every 10 s. Only of partitions that are open here.',
  },
  processor_tasks: {
    type: 'gauge',
    labels: ['processor'],
    help: 'Partitions that are open here.',
  },
  processor_partitions_paused: {
    type: 'gauge',
    labels: ['processor'],
    help: 'Partitions whose reading is paused because their queues are full.',
  },
  processor_lane: {
    type: 'gauge',
    labels: ['processor', 'lane'],
    help: 'Always 1: the way that records take through the Kafka client, fast or slow.',
  },
} as const satisfies Readonly<Record<`processor_${string}`, MetricDescription>>;

export type MetricName = keyof typeof metricList;

/** The names of all metrics of one type. */
export type NamesOf<Type extends MetricDescription['type']> = {
  [Name in MetricName]: (typeof metricList)[Name]['type'] extends Type ? Name : never;
}[MetricName];
/** A value for each label of a metric. */
export type LabelsOf<Name extends MetricName> = Readonly<Record<(typeof metricList)[Name]['labels'][number], string>>;

export interface MetricSink {
  /** Counters. Default: 1; with 0 the series is there from now on. */
  add<Name extends NamesOf<'counter'>>(name: Name, labels: LabelsOf<Name>, by?: number): void;
  /** Gauges. */
  set<Name extends NamesOf<'gauge'>>(name: Name, labels: LabelsOf<Name>, to: number): void;
  /** The series is gone, not zero. */
  remove<Name extends NamesOf<'gauge'>>(name: Name, labels: LabelsOf<Name>): void;
  observe<Name extends NamesOf<'histogram'>>(name: Name, labels: LabelsOf<Name>, seconds: number): void;
  /** Makes the series of a histogram that has observed nothing yet. */
  open<Name extends NamesOf<'histogram'>>(name: Name, labels: LabelsOf<Name>): void;
}
