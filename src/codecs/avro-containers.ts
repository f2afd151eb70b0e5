// Arrays and maps, bounded by what their bytes can hold.

import {
  type AvroType,
  BaseType,
  type CheckHook,
  type CopyOptions,
  type Readable,
  type Resolver,
  type ResolverOptions,
  type SchemaObject,
  type TypeClass,
  type TypeOptions,
  type WriteTap,
} from './avro-avsc.js';
import { branchwise } from './avro-resolution.js';
import type { AvroTap } from './avro-tap.js';

const OwnType: TypeClass = branchwise(BaseType);

export class ArrayType extends OwnType {
  override readonly typeName = 'array';
  readonly itemsType: AvroType;

  constructor(schema: SchemaObject, options: TypeOptions) {
    super();
    if (schema.items === undefined) throw new Error('an array without items');
    this.itemsType = BaseType.forSchema(schema.items, options);
  }

  override _read(tap: AvroTap): unknown {
    return readArray(tap, this.itemsType);
  }

  override _skip(tap: AvroTap): void {
    tap.enter();
    while (tap.skipBlock(() => this.itemsType._skip(tap)));
    tap.leave();
  }

  override _write(tap: WriteTap, value: unknown): void {
    if (!Array.isArray(value)) throw new Error('not an array');
    if (value.length > 0) {
      tap.writeLong(value.length);
      for (let i = 0; i < value.length; i++) this.itemsType._write(tap, value[i]);
    }
    tap.writeLong(0);
  }

  override _check(value: unknown, flags: number, hook: CheckHook | undefined, path: string[]): boolean {
    if (!Array.isArray(value)) {
      hook?.(value, this);
      return false;
    }
    return checkAll(value.entries(), this.itemsType, flags, hook, path);
  }

  override _copy(value: unknown, options?: CopyOptions): unknown {
    if (!Array.isArray(value)) throw new Error('not an array');
    return value.map((item) => this.itemsType._copy(item, options));
  }

  override _update(resolver: Resolver, writer: AvroType, options: ResolverOptions): void {
    if (writer.typeName !== 'array') return;
    const items = this.itemsType.createResolver((writer as ArrayType).itemsType, options);
    resolver._read = (tap) => readArray(tap, items);
  }

  override _deref(schema: Record<string, unknown>, options: object): unknown {
    schema['items'] = this.itemsType._attrs(options);
    return undefined;
  }
}

export class MapType extends OwnType {
  override readonly typeName = 'map';
  readonly valuesType: AvroType;

  constructor(schema: SchemaObject, options: TypeOptions) {
    super();
    if (schema.values === undefined) throw new Error('a map without values');
    this.valuesType = BaseType.forSchema(schema.values, options);
  }

  override _read(tap: AvroTap): unknown {
    return readMap(tap, this.valuesType);
  }

  override _skip(tap: AvroTap): void {
    const skipEntry = () => {
      tap.skipString();
      this.valuesType._skip(tap);
    };
    tap.enter();
    while (tap.skipBlock(skipEntry));
    tap.leave();
  }

  override _write(tap: WriteTap, value: unknown): void {
    if (!isPlainObject(value)) throw new Error('not a map');
    const keys = Object.keys(value);
    if (keys.length > 0) {
      tap.writeLong(keys.length);
      for (const key of keys) {
        if (key === '__proto__') throw new Error('a map with the key __proto__');
        tap.writeString(key);
        this.valuesType._write(tap, value[key]);
      }
    }
    tap.writeLong(0);
  }

  override _check(value: unknown, flags: number, hook: CheckHook | undefined, path: string[]): boolean {
    if (!isPlainObject(value) || Object.hasOwn(value, '__proto__')) {
      hook?.(value, this);
      return false;
    }
    return checkAll(Object.entries(value), this.valuesType, flags, hook, path);
  }

  override _copy(value: unknown, options?: CopyOptions): unknown {
    if (!isPlainObject(value)) throw new Error('not a map');
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.valuesType._copy(item, options)]));
  }

  override _update(resolver: Resolver, writer: AvroType, options: ResolverOptions): void {
    if (writer.typeName !== 'map') return;
    const values = this.valuesType.createResolver((writer as MapType).valuesType, options);
    resolver._read = (tap) => readMap(tap, values);
  }

  override _deref(schema: Record<string, unknown>, options: object): unknown {
    schema['values'] = this.valuesType._attrs(options);
    return undefined;
  }
}

function readArray(tap: AvroTap, items: Readable): unknown[] {
  const array: unknown[] = [];
  tap.enter();
  for (let count = tap.readCount(); count !== 0; count = tap.readCount()) {
    for (let i = 0; i < count; i++) array.push(items._read(tap));
  }
  tap.leave();
  return array;
}

function readMap(tap: AvroTap, values: Readable): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  tap.enter();
  for (let count = tap.readCount(); count !== 0; count = tap.readCount()) {
    for (let i = 0; i < count; i++) {
      const key = tap.readString();
      // Assigned, it would become the object's prototype, and what it holds would seem to be the map's own defaults.
      if (key === '__proto__') throw new Error('a map has the key __proto__');
      map[key] = values._read(tap);
    }
  }
  tap.leave();
  return map;
}

function checkAll(
  entries: Iterable<[number | string, unknown]>,
  type: AvroType,
  flags: number,
  hook: CheckHook | undefined,
  path: string[],
): boolean {
  let fits = true;
  for (const [key, item] of entries) {
    path?.push(String(key));
    fits = type._check(item, flags, hook, path) && fits;
    path?.pop();
    if (!fits && !hook) return false;
  }
  return fits;
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
