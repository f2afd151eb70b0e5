// How records get into a Kafka that is a model in this process, and out of it: one file of JSON lines for each topic. What is
// appended to the file of an input is sent; what is committed to an output is written to its file.

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

export class MemoryFiles {
  readonly #model: LiveModel;
  readonly #folder: string;
  readonly #inputs: readonly Input[];
  readonly #outputs: ReadonlyMap<string, RecordDecoder>;
  readonly #timer: NodeJS.Timeout;
  #writing: Promise<void> | undefined;

  /** All that stands in the inputs' files is sent, and then what is appended to them. */
  static async open(model: LiveModel, folder: string, topics: readonly TopologyTopic[]): Promise<MemoryFiles> {
    mkdirSync(folder, { recursive: true });
    const inputs: Input[] = [];
    for (const topic of model.inputs) {
      const target = {
        codecs: await codecsOf(topic, 'write', model),
        partitions: model.partitions.get(topic.name) ?? 1,
        turn: 0,
      };
      inputs.push({ topic: topic.name, target, file: join(folder, `${topic.name}.jsonl`), at: 0, line: 0 });
    }
    const outputs = new Map<string, RecordDecoder>();
    for (const name of model.outputs) {
      const definition = topics.find((topic) => topic.name === name);
      const codecs = definition && (await codecsOf(definition, 'read', model));
      outputs.set(name, new RecordDecoder(codecs, model.registry));
    }
    return new MemoryFiles(model, folder, inputs, outputs);
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
    for (const name of outputs.keys()) rmSync(this.#fileOf(name), { force: true });
    this.#timer = setInterval(() => this.#look(), lookMs);
    this.#look();
  }

  /** Resolves when all that was committed is written. */
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
    if (lines.length === 0) return;
    const batch = new OutputBatch([input.topic]);
    for (const line of lines) {
      input.line++;
      if (line.trim() === '') continue;
      try {
        appendLine(line, input.target, batch);
      } catch (error) {
        process.stderr.write(`line ${input.line} of ${input.file} cannot be sent: ${(error as Error).message}\n`);
      }
    }
    this.#model.send(batch);
  }

  async #write(): Promise<void> {
    for (const [name, decoder] of this.#outputs) {
      const lines: string[] = [];
      for (const record of this.#model.take(name)) lines.push(`${JSON.stringify(await decoder.decode(record))}\n`);
      if (lines.length > 0) appendFileSync(this.#fileOf(name), lines.join(''));
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
  /** How many of its bytes are read. */
  at: number;
  /** Lines so far. */
  line: number;
}

/** The whole lines that have come to a file; none where it is gone. One that was written anew is read from its beginning. */
function appended(input: Input): readonly string[] {
  if (!existsSync(input.file)) return [];
  const file = openSync(input.file, 'r');
  try {
    const { size } = fstatSync(file);
    if (size < input.at) Object.assign(input, { at: 0, line: 0 });
    const bytes = Buffer.alloc(size - input.at);
    const length = readSync(file, bytes, 0, bytes.length, input.at);
    // The last one may be in the middle of being written.
    const end = bytes.subarray(0, length).lastIndexOf('\n') + 1;
    input.at += end;
    return bytes.toString('utf8', 0, end).split('\n').slice(0, -1);
  } finally {
    closeSync(file);
  }
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
