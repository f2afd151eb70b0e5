// What a subtopology's state depends on, as a short text that travels with each committed offset (E16), beside the id of the topic: another hash means
// that whoever committed it grouped other sources or stores under the same name. Handlers, outputs, codecs and policies are no
// part of it, so that new code can roll out. Pure.

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
  /** Another topic of the same name, made after this one was deleted, has another id. */
  readonly topicId: string;
}

/** The metadata of an offset that a task commits. */
export function offsetMetadata({ topologyHash: hash, topicId }: OffsetOrigin): string {
  return `topology ${hash} topic ${topicId}`;
}

/** The origin in an offset's metadata; undefined where somebody else has committed it, a tool that resets offsets for one. */
export function originIn(metadata: string): OffsetOrigin | undefined {
  const [, hash, topicId] = /^topology (\S+) topic (\S+)$/.exec(metadata) ?? [];
  return hash === undefined || topicId === undefined ? undefined : { topologyHash: hash, topicId };
}
