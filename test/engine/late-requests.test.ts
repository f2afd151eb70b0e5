// E7: a request that was lost with its connection, repeated, and comes late, while the engine's next transaction is open.
// What it does to a bare client stands in test/kafka/late-requests.test.ts.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { running } from '../support/engine.js';
import { type Gate, gate, producers } from '../support/engine-faults.js';
import { eventually } from '../support/engine-wait.js';
import { type ApiName, errorsIn, type FrameProxy } from '../support/frame-proxy.js';
import { uniqueName } from '../support/kafka.js';
import { type ProxiedKafka, startProxiedKafka } from '../support/proxied-kafka.js';
import { RawKafka } from '../support/raw.js';

let proxied: ProxiedKafka;
let proxy: FrameProxy;
/** The view from beside: straight to the broker. */
let beside: RawKafka;
beforeAll(async () => {
  proxied = await startProxiedKafka();
  proxy = proxied.proxy;
  beside = new RawKafka(proxied.broker.brokers);
});
afterAll(async () => {
  await beside.close();
  await proxied.stop();
});

/** Lets a producer's calls of one kind wait from the second on: by then the first transaction is through. */
function holdSecond(call: 'commit' | 'sendOffsets', at: Gate): Parameters<typeof producers>[0] {
  return (producer) => {
    const real = producer[call].bind(producer) as (...args: unknown[]) => Promise<void>;
    producer[call] = async (...args: unknown[]) => {
      if (++calls > 1) await at.pass();
      await real(...args);
    };
  };
}
let calls = 0;

describe.each([
  // An end of the second transaction before its owner has ended it: half of it would be visible.
  { lost: 'EndTxn', during: 'sendOffsets' },
  // The offset of the first one in the place of the second one's: records would be done again.
  { lost: 'TxnOffsetCommit', during: 'commit' },
  { lost: 'AddPartitionsToTxn', during: 'commit' },
  { lost: 'AddOffsetsToTxn', during: 'commit' },
  { lost: 'Produce', during: 'commit' },
] as const satisfies readonly { lost: ApiName; during: string }[])('a late $lost', ({ lost, during }) => {
  test('E7: is refused, because its producer was replaced before the next transaction', async () => {
    const [input, output] = [await beside.topic('in'), await beside.topic('out')];
    const story = { name: uniqueName('late'), input, outputs: [output] };
    const second = gate();
    calls = 0;
    await beside.produce(input, ['a']);
    const hold = proxy.hold({ api: lost, clientId: new RegExp(story.name) });
    const started = await running(story, {
      brokers: proxied.brokers,
      settings: { 'reconnect.backoff.ms': 10, 'reconnect.backoff.max.ms': 50 },
      between: producers(holdSecond(during, second)),
    });
    await hold.held;
    hold.resetClient();
    await started.committed(1);
    await beside.produce(input, ['b']);
    await second.reached;
    expect(errorsIn(await hold.releaseOnFreshConnection())).toEqual(['INVALID_PRODUCER_EPOCH']);
    second.open();
    await started.committed(2);

    expect(await beside.values(output)).toEqual(['a', 'b']);
    await eventually('the offset is behind both', async () => (await beside.committed(story.name, input)) === 2);
    expect(started.of('producer-replaced')).toHaveLength(1);
    expect(started.of('integrity-alarm')).toEqual([]);
  });
});

test('E7: nothing is replaced while nothing fails', async () => {
  const [input, output] = [await beside.topic('in'), await beside.topic('out')];
  const started = await running({ input, outputs: [output] }, { brokers: proxied.brokers });
  for (let n = 1; n <= 30; n++) {
    await beside.produce(input, [`${n}`]);
    await started.committed(n);
  }
  expect(started.of('producer-replaced')).toEqual([]);
});

test('E7: a connection that fails between two transactions costs one producer, and no record', async () => {
  const [input, output] = [await beside.topic('in'), await beside.topic('out')];
  const story = { name: uniqueName('cut'), input, outputs: [output] };
  const started = await running(story, { brokers: proxied.brokers });
  await beside.produce(input, ['a']);
  await started.committed(1);
  proxy.cut({ clientId: new RegExp(story.name) });
  await beside.produce(input, ['b']);
  await started.committed(2);

  expect(await beside.values(output)).toEqual(['a', 'b']);
  expect(started.of('producer-replaced')).toHaveLength(1);
});
