// Two projects: `unit` needs nothing but Node, `kafka` runs against one embedded broker that all its files share.

import { defineConfig } from 'vitest/config';

// Workers inherit these when they start; in a worker it would be too late, its thread pool exists by then (rule E14).
process.env['UV_THREADPOOL_SIZE'] ??= '128';
// Tests never touch what a user's environment names (TEST_KAFKA_BROKERS is the way to choose a broker for them).
delete process.env['KAFKA_BROKERS'];
delete process.env['SCHEMA_REGISTRY_URL'];

// 'processor' and its subpaths mean the sources, not a build.
const conditions = ['source', 'node', 'import', 'default'];
const onKafka = ['kafka', 'embedded', 'adapters', 'cli', 'engine'].map((folder) => `test/${folder}/**/*.test.ts`);

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
          include: ['test/**/*.test.ts'],
          exclude: onKafka,
          typecheck: { enabled: true, include: ['test/types/**/*.test-d.ts'], tsconfig: 'test/types/tsconfig.json' },
          // Properties compute; the bound is there for what hangs, not for a busy machine.
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'kafka',
          include: onKafka,
          globalSetup: 'test/support/global-kafka.ts',
          // The broker and the clients' native threads need the rest of the machine.
          maxWorkers: 2,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
