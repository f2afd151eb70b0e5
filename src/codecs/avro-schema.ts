// From a schema to the types that read and write its values, and what to tell an author whose value or schema does not
// fit. avsc parses names, namespaces, defaults and aliases; which class a type gets is decided here.

import {
  type AvroType,
  BaseType,
  isLogical,
  isUnion,
  type Readable,
  type ResolverOptions,
  type SchemaObject,
  type TypeOptions,
} from './avro-avsc.js';
import { ArrayType, MapType } from './avro-containers.js';
import { isKnownLogical, logicalType, looksOfLogical } from './avro-logical.js';
import { attempt } from './avro-resolution.js';
import {
  bigLongType,
  booleanType,
  bytesType,
  doubleType,
  EnumType,
  FixedType,
  floatType,
  intType,
  isBigLong,
  longType,
  nullType,
  RecordType,
  stringType,
} from './avro-types.js';
import { UnionType } from './avro-union.js';

export interface CompileOptions {
  /** What a `long` is to JavaScript. Default number. */
  readonly long?: 'number' | 'bigint';
  /** Whether a logical type that breaks its rules is refused. Otherwise it is read as what it is stored in. Default false. */
  readonly strict?: boolean;
}

/** The type of a parsed schema. Throws an error that says what is wrong with the schema. */
export function compileSchema(schema: unknown, { long = 'number', strict = false }: CompileOptions = {}): AvroType {
  const primitives: Readonly<Record<string, AvroType>> = {
    null: nullType,
    boolean: booleanType,
    int: intType,
    long: long === 'bigint' ? bigLongType : longType,
    float: floatType,
    double: doubleType,
    bytes: bytesType,
    string: stringType,
  };

  function typeHook(part: unknown, options: TypeOptions): AvroType | undefined {
    if (typeof part === 'string') return Object.hasOwn(primitives, part) ? primitives[part] : undefined;
    if (Array.isArray(part)) return new UnionType(part, options);
    if (typeof part !== 'object' || part === null) throw new Error(`${JSON.stringify(part)} is not a type`);
    if (!isKnownLogical(part)) return typeOf(part, options);
    const stored = typeOf(part, options);
    try {
      const logical = logicalType(part, stored);
      // What refers to it by name means all of it.
      if (stored.name !== undefined) options.registry[stored.name] = logical;
      return logical;
    } catch (error) {
      if (strict) throw error;
      return stored;
    }
  }

  function typeOf(part: SchemaObject, options: TypeOptions): AvroType {
    const { type } = part;
    switch (type) {
      case 'record':
      case 'error':
        return new RecordType(part, options);
      case 'enum':
        return new EnumType(part, options);
      case 'fixed':
        return new FixedType(part, options);
      case 'array':
        return new ArrayType(part, options);
      case 'map':
        return new MapType(part, options);
      case undefined:
        throw new Error(`${JSON.stringify(part)} has no type`);
      default:
        // { type: 'string' }, { type: 'SomeName' }, { type: { … } } all stand for what is inside.
        return BaseType.forSchema(type, options);
    }
  }

  // No inherited names: a record may be called 'constructor'.
  const registry = Object.create(null) as Record<string, AvroType>;
  return BaseType.forSchema(schema, { registry, noAnonymousTypes: true, omitRecordMethods: true, typeHook });
}

/** What reads the writer's values as the reader's. Throws an error that says where and why the two do not fit. */
export function resolve(reader: AvroType, writer: AvroType): Readable {
  const options = resolverOptions();
  const resolver = attempt(reader, writer, options);
  if (resolver instanceof Error) throw new Error(misfit(reader, writer, '', new Set()) ?? resolver.message);
  // The same layout and the same meaning everywhere: the type itself reads twice as fast as a resolver.
  return options.unreadable.length === 0 && reader.equals(writer) ? reader : resolver;
}

/** The first place where a value does not fit the type, in the author's words; undefined if it fits. */
export function invalidity(type: AvroType, value: unknown): string | undefined {
  let problem: string | undefined;
  try {
    type.isValid(value, {
      errorHook(path, found, expected) {
        problem ??= `${path.length > 0 ? `${path.join('.')} ` : ''}should be ${describe(expected)} and is ${given(found, expected)}`;
      },
    });
  } catch (error) {
    // A getter that throws, or an object that contains itself.
    problem ??= error instanceof RangeError ? 'it is nested too deeply, or contains itself' : String(error);
  }
  return problem;
}

function resolverOptions(): ResolverOptions {
  return { ignoreNamespaces: true, registry: {}, unreadable: [] };
}

/** Walks down to the smallest part that cannot be read, for its path. */
function misfit(reader: AvroType, writer: AvroType, path: string, seen: Set<AvroType>): string | undefined {
  const failure = attempt(reader, writer, resolverOptions());
  if (!(failure instanceof Error) || seen.has(reader)) return undefined;
  seen.add(reader);
  const parts = partsOf(reader, writer);
  for (const [name, readerPart, writerPart] of parts) {
    const inner = misfit(readerPart, writerPart, path === '' ? name : `${path}.${name}`, seen);
    if (inner !== undefined) return inner;
  }
  return `${path === '' ? '' : `${path}: `}${failure.message}`;
}

interface Parts {
  readonly fields?: readonly { readonly name: string; readonly aliases: readonly string[]; readonly type: AvroType }[];
  readonly itemsType?: AvroType;
  readonly valuesType?: AvroType;
}

function partsOf(reader: AvroType & Parts, writer: AvroType & Parts): [string, AvroType, AvroType][] {
  if (reader.itemsType && writer.itemsType) return [['[]', reader.itemsType, writer.itemsType]];
  if (reader.valuesType && writer.valuesType) return [['{}', reader.valuesType, writer.valuesType]];
  return (reader.fields ?? []).flatMap(({ name, aliases, type }) => {
    const written = writer.fields?.find((field) => field.name === name || aliases.includes(field.name));
    return written ? [[name, type, written.type] as [string, AvroType, AvroType]] : [];
  });
}

function describe(type: AvroType & { readonly symbols?: readonly string[]; readonly size?: number }): string {
  if (isLogical(type)) return looksOfLogical(type);
  if (isUnion(type)) return (type as UnionType).describe();
  switch (type.typeName) {
    case 'int':
      return 'an int (a whole number of 32 bits)';
    case 'long':
      return isBigLong(type) ? 'a long (a bigint of 64 bits)' : 'a long (a whole number up to 2^53)';
    case 'float':
    case 'double':
      return 'a number';
    case 'bytes':
      return 'a Uint8Array';
    case 'fixed':
      return `a Uint8Array of ${type.size} bytes`;
    case 'enum':
      return (type.symbols ?? []).map((symbol) => `'${symbol}'`).join(' or ');
    case 'array':
      return 'an array';
    case 'map':
      return 'an object of values by key (not __proto__)';
    case 'record':
    case 'error':
      return `an object (${type.name})`;
    default:
      return `a ${type.typeName}`;
  }
}

/** Of a symbol that an enum does not have the word itself helps; it is one of few, or misspelt. */
function given(found: unknown, expected: AvroType): string {
  return typeof found === 'string' && expected.typeName === 'enum' ? `'${found.slice(0, 40)}'` : kindName(found);
}

/** What a value is, never the value itself: errors end up in logs, and values are people's data. */
function kindName(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'another whole number' : 'a number that is not whole';
  if (typeof value !== 'object') return `a ${typeof value}`;
  return value.constructor?.name ? `a ${value.constructor.name}` : 'an object';
}
