// Three projects: `unit` needs nothing but Node, `kafka` runs against one embedded broker that all its files share, `chaos` has
// brokers and processes of its own and the machine for itself, because it judges how long partitions stand still.

import { defineConfig } from 'vitest/config';

// Workers inherit these when they start; in a worker it would be too late, its thread pool exists by then (rule E14).
process.env['UV_THREADPOOL_SIZE'] ??= '128';
// Tests never touch what a user's environment names (TEST_KAFKA_BROKERS is the way to choose a broker for them).
delete process.env['KAFKA_BROKERS'];
delete process.env['SCHEMA_REGISTRY_URL'];

// 'processor' and its subpaths mean the sources, not a build.
const conditions = ['source', 'node', 'import', 'default'];
const brokerFolders = 'kafka|embedded|adapters|cli|engine';
/** What stands in those folders and needs no broker all the same. */
const withoutBroker = [
  'test/adapters/confluent/{broker-list,handed-out,login,named-files,settings,unreachable}.test.ts',
  'test/adapters/confluent/native/harness.test.ts',
  'test/adapters/{opentelemetry,prometheus}/*.test.ts',
  'test/adapters/schema-registry/*.test.ts',
  'test/cli/{describe,schema}/*.test.ts',
  'test/cli/status/{history,members,screen,text}.test.ts',
  'test/cli/init/*.test.ts',
  'test/cli/{check,doctor,test}/*.test.ts',
  'test/cli/dev/{events,in-memory,keys,memory-files,place,session,status,type-check,watch-sources}.test.ts',
  'test/cli/config/*.test.ts',
  'test/cli/{completion,connection,explain,fact-log,help,init,json-values,lifecycle,probes,readiness,source-stamps}.test.ts',
  'test/embedded/kafka/{free-port,guard,jars,java,pid-file,server-properties}.test.ts',
  'test/embedded/schema-registry/*.test.ts',
  'test/engine/{crash-point,fact-metrics,lag-watch,late-events,repeated-records,start-options,task-batch}.test.ts',
];
const chaosRun = 'test/kafka/chaos/run.test.ts';

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/*.test.ts', `test/!(${brokerFolders})/**/*.test.ts`, ...withoutBroker],
          typecheck: { enabled: true, include: ['test/types/**/*.test-d.ts'], tsconfig: 'test/types/tsconfig.json' },
          // Properties compute; the bound is there for what hangs, not for a busy machine.
          testTimeout: 30_000,
          // One less than there are cores is the default: of two that leaves one idle.
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'kafka',
          include: [`test/@(${brokerFolders})/**/*.test.ts`],
          exclude: [...withoutBroker, chaosRun],
          globalSetup: 'test/support/global-kafka.ts',
          // The broker and the clients' native threads need the rest of the machine.
          maxWorkers: 2,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'chaos',
          include: [chaosRun],
          testTimeout: 420_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
