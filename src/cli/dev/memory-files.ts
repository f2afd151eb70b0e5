// How records get into a Kafka that is a model in this process, and out of it: one file of JSON lines for each topic. What is
// appended to the file of an input is sent; what is committed to an output is written to its file, in a folder that is made anew at
// each start. The files of inputs are the user's.

import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { AnyCodec } from '../../core/codec.js';
import type { TopologyTopic } from '../../core/topology.js';
import { OutputBatch } from '../../ports/output-batch.js';
import type { LiveModel } from '../../testing/live-model.js';
import { RecordDecoder } from '../decode-record.js';
import { appendLine, type LineTarget } from '../json-line.js';
import type { OpenCodec, TopicCodecs } from '../topic-codecs.js';
import { memoryOutputs } from './memory-folder.js';

export class MemoryFiles {
  readonly #model: LiveModel;
  readonly #folder: string;
  readonly #inputs: readonly Input[];
  readonly #outputs: ReadonlyMap<string, RecordDecoder>;
  readonly #timer: NodeJS.Timeout;
  #writing: Promise<void> | undefined;

  /** All that stands in the inputs' files is sent, and then what is appended to them. */
  static async open(model: LiveModel, folder: string, topics: readonly TopologyTopic[]): Promise<MemoryFiles> {
    const written = join(folder, memoryOutputs);
    rmSync(written, { recursive: true, force: true });
    mkdirSync(written, { recursive: true });
    const inputs: Input[] = [];
    for (const topic of model.inputs) {
      const target = {
        codecs: await codecsOf(topic, 'write', model),
        partitions: model.partitions.get(topic.name) ?? 1,
        turn: 0,
      };
      const file = join(folder, `${topic.name}.jsonl`);
      inputs.push({
        topic: topic.name,
        target,
        file,
        inode: 0,
        at: 0,
        line: 0,
        rest: 0,
        restSinceMs: 0,
        isRestTold: false,
      });
    }
    const outputs = new Map<string, RecordDecoder>();
    for (const name of model.outputs) {
      const definition = topics.find((topic) => topic.name === name);
      const codecs = definition && (await codecsOf(definition, 'read', model));
      outputs.set(name, new RecordDecoder(codecs, model.registry));
    }
    return new MemoryFiles(model, written, inputs, outputs);
  }

  private constructor(
    model: LiveModel,
    folder: string,
    inputs: readonly Input[],
    outputs: ReadonlyMap<string, RecordDecoder>,
  ) {
    this.#model = model;
    this.#folder = folder;
    this.#inputs = inputs;
    this.#outputs = outputs;
    for (const { file } of inputs) if (!existsSync(file)) writeFileSync(file, '');
    this.#timer = setInterval(() => this.#look(), lookMs);
    this.#look();
  }

  /** Resolves when all that was committed is written, or it is said why it is not: what a processor has ended with counts more. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    await this.#write();
  }

  #look(): void {
    for (const input of this.#inputs) this.#read(input);
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  #read(input: Input): void {
    const lines = appended(input);
    tellRest(input);
    if (lines.length === 0) return;
    const batch = new OutputBatch([input.topic]);
    for (const line of lines) {
      input.line++;
      if (line.trim() === '') continue;
      try {
        appendLine(line, input.target, batch);
      } catch (error) {
        say(`line ${input.line} of ${input.file} cannot be sent: ${(error as Error).message}`);
      }
    }
    this.#model.send(batch);
  }

  async #write(): Promise<void> {
    for (const [name, decoder] of this.#outputs) {
      const lines: string[] = [];
      for (const record of this.#model.take(name)) lines.push(`${JSON.stringify(await decoder.decode(record))}\n`);
      if (lines.length === 0) continue;
      try {
        appendFileSync(this.#fileOf(name), lines.join(''));
      } catch (error) {
        say(`${lines.length} records of ${name} cannot be written: ${(error as Error).message}`);
      }
    }
  }

  #fileOf(topic: string): string {
    return join(this.#folder, `${topic}.jsonl`);
  }
}

interface Input {
  readonly topic: string;
  readonly target: LineTarget;
  readonly file: string;
  /** Of the file that was read last: an editor may put another one in its place. */
  inode: number;
  /** How many of its bytes are read. */
  at: number;
  /** Lines so far. */
  line: number;
  /** How many bytes stand behind its last whole line, … */
  rest: number;
  /** … since when, and whether that was said. */
  restSinceMs: number;
  isRestTold: boolean;
}

/** The whole lines that have come to a file; none where it is gone. One that was written anew is read from its beginning. */
function appended(input: Input): readonly string[] {
  if (!existsSync(input.file)) return [];
  const file = openSync(input.file, 'r');
  try {
    const { size, ino } = fstatSync(file);
    if (size < input.at || ino !== input.inode || !endsLine(file, input.at))
      Object.assign(input, { inode: ino, at: 0, line: 0 });
    const bytes = Buffer.alloc(size - input.at);
    const length = readSync(file, bytes, 0, bytes.length, input.at);
    // The last one may be in the middle of being written.
    const end = bytes.subarray(0, length).lastIndexOf('\n') + 1;
    input.at += end;
    noteRest(input, length - end);
    return bytes.toString('utf8', 0, end).split('\n').slice(0, -1);
  } finally {
    closeSync(file);
  }
}

/** What was read ended with a line; where no line ends now, the file has been written anew. */
function endsLine(file: number, at: number): boolean {
  if (at === 0) return true;
  const last = Buffer.alloc(1);
  return readSync(file, last, 0, 1, at - 1) === 1 && last.toString() === '\n';
}

function noteRest(input: Input, rest: number): void {
  if (rest !== input.rest) Object.assign(input, { rest, restSinceMs: performance.now(), isRestTold: false });
}

/** Some editors end no last line, and nothing else would say why it is not sent. */
function tellRest(input: Input): void {
  if (input.rest === 0 || input.isRestTold || performance.now() - input.restSinceMs < restMs) return;
  input.isRestTold = true;
  say(`line ${input.line + 1} of ${input.file} is not sent yet: no newline ends it`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function codecsOf(topic: TopologyTopic, use: 'read' | 'write', { registry }: LiveModel): Promise<TopicCodecs> {
  const open = async (part: 'key' | 'value'): Promise<OpenCodec> => {
    const codec: AnyCodec = topic[part];
    const serde = await codec.open({ topic: topic.name, part, use, registry, registerSchemas: true });
    return { format: codec.format, nullable: codec.nullable, serde };
  };
  return { key: await open('key'), value: await open('value') };
}

const lookMs = 100;
/** Whoever is still writing a line is done by then. */
const restMs = 1000;
