// Handlers that do not do the same for the same record, each in a way of its own. A line that has to be named ends with a mark.

import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Context, InputRecord } from '../../../src/dsl/handler.js';
import type { AnyProcessor } from '../../../src/dsl/processor.js';
import { batchProcessor, int32, processor, text, topic } from '../../../src/index.js';

export const orders = topic('orders', { key: text(), value: text(), partitions: 2 });
const enriched = topic('enriched', { key: text(), value: text() });
const counts = topic('counts', { key: text(), value: int32() });

type Handle = (
  order: InputRecord<typeof orders>,
  context: Context<{ enriched: typeof enriched }>,
) => void | Promise<void>;

export interface Impure {
  readonly processor: AnyProcessor;
  readonly reason: string;
  /** What the message says of the reason. */
  readonly says: string | RegExp;
}

function impure(name: string, reason: string, says: string | RegExp, handle: Handle): Impure {
  return {
    processor: processor({ name: name.replaceAll(' ', '-'), input: orders, outputs: { enriched }, handle }),
    reason,
    says,
  };
}

let seen = 0;
const known = new Map<string, string>();
const attempts = new Map<string, number>();
const totals = { orders: 0 };
let previous = 'none';

export const records = ['a', 'b', 'a', 'c', 'b'].map((key, i) => ({ key, value: `order ${i}` }));

export const impureHandlers: readonly Impure[] = [
  impure('the time in a value', 'clock', 'Date.now()', ({ key, value }, { out }) => {
    const at = Date.now(); // asks: the time in a value
    out.enriched(key, `${value} ${at}`); // sends: the time in a value
  }),
  impure('a date', 'clock', 'new Date()', async ({ key, value }, { out }) => {
    await Promise.resolve();
    const at = new Date(); // asks: a date
    out.enriched(key, `${value} ${at.toISOString()}`); // sends: a date
  }),
  impure('the time that it took', 'clock', 'performance.now()', ({ key, value }, { out }) => {
    const ms = performance.now(); // asks: the time that it took
    out.enriched(key, `${value} ${ms}`); // sends: the time that it took
  }),
  impure('how old it is', 'clock', 'Date.now()', ({ key, value, timestamp }, { out }) => {
    const isLate = Date.now() - timestamp > 600_000; // asks: how old it is
    if (isLate)
      out.enriched(key, `${value} is late`); // sends: how old it is
    else out.enriched(key, value);
  }),
  impure('chance in a key', 'chance', 'Math.random()', ({ value }, { out }) => {
    const key = String(Math.random()); // asks: chance in a key
    out.enriched(key, value); // sends: chance in a key
  }),
  impure('an id in a header', 'chance', 'randomUUID()', ({ key, value }, { out }) => {
    const id = randomUUID(); // asks: an id in a header
    out.enriched(key, value, { headers: { id } }); // sends: an id in a header
  }),
  impure('the id of the web', 'chance', 'crypto.randomUUID()', ({ key, value }, { out }) => {
    const id = crypto.randomUUID(); // asks: the id of the web
    out.enriched(key, `${value} ${id}`); // sends: the id of the web
  }),
  impure('a time for the timestamp', 'clock', 'Date.now()', ({ key, value }, { out }) => {
    const timestamp = Date.now(); // asks: a time for the timestamp
    out.enriched(key, value, { timestamp }); // sends: a time for the timestamp
  }),
  impure('a counter of the module', 'state', 'a variable', ({ key, value }, { out }) => {
    out.enriched(key, `${value} is number ${++seen}`); // sends: a counter of the module
  }),
  impure('a map of the module', 'state', 'a cache', ({ key, value }, { out }) => {
    const before = known.get(key) ?? 'none';
    known.set(key, value);
    out.enriched(key, `${value} behind ${before}`); // sends: a map of the module
  }),
  impure('attempts', 'state', 'outlives the call', ({ key, partition, offset }, { out }) => {
    const id = `${partition}/${offset}`;
    const attempt = (attempts.get(id) ?? 0) + 1;
    attempts.set(id, attempt);
    out.enriched(key, attempt > 1 ? 'again' : 'first'); // sends: attempts
  }),
  impure('an object that is added to', 'state', 'outlives the call', async ({ key }, { out }) => {
    const total = Object.assign(totals, { orders: totals.orders + 1 });
    await Promise.resolve();
    out.enriched(key, JSON.stringify(total)); // sends: an object that is added to
  }),
  impure('a closure over the record before', 'state', 'a closure', ({ key, value }, { out }) => {
    const before = previous;
    previous = `${key} ${value}`;
    out.enriched(key, before); // sends: a closure over the record before
  }),
  impure('only the first time', 'state', 'whether there is an output', ({ key, value }, { out }) => {
    if (known.has(`first ${key}`)) return;
    known.set(`first ${key}`, value);
    out.enriched(key, value); // sends: only the first time
  }),
  impure('a variable beside the time', 'state', 'outlives the call', ({ key, partition, offset }, { out }) => {
    const id = `beside ${partition}/${offset}`;
    const isFirst = !known.has(id);
    known.set(id, new Date().toISOString());
    out.enriched(key, isFirst ? 'first' : 'again'); // sends: a variable beside the time
  }),
  impure('chance beside the time', 'chance', 'Math.random()', ({ key }, { out }) => {
    known.set('last', new Date().toISOString());
    const side = Math.random() < 0.5 ? 'heads' : 'tails'; // asks: chance beside the time
    out.enriched(key, side); // sends: chance beside the time
  }),
  impure('whether it is in the environment', 'environment', 'in process.env', ({ key }, { out }) => {
    const isRated = 'RATE' in process.env; // asks: whether it is in the environment
    out.enriched(key, `${isRated}`); // sends: whether it is in the environment
  }),
  impure('all of the environment', 'environment', 'process.env', ({ key }, { out }) => {
    const { RATE: rate = 'none' } = { ...process.env }; // asks: all of the environment
    out.enriched(key, rate); // sends: all of the environment
  }),
  impure('the environment', 'environment', 'process.env.RATE', ({ key, value }, { out }) => {
    const rate = process.env['RATE'] ?? 'none'; // asks: the environment
    out.enriched(key, `${value} at ${rate}`); // sends: the environment
  }),
  impure('the first of two timers', 'timers', 'setTimeout()', async ({ key, value }, { out }) => {
    const answer = async (ms: number, from: string): Promise<string> => {
      await setTimeout(ms); // asks: the first of two timers
      return from;
    };
    const first = await Promise.race([answer(2, 'the cache'), answer(3, 'the service')]);
    out.enriched(key, `${value} from ${first}`); // sends: the first of two timers
  }),
  impure('what is not awaited', 'escaped', 'not awaited', ({ key, value }, { out }) => {
    void Promise.resolve().then(() => {
      out.enriched(key, value); // sends: what is not awaited
    });
  }),
  impure('a timer that sends', 'escaped', 'not awaited', async ({ key, value }, { out }) => {
    globalThis.setTimeout(() => {
      out.enriched(key, value); // sends: a timer that sends
    }, 5);
    await Promise.resolve();
  }),
  {
    processor: batchProcessor({
      name: 'the-size-of-a-batch',
      input: orders,
      outputs: { counts },
      handle(batch, { out }) {
        out.counts(batch.at(0).key, batch.length); // sends: the size of a batch
      },
    }),
    reason: 'batching',
    says: 'batches',
  },
  impure('it fails the second time', 'failure', 'only where it is disrupted', ({ key, partition, offset }, { out }) => {
    const id = `fails ${partition}/${offset}`;
    if (attempts.has(id)) throw new Error('I was here before'); // sends: it fails the second time
    attempts.set(id, 1);
    out.enriched(key, id);
  }),
];
