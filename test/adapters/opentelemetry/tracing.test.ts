// What a batch is to whoever brings an SDK of OpenTelemetry, and that it is nothing to anybody else.

import { setTimeout as wait } from 'node:timers/promises';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { afterEach, describe, expect, test } from 'vitest';
import { openTelemetry } from '../../../src/adapters/opentelemetry/tracing.js';
import type { HeaderEntry } from '../../../src/ports/headers.js';
import type { BatchTrace } from '../../../src/ports/tracing.js';
import { registerPropagator, registerSdk, unregisterPropagator, unregisterSdk } from '../../support/open-telemetry.js';

const batch = {
  topic: 'orders',
  partition: 3,
  groupId: 'enrich',
  clientId: 'enrich/a',
  transactionalId: 'enrich/orders/3',
};
const traceId = '0af7651916cd43dd8448eb211c80319c';
const parent = (spanId: string): string => `00-${traceId}-${spanId}-01`;
const header = (name: string, value: string): HeaderEntry => [name, new TextEncoder().encode(value)];
const texts = (headers: readonly HeaderEntry[] | undefined): Record<string, string> =>
  Object.fromEntries((headers ?? []).map(([name, value]) => [name, new TextDecoder().decode(value ?? undefined)]));

function begun(): BatchTrace {
  const begun = openTelemetry().begin(batch);
  if (begun === undefined) throw new Error('nobody traces');
  return begun;
}

afterEach(unregisterSdk);

test('without an SDK and a propagator nothing is traced', () => {
  expect(openTelemetry().begin(batch)).toBeUndefined();
});

describe('the span of a batch', () => {
  test('says what was processed for whom, and how many records lasted', () => {
    const exporter = registerSdk();
    begun().committed(7);
    const [span] = exporter.getFinishedSpans();
    expect(span).toMatchObject({
      name: 'orders process',
      kind: SpanKind.CONSUMER,
      status: { code: SpanStatusCode.UNSET },
    });
    expect(span?.parentSpanContext).toBeUndefined();
    expect(span?.attributes).toEqual({
      'messaging.system': 'kafka',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'orders',
      'messaging.destination.partition.id': '3',
      'messaging.consumer.group.name': 'enrich',
      'messaging.client.id': 'enrich/a',
      'processor.transactional.id': 'enrich/orders/3',
      'messaging.batch.message_count': 7,
    });
  });

  test('begins a trace of its own, also where something else is active', () => {
    const exporter = registerSdk();
    trace.getTracer('test').startActiveSpan('outer', (outer) => {
      begun().committed(1);
      outer.end();
    });
    expect(exporter.getFinishedSpans()[0]).toMatchObject({ name: 'orders process', parentSpanContext: undefined });
  });

  test('has an error where nothing of the batch lasts, with its code', () => {
    const exporter = registerSdk();
    begun().failed(Object.assign(new Error('fenced'), { code: 'INVALID_PRODUCER_EPOCH' }));
    const [span] = exporter.getFinishedSpans();
    expect(span).toMatchObject({ status: { code: SpanStatusCode.ERROR, message: 'fenced' } });
    expect(span?.attributes['error.type']).toBe('INVALID_PRODUCER_EPOCH');
    expect(span?.events).toEqual([expect.objectContaining({ name: 'exception' })]);
  });

  test('is linked to each span that a record comes from, once', () => {
    const exporter = registerSdk();
    const traced = begun();
    for (const spanId of ['b7ad6b7169203331', 'b7ad6b7169203332', 'b7ad6b7169203331'])
      traced.joined([header('traceparent', parent(spanId)), header('other', 'x')]);
    traced.joined([]);
    traced.committed(4);
    const links = exporter.getFinishedSpans()[0]?.links.map(({ context }) => `${context.traceId}/${context.spanId}`);
    expect(links).toEqual([`${traceId}/b7ad6b7169203331`, `${traceId}/b7ad6b7169203332`]);
  });

  test('is the active one for handlers, whatever they wait for', async () => {
    const exporter = registerSdk();
    const traced = begun();
    await traced.run(async () => {
      await wait(1);
      trace.getTracer('handler').startSpan('look-up').end();
    });
    expect(trace.getActiveSpan()).toBeUndefined();
    traced.committed(1);
    const [lookUp, span] = exporter.getFinishedSpans();
    expect(lookUp?.parentSpanContext?.spanId).toBe(span?.spanContext().spanId);
  });
});

describe('an output', () => {
  test("carries on its record's trace and baggage as they came, and nothing else", () => {
    registerSdk();
    const came = [
      header('traceparent', parent('b7ad6b7169203331')),
      header('tracestate', 'a=1'),
      header('baggage', 'who=me'),
    ];
    expect(begun().joined([header('id', '1'), ...came])).toEqual(came);
  });

  test("carries the batch's span where its record has no trace, or none that can be read", () => {
    const exporter = registerSdk();
    const traced = begun();
    const own = texts(traced.headers);
    expect(texts(traced.joined([header('id', '1')]))).toEqual(own);
    const unreadable = [header('traceparent', 'the trace'), header('tracestate', 'a=1'), header('baggage', 'who=me')];
    expect(texts(traced.joined(unreadable))).toEqual({ ...own, baggage: 'who=me' });
    traced.committed(2);
    const { traceId: id, spanId } = exporter.getFinishedSpans()[0]?.spanContext() ?? {};
    expect(own).toEqual({ traceparent: `00-${id}-${spanId}-01` });
  });

  test('is left to itself by an SDK without a propagator', () => {
    registerSdk();
    unregisterPropagator();
    const traced = begun();
    expect([traced.headers, traced.joined([header('traceparent', parent('b7ad6b7169203331'))])]).toEqual([
      undefined,
      undefined,
    ]);
  });

  test('carries the trace on where there is a propagator alone', () => {
    registerPropagator();
    const came = [header('traceparent', parent('b7ad6b7169203331')), header('baggage', 'who=me')];
    const traced = begun();
    expect(traced.joined(came)).toEqual(came);
    expect(traced.joined([])).toEqual([]);
    expect(traced.run(() => 'handled')).toBe('handled');
  });
});
