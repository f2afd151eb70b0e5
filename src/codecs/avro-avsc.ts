// What the Avro codec uses of avsc beyond its declared types: the methods by which avsc's types call each other. avsc is
// pinned to one version because of this file; the tests in test/codecs fail if a new one calls them otherwise.

import avsc from 'avsc';
import type { AvroTap } from './avro-tap.js';

/** The part of avsc's writing tap that our types use. It never fails: what does not fit is counted, not written. */
export interface WriteTap {
  writeLong(value: number): void;
  writeFixed(bytes: Buffer, length: number): void;
  writeString(value: string): void;
}

/** Reports that `value`, found at the current path, does not fit `type`. */
export type CheckHook = (value: unknown, type: AvroType) => void;

export interface CopyOptions {
  /** 2: from a JSON default; 3: to JSON. */
  readonly coerce?: number;
  /** 2: a JSON default, which is of a union's first branch. */
  readonly wrap?: number;
}

export interface Resolver {
  _read: ((this: Resolver, tap: AvroTap) => unknown) | null;
  _peek(tap: AvroTap): unknown;
  itemsType: Readable | null;
  valuesType: Readable | null;
}

/** What reads a value: a type its own values, a resolver those of a writer's type. */
export interface Readable {
  _read(tap: AvroTap): unknown;
}

export interface ResolverOptions {
  /** Names are compared without their namespace, as the specification says. */
  readonly ignoreNamespaces: true;
  /** avsc keeps the resolvers of records here, so that recursive ones end. */
  registry: Record<string, unknown>;
  /** Branches of writers' unions that cannot be read; that matters only where a value is of such a branch. */
  readonly unreadable: string[];
}

export interface AvroType {
  readonly typeName: string;
  readonly name?: string;
  readonly aliases?: readonly string[];
  readonly branchName: string | undefined;
  createResolver(writer: AvroType, options: ResolverOptions): Readable;
  encode(value: unknown, buffer: Buffer, position: number): number;
  isValid(value: unknown, options: { errorHook(path: string[], value: unknown, type: AvroType): void }): boolean;
  equals(type: AvroType): boolean;
  _attrs(options: object): unknown;
  _read(tap: AvroTap): unknown;
  _skip(tap: AvroTap): void;
  _write(tap: WriteTap, value: unknown): void;
  _check(value: unknown, flags: number, hook: CheckHook | undefined, path: string[]): boolean;
  _copy(value: unknown, options?: CopyOptions): unknown;
  /** Of records: the generated constructor that makes their values fast. */
  _createConstructor(...options: unknown[]): { prototype: object };
  _deref(schema: Record<string, unknown>, options: object): unknown;
  _update(resolver: Resolver, writer: AvroType, options: ResolverOptions): void;
}

export interface TypeOptions {
  namespace?: string;
  registry: Record<string, AvroType>;
  noAnonymousTypes: boolean;
  omitRecordMethods: boolean;
  typeHook(schema: unknown, options: TypeOptions): AvroType | undefined;
}

/** The attributes of a schema that our types look at. */
export interface SchemaObject {
  readonly type?: unknown;
  readonly items?: unknown;
  readonly values?: unknown;
  readonly size?: unknown;
  readonly logicalType?: unknown;
  readonly precision?: unknown;
  readonly scale?: unknown;
}

export type TypeClass = new (schema?: unknown, options?: TypeOptions) => AvroType;

interface AvscModule {
  readonly Type: TypeClass & {
    forSchema(schema: unknown, options: TypeOptions): AvroType;
    isType(value: unknown, ...kinds: string[]): boolean;
  };
  readonly types: Readonly<
    Record<
      'BooleanType' | 'DoubleType' | 'EnumType' | 'FloatType' | 'IntType' | 'NullType' | 'RecordType' | 'StringType',
      TypeClass
    >
  >;
}

const { Type, types } = avsc as unknown as AvscModule;
export const BaseType: AvscModule['Type'] = Type;
export const avscTypes: AvscModule['types'] = types;

export const isUnion = (type: AvroType): boolean => type.typeName.startsWith('union');
export const isLogical = (type: AvroType): type is AvroType & { readonly underlyingType: AvroType } =>
  type.typeName.startsWith('logical:');

/** Whether a reader's named type stands for the writer's: same name or an alias of it, namespaces aside. */
export function namesFit(reader: AvroType, writer: AvroType): boolean {
  const written = unqualified(writer.name ?? '');
  return [reader.name ?? '', ...(reader.aliases ?? [])].some((name) => unqualified(name) === written);
}

export function unqualified(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
