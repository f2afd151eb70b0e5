// The engine's side of the benchmark: a processor as a user writes it.

import { json, processor, text, topic } from 'processor';
import { start } from 'processor/engine';
import { enrich, isEnriched, isOrder, schemaOf } from './enrichment.js';
import type { Progress } from './progress.js';
import type { SideOptions } from './side.js';

export async function runEngine(options: SideOptions, progress: Progress): Promise<() => Promise<void>> {
  const orders = topic(options.input, { key: text(), value: json(schemaOf('order', isOrder)) });
  const enriched = topic(options.output, { key: text(), value: json(schemaOf('enriched order', isEnriched)) });
  const enrichOrders = processor({
    name: options.group,
    input: orders,
    outputs: { enriched },
    handle(order, { out }) {
      progress.begin();
      out.enriched(order.key, enrich(order.value));
    },
  });
  const app = await start(enrichOrders, {
    brokers: options.brokers,
    onFact: (fact) => {
      if (fact.fact === 'batch-committed') progress.committed(fact.records);
    },
  });
  app.finished.catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
  return () => app.stop();
}
