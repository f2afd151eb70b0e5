// An embedded registry, and codecs opened on it over HTTP, for the tests of the Avro codec.

import { httpRegistry } from '../../src/adapters/schema-registry/http-registry.js';
import { wireHeaderBytes, writeHeader } from '../../src/codecs/registry-wire-format.js';
import { ByteSlab } from '../../src/core/byte-slab.js';
import type { Codec, SchemaRegistry, Serde } from '../../src/core/codec.js';
import { RegistryState } from '../../src/embedded/schema-registry/registry-state.js';
import {
  type EmbeddedRegistry,
  memoryStorage,
  startEmbeddedRegistry,
} from '../../src/embedded/schema-registry/server.js';

export interface Desk {
  readonly registry: SchemaRegistry;
  /** Opens the codec for the values of a topic of its own, registers its schema, and takes any other version after it. */
  writer<R, W>(codec: Codec<R, W>): Promise<Serde<R, W>>;
  reader<R, W>(codec: Codec<R, W>): Promise<Serde<R, W>>;
  /** Bytes of a value that some producer wrote with this schema, registered by it. */
  written(schema: unknown, value: string | Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}

export async function openDesk(): Promise<Desk> {
  const server: EmbeddedRegistry = await startEmbeddedRegistry();
  return { ...deskAt(httpRegistry({ url: server.url })), close: () => server.stop() };
}

/** A desk whose registry is asked without HTTP between, for tests with hundreds of schemas. */
export async function openLocalDesk(): Promise<Desk> {
  const state = await RegistryState.load(memoryStorage());
  const typed = (schema: string) => ({ schemaType: 'AVRO' as const, schema });
  const known = (subject: string) => state.subjects().includes(subject);
  return deskAt({
    schemaById: async (id) => state.byId(id).schema,
    idOf: async (subject, schema) => (known(subject) ? state.lookUp(subject, typed(schema)).id : undefined),
    register: (subject, schema) => state.register(subject, typed(schema)),
  });
}

function deskAt(registry: SchemaRegistry): Desk {
  let topics = 0;
  const open = async <R, W>(codec: Codec<R, W>, use: 'read' | 'write') =>
    codec.open({ topic: `topic-${topics++}`, part: 'value', use, registry, registerSchemas: true });
  return {
    registry,
    writer: (codec) => open(codec, 'write'),
    reader: (codec) => open(codec, 'read'),
    async written(schema, value) {
      const id = await registry.register(`other-${topics++}`, JSON.stringify(schema));
      const header = new Uint8Array(wireHeaderBytes);
      writeHeader(header, 0, id);
      return Buffer.concat([header, typeof value === 'string' ? hex(value) : value]);
    },
    close: async () => {},
  };
}

export function encode<W>(serde: Serde<unknown, W>, value: W): Uint8Array {
  const slab = new ByteSlab(16);
  serde.encode(value, slab);
  return slab.bytes.slice(0, slab.position);
}

/** As the engine does: what is missing is loaded first. */
export async function decode<R>(serde: Serde<R, never>, bytes: Uint8Array): Promise<R> {
  await serde.missing?.(bytes, 0, bytes.length);
  return serde.decode(bytes, 0, bytes.length);
}

/** Bytes from hexadecimal digits, with spaces where they help. */
export function hex(digits: string): Uint8Array {
  return new Uint8Array(Buffer.from(digits.replaceAll(' ', ''), 'hex'));
}
