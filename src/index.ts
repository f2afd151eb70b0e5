// The public names of `processor`: what a module imports to declare topics and processors. Loads no client.

export type { AvroCodec, AvroOptions, AvroRead, AvroSchema, AvroWrite } from './codecs/avro.js';
export { avro, avroOf } from './codecs/avro.js';
export { bytes } from './codecs/bytes.js';
export { json, jsonOf } from './codecs/json.js';
export { nullable } from './codecs/nullable.js';
export { float64, int32, int64 } from './codecs/number.js';
export { text } from './codecs/text.js';
export type { AnyCodec, ByteSink, Codec, CodecScope, SchemaRegistry, Serde } from './core/codec.js';
export type { EmitHeaders, EmitOptions, Headers } from './core/record.js';
export type {
  ErrorPolicies,
  FinalPolicy,
  Guarantee,
  RetryPolicy,
  Start,
  Topology,
  TopologyTopic,
} from './core/topology.js';
export { type Config, type ConfigProfile, defineConfig } from './dsl/define-config.js';
export type { Duration } from './dsl/duration.js';
export { type DeadLetterOptions, deadLetter, fail, type RetryOptions, retry, skip } from './dsl/error-policy.js';
export type { Batch, BatchHandler, Context, Emit, Handler, InputRecord, Out } from './dsl/handler.js';
export {
  type AnyProcessor,
  type BatchProcessorSpec,
  batchProcessor,
  type OnError,
  type Processor,
  type ProcessorSpec,
  processor,
} from './dsl/processor.js';
export {
  type AnyTopic,
  type Reads,
  type Topic,
  type TopicSpec,
  type Topics,
  topic,
  type Writes,
} from './dsl/topic.js';
export { type ErrorCode, isProcessorError, ProcessorError } from './errors/processor-error.js';
