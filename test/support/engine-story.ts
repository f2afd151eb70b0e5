// What a test says about a processor, and the topology that comes of it. Knows nothing of the test runner: child processes
// of tests use it too.

import { randomBytes } from 'node:crypto';
import { bytes } from '../../src/codecs/bytes.js';
import { nullable } from '../../src/codecs/nullable.js';
import { text } from '../../src/codecs/text.js';
import type { AnyCodec } from '../../src/core/codec.js';
import type { EmitOptions, Headers } from '../../src/core/record.js';
import type { ErrorPolicies, Guarantee, Start, Topology, TopologyTopic } from '../../src/core/topology.js';

/** An input record with texts in it. */
export interface TextRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string;
  readonly headers: Headers;
}

export type Emit = (key: string | null, value: string | null, options?: EmitOptions) => void;

export interface TextContext {
  /** The story's outputs; one that it does not name is not there. */
  readonly out: { readonly out: Emit; readonly out2: Emit };
  readonly signal: AbortSignal;
}

export type Handle = (record: TextRecord, context: TextContext) => unknown;
export type HandleBatch = (batch: Iterable<TextRecord> & { readonly length: number }, context: TextContext) => unknown;

export interface Story {
  readonly name?: string;
  /** Topics that exist. One handler for all of them. */
  readonly input: string | readonly string[];
  /** Topics that exist; handlers call the first one `out`, the second `out2`. Default: none. */
  readonly outputs?: readonly string[];
  /** Default: copies key and value to each output. */
  readonly handle?: Handle;
  readonly handleBatch?: HandleBatch;
  readonly onError?: Partial<ErrorPolicies>;
  readonly guarantee?: Guarantee;
  readonly start?: Start;
  readonly handlerTimeoutMs?: number;
  /** Default: text, key and value. */
  readonly inputValue?: AnyCodec;
  readonly outputValue?: AnyCodec;
}

export function topology(story: Story): Topology {
  const {
    name = `processor-${randomBytes(4).toString('hex')}`,
    input,
    outputs = [],
    inputValue = text(),
    outputValue,
  } = story;
  const inputs = typeof input === 'string' ? [input] : input;
  const handle: Handle =
    story.handle ?? (({ key, value }, { out }) => outputs.forEach((_, i) => out[sinkName(i)](key, value)));
  return {
    name,
    guarantee: story.guarantee ?? 'exactly-once',
    start: story.start ?? 'earliest',
    handlerTimeoutMs: story.handlerTimeoutMs ?? 10_000,
    onError: { decode: { policy: 'fail' }, handle: { policy: 'fail' }, encode: { policy: 'fail' }, ...story.onError },
    subtopologies: inputs.map((source) => ({
      name: source,
      source: {
        topic: { ...textTopic(source), value: inputValue },
        handler: story.handleBatch
          ? { per: 'batch' as const, handle: story.handleBatch }
          : { per: 'record' as const, handle },
      },
    })),
    sinks: outputs.map((output, i) => ({
      name: sinkName(i),
      topic: { ...textTopic(output), ...(outputValue ? { value: outputValue } : {}) },
    })),
  };
}

function textTopic(name: string): TopologyTopic {
  return { name, key: nullable(text()), value: nullable(text()) };
}

/** For inputs with tombstones. */
export const nullableText: AnyCodec = nullable(text());

/** For inputs whose records are to be reached as bytes. */
export const bytesValue: AnyCodec = bytes();

function sinkName(index: number): 'out' | 'out2' {
  return index === 0 ? 'out' : 'out2';
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}
