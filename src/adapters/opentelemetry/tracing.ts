// Traces through the API of OpenTelemetry: a span for each batch, linked to the spans that its records come from. Without an SDK
// or a propagator of the user's there is nothing to trace with, which is asked once for each batch.

import {
  type Context,
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { HeaderEntry } from '../../ports/headers.js';
import type { BatchTrace, Tracing } from '../../ports/tracing.js';
import { batchAttributes, committedAttributes, failedAttributes, spanName } from './semantic-conventions.js';

export function openTelemetry(): Tracing {
  const tracer = trace.getTracer('processor');
  return {
    begin(batch) {
      const fields = propagation.fields();
      // A batch has many parents or none: it begins a trace of its own, whatever is active where it begins.
      const options = { kind: SpanKind.CONSUMER, attributes: batchAttributes(batch) };
      const span = tracer.startSpan(spanName(batch), options, ROOT_CONTEXT);
      const isTraced = isSpanContextValid(span.spanContext());
      return isTraced || fields.length > 0 ? new BatchSpan(span, fields) : undefined;
    },
  };
}

class BatchSpan implements BatchTrace {
  readonly headers: readonly HeaderEntry[] | undefined;
  readonly #span: Span;
  readonly #context: Context;
  /** The headers by which traces travel. Without a propagator there are none. */
  readonly #fields: ReadonlySet<string>;
  readonly #linked = new Set<string>();

  constructor(span: Span, fields: readonly string[]) {
    this.#span = span;
    this.#context = trace.setSpan(context.active(), span);
    this.#fields = new Set(fields.map((field) => field.toLowerCase()));
    this.headers = fields.length > 0 ? injected(trace.setSpan(ROOT_CONTEXT, span)) : undefined;
  }

  run<T>(handlers: () => T): T {
    return context.with(this.#context, handlers);
  }

  joined(headers: readonly HeaderEntry[]): readonly HeaderEntry[] | undefined {
    if (this.headers === undefined) return undefined;
    const own = headers.filter(([name]) => this.#fields.has(name.toLowerCase()));
    if (own.length === 0) return this.headers;
    const producer = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, carrierOf(own)));
    if (producer === undefined || !isSpanContextValid(producer))
      return [...this.headers, ...own.filter(([name]) => name.toLowerCase() === baggage)];
    const key = `${producer.traceId}/${producer.spanId}`;
    if (this.#span.isRecording() && !this.#linked.has(key)) this.#span.addLink({ context: producer });
    this.#linked.add(key);
    return own;
  }

  committed(records: number): void {
    this.#span.setAttributes(committedAttributes(records)).end();
  }

  failed(error: Error): void {
    this.#span.recordException(error);
    this.#span.setAttributes(failedAttributes(error));
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message: error.message }).end();
  }
}

/** The one field that is no part of a trace, but travels beside it. */
const baggage = 'baggage';

function injected(of: Context): readonly HeaderEntry[] {
  const carrier: Record<string, string> = {};
  propagation.inject(of, carrier);
  return Object.entries(carrier).map(([name, text]) => [name, new TextEncoder().encode(text)]);
}

function carrierOf(headers: readonly HeaderEntry[]): Readonly<Record<string, string>> {
  const carrier: Record<string, string> = {};
  for (const [name, value] of headers)
    if (value !== null) carrier[name.toLowerCase()] = new TextDecoder().decode(value);
  return carrier;
}
