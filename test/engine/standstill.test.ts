// E20: what is made of looks at a partition that stands still when they show nothing. What they show is in offsets.test.ts.

import { beforeAll, expect, test } from 'vitest';
import { type Kafka, KafkaError } from '../../src/ports/kafka.js';
import { type Running, running } from '../support/engine.js';
import { testBrokers } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

const movedLeader = new KafkaError('FENCED_LEADER_EPOCH', 'list offsets: the leader has moved', { retriable: true });
const silence = new KafkaError('_TIMED_OUT', 'list offsets: timed out', { retriable: true });

test('E20: one look that fails is no news, as after each restart of a broker', async () => {
  const { started, looks } = await lookedAt((look) => (look === 1 ? movedLeader : undefined));
  await started.until('it was looked at again', () => looks() > 3);
  expect(told(started)).toEqual(['debug']);
});

test('E20: looks that go on failing while brokers answer are told, as often as a standstill would be', async () => {
  const { started, looks } = await lookedAt(() => movedLeader);
  await started.until('it is told twice', () => told(started).filter((level) => level === 'warn').length === 2);
  expect(told(started).indexOf('warn')).toBeGreaterThan(0);
  expect(looks()).toBeGreaterThan(4);
});

test('E20: looks that have no answer are not told: the client says itself that it reaches nobody', async () => {
  const { started, looks } = await lookedAt((look) => (look % 5 === 0 ? movedLeader : silence));
  await started.until('it was looked at often', () => looks() > 12);
  expect(told(started)).not.toContain('warn');
});

/** A processor on a quiet partition, whose looks fail as the story says. */
async function lookedAt(failure: (look: number) => KafkaError | undefined) {
  let looks = 0;
  const between = (real: Kafka): void => {
    const offsetRanges = real.offsetRanges.bind(real);
    real.offsetRanges = async (partitions) => {
      // The first one is asked where the partition begins (E2).
      const error = started === undefined ? undefined : failure(++looks);
      if (error !== undefined) throw error;
      return offsetRanges(partitions);
    };
  };
  let started: Running | undefined;
  const opened = await running({ input: await kafka.topic('in') }, { limits: { stallMs: 200 }, between });
  await opened.owns(1);
  started = opened;
  return { started, looks: () => looks };
}

/** How loudly looks were spoken of. */
function told(started: Running): string[] {
  return started
    .of('client-notice')
    .filter(({ message }) => message.startsWith('list offsets'))
    .map(({ level }) => level);
}
