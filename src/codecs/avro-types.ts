// The Avro types without parts. Ours where values differ from avsc's own: Uint8Array instead of Buffer, exact longs, enums
// that know their own symbols only. The others are avsc's.

import {
  type AvroType,
  avscTypes,
  BaseType,
  type CheckHook,
  type CopyOptions,
  namesFit,
  type Resolver,
  type ResolverOptions,
  type SchemaObject,
  type TypeClass,
  type TypeOptions,
  type WriteTap,
} from './avro-avsc.js';
import { branchwise } from './avro-resolution.js';
import type { AvroTap } from './avro-tap.js';

export const nullType: AvroType = new (branchwise(avscTypes.NullType))();
export const booleanType: AvroType = new (branchwise(avscTypes.BooleanType))();
export const intType: AvroType = new (branchwise(avscTypes.IntType))();
export const floatType: AvroType = new (branchwise(avscTypes.FloatType))();
export const doubleType: AvroType = new (branchwise(avscTypes.DoubleType))();
export const stringType: AvroType = new (branchwise(avscTypes.StringType))();

const OwnType: TypeClass = branchwise(BaseType);
const OwnEnumType: TypeClass = branchwise(avscTypes.EnumType);

/** A type without parts. What it cannot write, `fits` refuses. */
abstract class ScalarType extends OwnType {
  protected abstract fits(value: unknown): boolean;
  protected abstract fromDefault(value: unknown): unknown;

  override _check(value: unknown, _flags: number, hook: CheckHook | undefined): boolean {
    const fits = this.fits(value);
    if (!fits) hook?.(value, this);
    return fits;
  }

  override _copy(value: unknown, options?: CopyOptions): unknown {
    const copy = options?.coerce === 2 ? this.fromDefault(value) : value;
    if (!this.fits(copy)) throw new Error(`not a value of ${this.typeName}`);
    return copy;
  }
}

/** A long as a number; both ends of what a number holds exactly can be written. */
class LongType extends ScalarType {
  override readonly typeName: string = 'long';

  override _read(tap: AvroTap): unknown {
    return tap.readLong();
  }

  override _skip(tap: AvroTap): void {
    tap.skipLong();
  }

  override _write(tap: WriteTap, value: unknown): void {
    if (!Number.isSafeInteger(value)) throw new Error('not a long');
    // avsc doubles the number, which is only exact up to here for negative ones.
    if ((value as number) < -(2 ** 52)) writeBigLong(tap, BigInt(value as number));
    else tap.writeLong(value as number);
  }

  override _update(resolver: Resolver, writer: AvroType): void {
    if (writer.typeName === 'int' || writer.typeName === 'long') resolver._read = (tap) => this._read(tap);
  }

  override _deref(): unknown {
    return 'long';
  }

  protected fits(value: unknown): boolean {
    return Number.isSafeInteger(value);
  }

  protected fromDefault(value: unknown): unknown {
    return value;
  }
}

class BigLongType extends LongType {
  override _read(tap: AvroTap): unknown {
    return tap.readBigLong();
  }

  override _write(tap: WriteTap, value: unknown): void {
    if (!this.fits(value)) throw new Error('not a long');
    writeBigLong(tap, value as bigint);
  }

  protected override fits(value: unknown): boolean {
    return typeof value === 'bigint' && BigInt.asIntN(64, value) === value;
  }

  protected override fromDefault(value: unknown): unknown {
    return Number.isSafeInteger(value) ? BigInt(value as number) : undefined;
  }
}

export const longType: AvroType = new LongType();
export const bigLongType: AvroType = new BigLongType();
export const isBigLong = (type: AvroType): boolean => type === bigLongType;

const scratch = Buffer.alloc(10);

function writeBigLong(tap: WriteTap, value: bigint): void {
  let raw = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  let length = 0;
  for (; raw > 0x7fn; raw >>= 7n) scratch[length++] = Number(raw & 0x7fn) | 0x80;
  scratch[length++] = Number(raw);
  tap.writeFixed(scratch, length);
}

class BytesType extends ScalarType {
  override readonly typeName: string = 'bytes';

  override _read(tap: AvroTap): unknown {
    return tap.readBytes();
  }

  override _skip(tap: AvroTap): void {
    tap.skipBytes();
  }

  override _write(tap: WriteTap, value: unknown): void {
    if (!(value instanceof Uint8Array)) throw new Error('not bytes');
    tap.writeLong(value.length);
    tap.writeFixed(asBuffer(value), value.length);
  }

  override _update(resolver: Resolver, writer: AvroType): void {
    if (writer.typeName === 'bytes' || writer.typeName === 'string') resolver._read = (tap) => tap.readBytes();
  }

  override _copy(value: unknown, options?: CopyOptions): unknown {
    return copyBytes(super._copy(value, options), options);
  }

  override _deref(): unknown {
    return 'bytes';
  }

  protected fits(value: unknown): boolean {
    return value instanceof Uint8Array;
  }

  protected fromDefault(value: unknown): unknown {
    return latin1(value);
  }
}

export const bytesType: AvroType = new BytesType();

export class FixedType extends OwnType {
  override readonly typeName = 'fixed';
  readonly size: number;

  constructor(schema: SchemaObject, options: TypeOptions) {
    super(schema, options);
    const { size } = schema;
    if (!Number.isSafeInteger(size) || (size as number) < 0) throw new Error(`invalid size of the fixed ${this.name}`);
    this.size = size as number;
  }

  override _read(tap: AvroTap): unknown {
    return tap.readFixed(this.size);
  }

  override _skip(tap: AvroTap): void {
    tap.skipFixed(this.size);
  }

  override _write(tap: WriteTap, value: unknown): void {
    if (!this.fits(value)) throw new Error('not a fixed');
    tap.writeFixed(asBuffer(value), this.size);
  }

  override _check(value: unknown, _flags: number, hook: CheckHook | undefined): boolean {
    const fits = this.fits(value);
    if (!fits) hook?.(value, this);
    return fits;
  }

  override _copy(value: unknown, options?: CopyOptions): unknown {
    const bytes = options?.coerce === 2 ? latin1(value) : value;
    if (!this.fits(bytes)) throw new Error(`not ${this.size} bytes`);
    return copyBytes(bytes, options);
  }

  override _update(resolver: Resolver, writer: AvroType): void {
    if (writer.typeName !== 'fixed' || !namesFit(this, writer) || (writer as FixedType).size !== this.size) return;
    resolver._read = (tap) => this._read(tap);
  }

  override _deref(schema: Record<string, unknown>): unknown {
    schema['size'] = this.size;
    return undefined;
  }

  private fits(value: unknown): value is Uint8Array {
    return value instanceof Uint8Array && value.length === this.size;
  }
}

const OwnRecordType: TypeClass = branchwise(avscTypes.RecordType);

/** Records are plain objects, as an author would write them: equal to them, and printed like them. */
export class RecordType extends OwnRecordType {
  override _createConstructor(...options: unknown[]): { prototype: object } {
    const constructor = super._createConstructor(...options);
    constructor.prototype = Object.prototype;
    return constructor;
  }
}

interface EnumMembers {
  readonly symbols: readonly string[];
  readonly default?: string;
}

/** avsc looks symbols up in a plain object, where 'toString' is one too and would be written as the first symbol. */
export class EnumType extends OwnEnumType {
  override _check(value: unknown, flags: number, hook: CheckHook | undefined, path: string[]): boolean {
    return super._check(this.isSymbol(value) ? value : undefined, flags, hook && (() => hook(value, this)), path);
  }

  override _write(tap: WriteTap, value: unknown): void {
    if (!this.isSymbol(value)) throw new Error('not a symbol');
    super._write(tap, value);
  }

  /** A symbol that the reader does not have becomes its default; without one, only that symbol's values fail. */
  override _update(resolver: Resolver, writer: AvroType, options: ResolverOptions): void {
    if (writer.typeName !== 'enum' || !namesFit(this, writer)) return;
    const own = this as unknown as EnumMembers;
    const { symbols } = writer as unknown as EnumMembers;
    const lost = symbols.filter((symbol) => !own.symbols.includes(symbol));
    if (own.default === undefined && lost.length === symbols.length) return;
    if (own.default === undefined) options.unreadable.push(...lost);
    const read = symbols.map((symbol) => (own.symbols.includes(symbol) ? symbol : own.default));
    resolver._read = (tap) => {
      const index = tap.readLong();
      const symbol = read[index];
      if (symbol === undefined) throw new Error(`the enum ${this.name} has no symbol '${symbols[index] ?? index}'`);
      return symbol;
    };
  }

  private isSymbol(value: unknown): boolean {
    return typeof value === 'string' && (this as unknown as EnumMembers).symbols.includes(value);
  }
}

/** The same bytes as a Buffer, which avsc's writing tap asks for. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Defaults of bytes are written as a text in which each character is a byte. */
function latin1(value: unknown): Uint8Array | undefined {
  return typeof value === 'string' ? new Uint8Array(Buffer.from(value, 'latin1')) : undefined;
}

function copyBytes(bytes: unknown, options?: CopyOptions): unknown {
  return options?.coerce === 3 ? asBuffer(bytes as Uint8Array).toString('latin1') : new Uint8Array(bytes as Uint8Array);
}
