// The instance of a soak: a processor as a user writes it, in a process of its own that writes down what it holds.

import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { processor, text, topic } from 'processor';
import { type Fact, start } from 'processor/engine';
import { childOptions, giveResult, untilEndIsWanted } from './child.js';

export interface SoakInstanceOptions {
  readonly brokers: string;
  readonly processor: string;
  readonly input: string;
  readonly output: string;
  /** Gets a sample as a JSON line every `sampleMs`. */
  readonly sampleFile: string;
  readonly sampleMs: number;
}

export interface SoakSample {
  /** Since the instance was started. */
  readonly atMs: number;
  /** Bytes, as the three below. */
  readonly rss: number;
  readonly heap: number;
  readonly external: number;
  readonly descriptors: number;
  readonly threads: number;
  readonly cpuSeconds: number;
  readonly transactions: number;
  readonly records: number;
  readonly aborts: number;
  readonly producersReplaced: number;
}

const options = childOptions() as SoakInstanceOptions;
const ending = untilEndIsWanted();
const counts = { transactions: 0, records: 0, aborts: 0, producersReplaced: 0 };
const input = topic(options.input, { key: text(), value: text() });
const out = topic(options.output, { key: text(), value: text() });
const soak = processor({
  name: options.processor,
  input,
  outputs: { out },
  handle(record, { out: to }) {
    to.out(record.key, record.value);
  },
});
const app = await start(soak, {
  brokers: options.brokers,
  onFact: (fact) => {
    if (fact.fact === 'batch-committed') {
      counts.transactions++;
      counts.records += fact.records;
    } else if (fact.fact === 'batch-aborted') counts.aborts++;
    else if (fact.fact === 'producer-replaced') counts.producersReplaced++;
    if (!isQuiet(fact)) process.stderr.write(`${new Date().toISOString()} ${told(fact)}\n`);
  },
});
writeFileSync(options.sampleFile, '');
const sampling = setInterval(
  () => appendFileSync(options.sampleFile, `${JSON.stringify(sample())}\n`),
  options.sampleMs,
);
await Promise.race([ending, app.finished]);
const last = sample();
clearInterval(sampling);
await app.stop();
await app.finished;
giveResult(last);
process.stdin.destroy();

/** What happens all the time, or tells nothing about why a healthy run is not one. */
function isQuiet({ fact }: Fact): boolean {
  return fact === 'batch-committed' || fact.startsWith('partition-') || fact.startsWith('processor-');
}

function told(fact: Fact): string {
  return JSON.stringify('error' in fact ? { ...fact, error: fact.error.message } : fact);
}

function sample(): SoakSample {
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    atMs: Math.round(performance.now()),
    rss,
    heap: heapUsed,
    external,
    // One of them is the folder that is being read.
    descriptors: readdirSync('/proc/self/fd').length - 1,
    threads: Number(/^Threads:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]),
    cpuSeconds: (user + system) / 1e6,
    ...counts,
  };
}
