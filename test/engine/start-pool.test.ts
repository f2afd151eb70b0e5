// What a program that calls `start()` is told about libuv's thread pool (E14).

import { describe, expect, test, vi } from 'vitest';
import { running } from '../support/engine.js';
import { testBrokers } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

describe('a program of four threads', () => {
  test.for([
    { size: undefined, warnings: 1 },
    { size: '4', warnings: 1 },
    { size: '128', warnings: 0 },
  ])('(UV_THREADPOOL_SIZE is $size) hears of it $warnings times', async ({ size, warnings }) => {
    const input = await new RawKafka(testBrokers()).topic('in');
    vi.stubEnv('UV_THREADPOOL_SIZE', size);
    try {
      const { of } = await running({ input });
      const notices = of('client-notice').filter(({ message }) => message.includes('UV_THREADPOOL_SIZE=128'));
      expect(notices.map(({ level }) => level)).toEqual(Array.from({ length: warnings }, () => 'warn'));
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
