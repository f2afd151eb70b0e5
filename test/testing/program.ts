// Programs that use the driver without a test runner, for on-its-own.test.ts: the first argument says which.

import { setTimeout as wait } from 'node:timers/promises';
import { processor, text, topic } from '../../src/index.js';
import { testDriver } from '../../src/testing/index.js';

const words = topic('words', { key: text(), value: text() });
const shouted = topic('shouted', { key: text(), value: text() });

function shout(handle: (word: string) => string | Promise<string> = (word) => word.toUpperCase()) {
  return processor({
    name: 'shout',
    input: words,
    outputs: { shouted },
    async handle(word, { out }) {
      out.shouted(word.key, await handle(word.value));
    },
  });
}

const programs: Readonly<Record<string, () => Promise<void>>> = {
  async settled() {
    const driver = await testDriver(shout());
    driver.topic(words).send('a', 'hello');
    await driver.settle();
    console.log(driver.topic(shouted).records()[0]?.value);
    await driver.close();
  },
  async 'not-awaited'() {
    const driver = await testDriver(shout());
    driver.topic(words).send('a', 'hello');
    void driver.settle().then(() => console.log('settled'));
  },
  async sent() {
    const driver = await testDriver(shout(), { instances: ['a', 'b'] });
    driver.topic(words).send('a', 'hello');
  },
  async stuck() {
    const driver = await testDriver(
      shout(() => new Promise(() => {})),
      { handlerWait: '100ms' },
    );
    driver.topic(words).send('a', 'hello');
    void driver.settle();
    await wait(1);
  },
  /** What tests of one record take, each from its driver on: on the clock, and of a core's time. */
  async times() {
    const times: number[] = [];
    const cores: number[] = [];
    for (let i = 0; i < 60; i++) {
      const sinceMs = performance.now();
      const since = process.cpuUsage();
      const driver = await testDriver(shout());
      driver.topic(words).send('a', 'hello');
      await driver.settle();
      if (driver.topic(shouted).records()[0]?.value !== 'HELLO') throw new Error('nothing was shouted');
      await driver.close();
      times.push(performance.now() - sinceMs);
      const { user, system } = process.cpuUsage(since);
      cores.push((user + system) / 1000);
    }
    console.log(
      JSON.stringify({ firstMs: times[0], medianMs: median(times.slice(1)), coreMs: median(cores.slice(1)) }),
    );
  },
  /** The client itself, to see that it is what cannot be loaded. */
  async client() {
    const { start } = await import('../../src/engine/start.js');
    await start(shout(), { brokers: 'localhost:1' });
  },
};

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

await programs[process.argv[2] ?? '']?.();
