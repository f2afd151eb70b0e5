// An SDK of OpenTelemetry as a user brings one: registered for the whole process, its spans kept in memory.

import { createRequire } from 'node:module';
import { context, propagation, type TextMapPropagator, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';

/** The propagators come with the SDK, which itself depends on their package. */
const { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } = createRequire(
  createRequire(import.meta.url).resolve('@opentelemetry/sdk-trace-base'),
)('@opentelemetry/core') as {
  readonly CompositePropagator: new (config: {
    readonly propagators: readonly TextMapPropagator[];
  }) => TextMapPropagator;
  readonly W3CBaggagePropagator: new () => TextMapPropagator;
  readonly W3CTraceContextPropagator: new () => TextMapPropagator;
};

/** Registers it. What it has seen is in the exporter. */
export function registerSdk(): InMemorySpanExporter {
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  registerPropagator();
  return exporter;
}

export function registerPropagator(): void {
  const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()];
  propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
}

export function unregisterSdk(): void {
  trace.disable();
  context.disable();
  propagation.disable();
}

export function unregisterPropagator(): void {
  propagation.disable();
}
