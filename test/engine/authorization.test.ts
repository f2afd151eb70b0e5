// E18: a processor whose login is denied something says so and ends, at its start and later. A broker of its own, with an
// authorizer: on the one that all tests share, everything is allowed.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { confluentKafka } from '../../src/adapters/confluent/kafka.js';
import { type EmbeddedKafka, startEmbeddedKafka } from '../../src/embedded/kafka/broker.js';
import { KafkaError } from '../../src/ports/kafka.js';
import { allow, authorizerProperties, deny } from '../support/acls.js';
import { type Running, running } from '../support/engine.js';
import { consumers } from '../support/engine-faults.js';
import { topology } from '../support/engine-story.js';
import { eventually } from '../support/engine-wait.js';
import { testBrokerProperties, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let broker: EmbeddedKafka;
let kafka: RawKafka;
beforeAll(async () => {
  const properties = { ...testBrokerProperties, ...authorizerProperties };
  broker = await startEmbeddedKafka({ name: 'kafka-with-authorizer', properties });
  kafka = new RawKafka(broker.brokers);
});
afterAll(async () => {
  await kafka.close();
  await broker.stop();
});

test.each(['read', 'describe'] as const)(
  'a group that is denied to it (%s) ends it at its start',
  async (operation) => {
    const input = await kafka.topic('in');
    const name = uniqueName('outsider');
    await deny(broker.brokers, 'group', name, operation);
    await ended(await start({ name, input }), 'GROUP_AUTHORIZATION_FAILED');
  },
);

test('an input that it may see but not read ends it', async () => {
  const input = await kafka.topic('in');
  await kafka.produce(input, ['secret']);
  await deny(broker.brokers, 'topic', input, 'read');
  await ended(await start({ input }), 'TOPIC_AUTHORIZATION_FAILED');
});

test('E20: a denial that the client keeps to itself is found where records wait', async () => {
  const input = await kafka.topic('in');
  let isSaid = false;
  // Behind records of the same call the client has nowhere to say it.
  const deaf = consumers((consumer) => {
    const poll = consumer.poll.bind(consumer);
    consumer.poll = async (...args) => {
      try {
        return await poll(...args);
      } catch (error) {
        isSaid = error instanceof KafkaError && error.code === 'TOPIC_AUTHORIZATION_FAILED';
        if (isSaid) return [];
        throw error;
      }
    };
  });
  const settings = { 'session.timeout.ms': 2000 };
  const started = await running(
    { input },
    { brokers: broker.brokers, settings, between: deaf, limits: { stallMs: 500 } },
  );
  await kafka.produce(input, ['before']);
  await started.committed(1);
  await deny(broker.brokers, 'topic', input, 'read');
  await started.until('the client has said it once', () => isSaid);
  await kafka.produce(input, ['after']);
  await ended(started, 'TOPIC_AUTHORIZATION_FAILED');
  expect(await started.failure()).toMatchObject({ code: 'PRC_ACCESS_DENIED' });

  await allow(broker.brokers, 'topic', input);
  expect(await kafka.committed(started.name, input)).toBe(1);
});

test('an input that it may not even see is a refusal to start', async () => {
  const input = await kafka.topic('in');
  await deny(broker.brokers, 'topic', input, 'describe');
  await expect(start({ input })).rejects.toMatchObject({ cause: { code: 'TOPIC_AUTHORIZATION_FAILED' } });
});

test.each(['exactly-once', 'at-least-once'] as const)(
  '%s: an output that it may not write to ends it, and once it may, nothing is missing',
  async (guarantee) => {
    const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
    const made = topology({ guarantee, input, outputs: [output] });
    await kafka.produce(input, ['a', 'b']);
    await deny(broker.brokers, 'topic', output, 'write');
    await ended(await start(made), 'TOPIC_AUTHORIZATION_FAILED');
    expect(await kafka.committed(made.name, input)).toBeUndefined();

    await allow(broker.brokers, 'topic', output);
    const again = await start(made);
    await again.committed(2);
    expect(await kafka.values(output)).toEqual(['a', 'b']);
  },
);

test.each(['exactly-once', 'at-least-once'] as const)(
  '%s: a group that is taken from it while it runs ends it, with nothing counted as committed',
  async (guarantee) => {
    const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
    const started = await start({ guarantee, input, outputs: [output] });
    await kafka.produce(input, ['before']);
    await started.committed(1);
    await deny(broker.brokers, 'group', started.name, 'read');
    await kafka.produce(input, ['after']);
    await ended(started, 'GROUP_AUTHORIZATION_FAILED');

    expect(started.of('batch-committed').map(({ end }) => end)).toEqual([1]);
    await allow(broker.brokers, 'group', started.name);
    expect(await kafka.committed(started.name, input)).toBe(1);
  },
);

test('at-most-once: what it could not claim is handled by nobody until it can', async () => {
  const input = await kafka.topic('in');
  const handled: string[] = [];
  const made = topology({ guarantee: 'at-most-once', input, handle: ({ value }) => void handled.push(value) });
  const started = await start(made);
  await kafka.produce(input, ['before']);
  await started.committed(1);
  await deny(broker.brokers, 'group', started.name, 'read');
  await kafka.produce(input, ['after']);
  await ended(started, 'GROUP_AUTHORIZATION_FAILED');
  expect(handled).toEqual(['before']);

  await allow(broker.brokers, 'group', started.name);
  const again = await start(made);
  await again.committed(1);
  expect(handled).toEqual(['before', 'after']);
});

test('E2: a committed offset that may not be asked for is a denial by its own name, not something to ask for again', async () => {
  const real = await confluentKafka({ brokers: broker.brokers, transactionTimeoutMs: 10_000 });
  const [topic, group] = [await kafka.topic('in'), uniqueName('group')];
  const consumer = await real.openConsumer({
    groupId: group,
    topics: [topic],
    clientId: group,
    onRebalance: () => {},
    onNotice: () => {},
  });
  const asking = () => consumer.committed({ topic, partition: 0 }, 2000);
  expect(await asking()).toBeUndefined();
  await deny(broker.brokers, 'topic', topic, 'describe');
  await expect(asking()).rejects.toMatchObject({ code: 'TOPIC_AUTHORIZATION_FAILED', retriable: false });
  await allow(broker.brokers, 'topic', topic);
  await deny(broker.brokers, 'group', group, 'describe');
  await expect(asking()).rejects.toMatchObject({ code: 'GROUP_AUTHORIZATION_FAILED', retriable: false });
  await allow(broker.brokers, 'group', group);
  await eventually('it may be asked for again', async () => (await asking()) === undefined);
  await consumer.close();
  await real.close();
});

function start(story: Parameters<typeof running>[0]): Promise<Running> {
  // Whom the group denies cannot even leave it: the next one waits until its session is over.
  return running(story, { brokers: broker.brokers, settings: { 'session.timeout.ms': 2000 } });
}

async function ended(started: Running, code: string): Promise<void> {
  await started.until('it has failed', () => started.of('processor-failed').length > 0).catch(() => {});
  expect(await started.failure()).toMatchObject({ cause: { code } });
}
