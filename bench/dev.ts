// How long a developer waits: from the start of `processor dev` in a folder that has run before until the processors work, and from
// the save of a source until the new code has handled a record. Ends with 1 if the median of the latter is above its bar.
//
//   node scripts/run.cjs bench/dev.ts                 five times each
//   node scripts/run.cjs bench/dev.ts --times 3

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { say } from '../demo/report.js';
import { SteadyWriter } from './steady-writer.js';

/** What the median may be at most. */
const reloadMsMax = 2000;
/** Between two edits: as somebody types, not as a loop does. */
const pauseMs = 2000;

const { values } = parseArgs({ options: { times: { type: 'string', default: '5' } } });
const times = Number(values.times);
const folder = mkdtempSync(join(tmpdir(), 'processor-dev-'));
const file = join(folder, 'processors/clock.ts');
mkdirSync(join(folder, 'processors'));

/** Says which version of it has handled a record. */
const source = (version: number): string => `
  import { processor, text, topic } from 'processor';
  const codecs = { key: text(), value: text(), partitions: 4 };
  export default processor({
    name: 'clock',
    input: topic('ticks', codecs),
    outputs: { done: topic('done', codecs) },
    handle(record, { out }) {
      out.done(record.key, record.value);
      console.log('handled by ${version}.');
    },
  });`;

/** One run of dev, and the lines that it prints. */
class Dev {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #lines: string[] = [];
  #brokers = '';

  constructor() {
    const bin = resolve('bin/processor.cjs');
    this.#child = spawn(process.execPath, [bin, 'dev', '--json', '--no-types'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#ended = new Promise((settle) => this.#child.on('exit', settle));
    if (this.#child.stdout) createInterface({ input: this.#child.stdout }).on('line', (line) => this.#lines.push(line));
  }

  /** Resolves when a line with this text has come. */
  async says(text: string): Promise<string> {
    for (;;) {
      const line = this.#lines.find((one) => one.includes(text));
      if (line !== undefined) return line;
      if (this.#child.exitCode !== null) throw new Error(`dev has ended: ${this.#lines.join('\n')}`);
      await wait(1);
    }
  }

  async isReady(): Promise<void> {
    const { brokers } = JSON.parse(await this.says('"event":"surroundings"')) as { readonly brokers: string };
    this.#brokers = brokers;
    await this.says('"event":"ready"');
  }

  get brokers(): string {
    return this.#brokers;
  }

  async end(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
  }
}

try {
  process.exitCode = (await measure()) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(): Promise<boolean> {
  writeFileSync(file, source(0));
  const starts: number[] = [];
  const reloads: number[] = [];
  for (let run = 0; run <= times; run++) {
    const startedMs = performance.now();
    const dev = new Dev();
    await dev.isReady();
    // The first one makes the data of Kafka.
    if (run > 0) starts.push(performance.now() - startedMs);
    if (run === times) await editAgainAndAgain(dev, reloads);
    await dev.end();
  }
  say(`start to ready: ${inWords(starts)}`);
  say(`edit to the first record by the new code: ${inWords(reloads)} (bar ${reloadMsMax} ms)`);
  return median(reloads) <= reloadMsMax;
}

async function editAgainAndAgain(dev: Dev, reloads: number[]): Promise<void> {
  const writer = await SteadyWriter.start(dev.brokers, 'ticks', 40);
  await dev.says('handled by 0.');
  for (let version = 1; version <= times; version++) {
    await wait(pauseMs);
    const savedMs = performance.now();
    writeFileSync(file, source(version));
    await dev.says(`handled by ${version}.`);
    reloads.push(performance.now() - savedMs);
  }
  await writer.stop();
}

function inWords(all: readonly number[]): string {
  const rounded = all.map((ms) => Math.round(ms));
  return `median ${Math.round(median(all))} ms of ${rounded.join(', ')}`;
}

function median(all: readonly number[]): number {
  return all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;
}
