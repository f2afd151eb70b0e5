// From what an author wrote to the topology that the engine runs. Every mistake that can be seen without a connection is
// refused here, whatever the compiler let through.

import { isGeneratorFunction } from 'node:util/types';
import {
  deadLetterTopics,
  type ErrorPolicies,
  type Guarantee,
  type Sink,
  type SourceHandler,
  type Start,
  type Subtopology,
  type Topology,
} from '../core/topology.js';
import { didYouMean } from '../errors/did-you-mean.js';
import { invalidOption, refuseUnknownOptions, requireObject } from '../errors/options.js';
import { ProcessorError } from '../errors/processor-error.js';
import { checkTopics } from './check-topics.js';
import { fail, requireFinalPolicy, requirePolicy } from './error-policy.js';
import { oneOf, requireName, waitMs } from './options.js';
import { type AnyTopic, isTopic } from './topic.js';

const guarantees: readonly Guarantee[] = ['exactly-once', 'at-least-once', 'at-most-once'];
const starts: readonly Start[] = ['earliest', 'latest', 'refuse'];
const options = [
  'name',
  'input',
  'outputs',
  'feedsItself',
  'guarantee',
  'start',
  'onError',
  'handlerTimeout',
  'handle',
];

export function buildTopology(per: SourceHandler['per'], spec: unknown): Topology {
  requireObject('processor', spec);
  const name = requireName('processor', spec['name']);
  const owner = `processor '${name}'`;
  refuseUnknownOptions(owner, spec, options);
  const { feedsItself = false, guarantee = 'exactly-once', start = 'earliest', handlerTimeout = '10s' } = spec;
  const topology: Topology = Object.freeze({
    name,
    guarantee: oneOf(owner, 'guarantee', guarantee, guarantees),
    start: oneOf(owner, 'start', start, starts),
    onError: policies(owner, spec['onError']),
    handlerTimeoutMs: waitMs(owner, 'handlerTimeout', handlerTimeout, 1),
    subtopologies: Object.freeze(subtopologies(owner, per, spec['input'], spec['handle'])),
    sinks: Object.freeze(sinks(owner, spec['outputs'])),
  });
  checkTopics([topology]);
  checkDeadLetters(owner, topology);
  if (!isMeant(owner, feedsItself)) checkOutputs(owner, topology);
  return topology;
}

function policies(owner: string, given: unknown = {}): ErrorPolicies {
  const where = `onError of ${owner}`;
  requireObject(where, given);
  refuseUnknownOptions(where, given, ['decode', 'handle', 'encode']);
  const { decode = fail(), handle = fail(), encode = fail() } = given;
  return Object.freeze({
    decode: requireFinalPolicy(where, 'decode', decode),
    handle: requirePolicy(where, 'handle', handle),
    encode: requireFinalPolicy(where, 'encode', encode),
  });
}

/** Inputs share no store, so each is a subtopology of its own, named by its topic (E1). */
function subtopologies(owner: string, per: SourceHandler['per'], input: unknown, handle: unknown): Subtopology[] {
  if (isTopic(input)) return [subtopology(owner, per, input, 'handle', handle)];
  const inputs = topicsByName(owner, 'input', input);
  if (inputs.length === 0)
    throw invalidOption(owner, 'input', input, 'It is a topic, or topics by name: { orders, payments }.');
  if (typeof handle !== 'object' || handle === null)
    throw invalidOption(
      owner,
      'handle',
      handle,
      `With several inputs it has a handler for each: { ${inputs[0]?.[0]}(record, context) { … } }.`,
    );
  for (const extra of Object.keys(handle)) {
    const names = inputs.map(([name]) => name);
    if (names.includes(extra)) continue;
    throw new ProcessorError('PRC_HANDLER_WITHOUT_INPUT', {
      owner,
      handler: extra,
      suggestion: didYouMean(extra, names),
    });
  }
  const handlers = handle as Readonly<Record<string, unknown>>;
  const seen = new Map<string, string>();
  return inputs.map(([name, topic]) => {
    const other = seen.get(topic.name);
    if (other !== undefined)
      throw new ProcessorError('PRC_INPUT_TWICE', { owner, topic: topic.name, one: other, other: name });
    seen.set(topic.name, name);
    return subtopology(owner, per, topic, `handle.${name}`, Object.hasOwn(handlers, name) ? handlers[name] : undefined);
  });
}

function subtopology(
  owner: string,
  per: SourceHandler['per'],
  topic: AnyTopic,
  where: string,
  handle: unknown,
): Subtopology {
  if (handle === undefined)
    throw new ProcessorError('PRC_HANDLER_MISSING', { owner, topic: topic.name, handler: where, per });
  // A generator's body runs when somebody iterates, which nobody would.
  if (typeof handle !== 'function' || isGeneratorFunction(handle))
    throw invalidOption(owner, where, handle, `It is a function, asynchronous or not: (${per}, context) => { … }.`);
  const handler = Object.freeze({ per, handle }) as SourceHandler;
  return Object.freeze({ name: topic.name, source: Object.freeze({ topic, handler }) });
}

function sinks(owner: string, outputs: unknown = {}): Sink[] {
  const seen = new Map<string, string>();
  return topicsByName(owner, 'outputs', outputs).map(([name, topic]) => {
    if (!identifier.test(name) || name === '__proto__')
      throw new ProcessorError('PRC_OUTPUT_NAME_INVALID', { owner, output: name });
    // Nothing needs two names for one topic, and a slip of the hand makes them.
    const other = seen.get(topic.name);
    if (other !== undefined)
      throw new ProcessorError('PRC_OUTPUT_TWICE', { owner, topic: topic.name, one: other, other: name });
    seen.set(topic.name, name);
    return Object.freeze({ name, topic });
  });
}

const identifier = /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u;

function topicsByName(owner: string, option: string, given: unknown): [string, AnyTopic][] {
  const expected = `It is ${option === 'input' ? 'a topic, or ' : ''}topics by name: { orders, payments }.`;
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalidOption(owner, option, given, expected);
  return Object.entries(given).map(([name, topic]: [string, unknown]) => {
    if (isTopic(topic)) return [name, topic];
    throw invalidOption(owner, `${option}.${name}`, topic, 'It is what topic() gave back.');
  });
}

function isMeant(owner: string, feedsItself: unknown): boolean {
  if (typeof feedsItself === 'boolean') return feedsItself;
  throw invalidOption(owner, 'feedsItself', feedsItself, 'It is true or false.');
}

/** One record would become another one and that one the next, for ever, unless the handler comes to an end by itself. */
function checkOutputs(owner: string, topology: Topology): void {
  const inputs = topology.subtopologies.map(({ source }) => source.topic.name);
  const sink = topology.sinks.find(({ topic }) => inputs.includes(topic.name));
  if (sink !== undefined)
    throw new ProcessorError('PRC_OUTPUT_LOOP', { owner, output: sink.name, topic: sink.topic.name });
}

/** A dead letter in an input would be handled, fail, and be a dead letter again, for ever. */
function checkDeadLetters(owner: string, topology: Topology): void {
  for (const topic of deadLetterTopics('', topology)) {
    requireName('topic', topic);
    if (topology.subtopologies.some(({ source }) => source.topic.name === topic))
      throw new ProcessorError('PRC_DEAD_LETTER_LOOP', { owner, topic });
  }
}
