// Where an offset comes from, as a short text that travels with it (E16). Another hash means that whoever committed it grouped
// other sources or stores under the same name; another id, that the topic whose records it counts is gone. Handlers, outputs,
// codecs and policies are no part of the hash, so that new code can roll out. Pure.

import { murmur2 } from './murmur2.js';
import type { Subtopology } from './topology.js';

/** Eight hexadecimal digits. */
export function topologyHash({ name, source }: Subtopology): string {
  const text = JSON.stringify({ name, sources: [source.topic.name], stores: [] });
  // Topics' names are ASCII, and so is the rest.
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return (murmur2(bytes, 0, bytes.length) >>> 0).toString(16).padStart(8, '0');
}

/** What an offset counts: the records of this topic, for this topology. */
export interface OffsetOrigin {
  readonly topologyHash: string;
  /** Another topic of the same name, made after this one was deleted, has another id. Undefined where brokers know of none. */
  readonly topicId: string | undefined;
}

/** The metadata of an offset that a task commits: `topology 5c1e0b9a topic 8q2Rv…`. */
export function offsetMetadata({ topologyHash: hash, topicId }: OffsetOrigin): string {
  return topicId === undefined ? `${hashWord} ${hash}` : `${hashWord} ${hash} ${topicWord} ${topicId}`;
}

/** The origin in an offset's metadata; undefined where somebody else has committed it, a tool that resets offsets for one. */
export function originIn(metadata: string): OffsetOrigin | undefined {
  const [word, hash, nextWord, topicId] = metadata.split(' ');
  if (word !== hashWord || hash === undefined) return undefined;
  return { topologyHash: hash, topicId: nextWord === topicWord ? topicId : undefined };
}

const hashWord = 'topology';
const topicWord = 'topic';
