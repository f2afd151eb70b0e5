// How questions share one admin client, at an address where nobody listens: no attempt is ever answered.

import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { AdminCalls, type Attempt } from '../../../src/adapters/confluent/admin-calls.js';
import { call } from '../../../src/adapters/confluent/kafka-error.js';
import { type RawAdmin, rawModule } from '../../../src/adapters/confluent/raw-client.js';
import { freePort } from '../../../src/embedded/kafka/free-port.js';
import { KafkaError } from '../../../src/ports/kafka.js';
import { range } from '../../support/engine-story.js';
import { eventually } from '../../support/engine-wait.js';

let nobody: string;
beforeAll(async () => {
  nobody = `127.0.0.1:${await freePort()}`;
});

test('what has no answer is asked of a new client, until the time of whoever asks is over', async () => {
  const { calls, opened } = asking();
  let attempts = 0;
  const asked = calls.ask({ doing: 'describe', withinMs: 1200, attemptMs: 300 }, (...args) => {
    attempts++;
    return describe(...args);
  });
  await expect(asked).rejects.toMatchObject({ code: '_TIMED_OUT', retriable: true });
  expect(attempts).toBeGreaterThan(1);
  expect(opened.length).toBeGreaterThan(1);
});

test('a question that comes to its turn too late is not asked at all', async () => {
  const { calls } = asking();
  const asked: number[] = [];
  const questions = range(0, 30).map((i) =>
    calls.ask({ doing: `question ${i}`, withinMs: 500, attemptMs: 500 }, (...args) => {
      asked.push(i);
      return describe(...args);
    }),
  );
  const outcomes = await Promise.allSettled(questions);
  expect(outcomes.map((one) => one.status === 'rejected' && (one.reason as KafkaError).code)).toEqual(
    range(0, 30).map(() => '_TIMED_OUT'),
  );
  expect(asked).toEqual([0]);
});

test('every client is disconnected once, whoever asks, finds its leader stale or closes meanwhile', async () => {
  const { calls, opened, disconnected } = asking();
  const moved: Attempt<void> = () => Promise.reject(new KafkaError('FENCED_LEADER_EPOCH', 'the leader has moved'));
  const options = { doing: 'ask', withinMs: 5000, attemptMs: 200 };
  const questions = [moved, describe, moved, describe].map((attempt) => calls.ask<unknown>(options, attempt));
  const outcomes = Promise.allSettled(questions);
  await eventually('clients were replaced', async () => opened.length > 2);
  await Promise.all([calls.close(), calls.close()]);
  await outcomes;
  await expect(calls.ask(options, describe)).rejects.toMatchObject({ code: '_DESTROY' });
  expect(disconnected).toEqual(opened);
});

test('where no other client can be opened, the one that is there is asked again, and closed once', async () => {
  const { calls, opened, disconnected, atTheLimit } = asking();
  atTheLimit();
  const asked = calls.ask({ doing: 'describe', withinMs: 1000, attemptMs: 200 }, describe);
  await expect(asked).rejects.toMatchObject({ code: '_TIMED_OUT', retriable: true });
  expect(opened).toHaveLength(1);
  await calls.close();
  expect(disconnected).toEqual(opened);
});

const describe: Attempt<unknown> = (raw, timeout) =>
  call('describe', (callback) => raw.describeTopics(['t'], { timeout }, callback));

/** What is asked of nobody, with real clients that are counted. */
function asking() {
  const opened: RawAdmin[] = [];
  const disconnected: RawAdmin[] = [];
  let isAtTheLimit = false;
  const calls = new AdminCalls(() => {
    if (isAtTheLimit) throw new Error('EAGAIN: no thread is left');
    const raw = rawModule().AdminClient.create({ 'bootstrap.servers': nobody, log_level: 0 });
    raw.on('event.error', () => {});
    const disconnect = raw.disconnect.bind(raw);
    raw.disconnect = () => {
      disconnected.push(raw);
      disconnect();
    };
    opened.push(raw);
    return raw;
  });
  onTestFinished(() => calls.close());
  return { calls, opened, disconnected, atTheLimit: () => (isAtTheLimit = true) };
}
