// The engine's side: processors as users write them.

import { bytes, type Codec, json, jsonOf, processor, text, topic } from 'processor';
import { type Startable, start } from 'processor/engine';
import { z } from 'zod';
import { avroEnriched, avroOrder } from '../inputs/schemas.js';
import { type Enriched, enrich, isHundredth, type Order } from '../workloads/enrichment.js';
import type { SideOptions } from './options.js';
import type { Tally } from './tally.js';

export async function runEngine(options: SideOptions, tally: Tally): Promise<() => Promise<void>> {
  const app = await start(processorOf(options, tally), {
    brokers: options.brokers,
    registry: options.registry,
    registerSchemas: true,
    ...(options.compression === 'lz4' ? {} : { settings: { 'compression.type': options.compression } }),
    onFact: ({ fact }) => {
      if (fact === 'batch-committed') tally.committed();
    },
  });
  app.finished.catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
  return () => app.stop();
}

function processorOf(options: SideOptions, tally: Tally): Startable {
  switch (options.workload) {
    case 'json-enrich':
      return enrichment(options, tally, jsonOf<Order>(), jsonOf<Enriched>());
    case 'json-validated':
      return enrichment(options, tally, json(ZodOrder), json(ZodEnriched));
    case 'avro-enrich':
      return enrichment(options, tally, avroOrder, avroEnriched);
    case 'pass-through':
    case 'pass-through-100':
    case 'pass-through-10k':
      return copies(options, tally, 1);
    case 'fan-out':
      return copies(options, tally, 3);
    case 'filter':
      return filter(options, tally);
  }
}

const ZodOrder = z.object({
  orderId: z.int().positive(),
  customerId: z.string(),
  date: z.iso.date(),
  quantity: z.int().positive(),
  cents: z.int().nonnegative(),
});
const ZodEnriched = ZodOrder.extend({ unitCents: z.number() });

function enrichment(options: SideOptions, tally: Tally, read: Codec<Order>, written: Codec<Enriched>): Startable {
  const { group: name, guarantee } = options;
  return processor({
    name,
    guarantee,
    input: topic(options.input, { key: text(), value: read }),
    outputs: { enriched: topic(options.output, { key: text(), value: written }) },
    handle(order, { out }) {
      tally.begin();
      out.enriched(order.key, enrich(order.value));
    },
  });
}

const opaque = { key: bytes(), value: bytes() };

function copies(options: SideOptions, tally: Tally, count: number): Startable {
  const { group: name, guarantee } = options;
  return processor({
    name,
    guarantee,
    input: topic(options.input, opaque),
    outputs: { copied: topic(options.output, opaque) },
    handle({ key, value }, { out }) {
      tally.begin();
      for (let copy = 0; copy < count; copy++) out.copied(key, value);
    },
  });
}

function filter(options: SideOptions, tally: Tally): Startable {
  const { group: name, guarantee } = options;
  return processor({
    name,
    guarantee,
    input: topic(options.input, opaque),
    outputs: { kept: topic(options.output, opaque) },
    handle(record, { out }) {
      tally.begin();
      if (isHundredth(record.value, 0)) out.kept(record.key, record.value);
    },
  });
}
