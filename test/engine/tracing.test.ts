// A trace on its way through two processors, as whoever brings an SDK of OpenTelemetry sees it, on a real broker. The span by
// itself: test/adapters/opentelemetry/tracing.test.ts.

import { setTimeout as wait } from 'node:timers/promises';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import type { InMemorySpanExporter, ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { running } from '../support/engine.js';
import { refuseFirstOffsets } from '../support/engine-faults.js';
import { testBrokers } from '../support/kafka.js';
import { registerSdk, unregisterSdk } from '../support/open-telemetry.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
let exporter: InMemorySpanExporter;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
  exporter = registerSdk();
});
beforeEach(() => exporter.reset());
afterAll(unregisterSdk);

const traceId = '0af7651916cd43dd8448eb211c80319c';
const came = { traceparent: `00-${traceId}-b7ad6b7169203331-01`, tracestate: 'shop=1', baggage: 'customer=7' };
const headers = Object.entries(came).map(([name, value]) => ({ [name]: Buffer.from(value) }));

test('a trace goes on through two processors: its headers as they came, each batch linked to where its records come from', async () => {
  const [from, through, to] = [await kafka.topic('from'), await kafka.topic('through'), await kafka.topic('to')];
  await kafka.produce(from, [
    { key: 'traced', value: 'a', headers },
    { key: 'untraced', value: 'b' },
    { key: 'its own', value: 'c', headers },
  ]);
  const own = `00-${traceId}-b7ad6b7169203339-01`;
  const first = await running({
    input: from,
    outputs: [through],
    async handle({ key, value }, { out }) {
      await wait(1);
      trace.getTracer('test').startSpan(`look-up ${value}`).end();
      out.out(key, value, key === 'its own' ? { headers: { traceparent: own } } : {});
    },
  });
  await first.committed(3);
  const second = await running({ input: through, outputs: [to] }, { limits: { lagMs: 100 } });
  await second.committed(3);

  const records = new Map((await kafka.read(to)).map(({ key, headers: found }) => [key, Object.fromEntries(found)]));
  const [one, two] = [batchOf(from), batchOf(through)];
  expect(records.get('traced')).toEqual(came);
  expect(records.get('untraced')).toEqual({ traceparent: parentOf(one) });
  // Who begins another trace keeps the state of the old one out; baggage is none of either.
  expect(records.get('its own')).toEqual({ traceparent: own, baggage: came.baggage });
  expect(linksOf(one)).toEqual([came.traceparent]);
  expect(linksOf(two)).toEqual([came.traceparent, parentOf(one), own]);
  for (const value of ['a', 'b', 'c']) {
    const lookUp = exporter.getFinishedSpans().find(({ name }) => name === `look-up ${value}`);
    expect(lookUp?.parentSpanContext?.spanId).toBe(one.spanContext().spanId);
  }
  expect(one).toMatchObject({
    status: { code: SpanStatusCode.UNSET },
    attributes: {
      'messaging.consumer.group.name': first.name,
      'messaging.batch.message_count': 3,
      'processor.transactional.id': `${first.name}/${from}/0`,
    },
  });

  // What it reads ends with the marker of a transaction, which is nothing that it is behind with.
  await second.until('it knows how far it is behind', () => second.of('lag-seen').some(({ lags }) => lags.length > 0));
  expect(second.of('lag-seen').at(-1)?.lags).toEqual([{ topic: through, partition: 0, lag: 0 }]);

  function batchOf(topic: string): ReadableSpan {
    const spans = exporter.getFinishedSpans().filter(({ name }) => name === `${topic} process`);
    expect(spans).toHaveLength(1);
    return spans[0] as ReadableSpan;
  }
});

test('a batch that is aborted is a span with an error, and the one that does it again is another', async () => {
  const [from, to] = [await kafka.topic('from'), await kafka.topic('to')];
  await kafka.produce(from, [{ value: 'a', headers }]);
  const started = await running({ input: from, outputs: [to] }, { between: refuseFirstOffsets(() => {}) });
  await started.committed(1);
  const spans = exporter.getFinishedSpans();
  expect(spans.map(({ name }) => name)).toEqual([`${from} process`, `${from} process`]);
  expect(spans.map(({ status }) => status.code)).toEqual([SpanStatusCode.ERROR, SpanStatusCode.UNSET]);
  expect(spans[0]?.attributes['error.type']).toBe('ILLEGAL_GENERATION');
  expect(spans.map(linksOf)).toEqual([[came.traceparent], [came.traceparent]]);
});

test('a batch whose partition goes while its handler runs is a span with an error', async () => {
  const from = await kafka.topic('from');
  await kafka.produce(from, ['a']);
  let isHandling = false;
  const started = await running({
    input: from,
    handle: (_, { signal }) => {
      isHandling = true;
      return new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
  });
  await started.until('its handler runs', () => isHandling);
  await started.stop();
  const spans = exporter.getFinishedSpans();
  expect(spans.map(({ status }) => status.code)).toEqual([SpanStatusCode.ERROR]);
  expect(spans[0]?.attributes['error.type']).toBe('OwnershipLost');
});

test("the outputs of a batch's handler carry the span of the batch", async () => {
  const [from, to] = [await kafka.topic('from'), await kafka.topic('to')];
  await kafka.produce(from, [{ value: 'a', headers }]);
  const started = await running({
    input: from,
    outputs: [to],
    handleBatch(batch, { out }) {
      for (const { value } of batch) out.out(null, value);
    },
  });
  await started.committed(1);
  const [span] = exporter.getFinishedSpans();
  expect((await kafka.read(to)).map((record) => Object.fromEntries(record.headers))).toEqual([
    { traceparent: parentOf(span as ReadableSpan) },
  ]);
  expect(linksOf(span as ReadableSpan)).toEqual([came.traceparent]);
});

/** The header that stands for a span. */
function parentOf(span: ReadableSpan): string {
  const { traceId: id, spanId } = span.spanContext();
  return `00-${id}-${spanId}-01`;
}

function linksOf({ links }: ReadableSpan): string[] {
  return links.map(({ context }) => `00-${context.traceId}-${context.spanId}-01`);
}
