// Unions. Where JavaScript can tell the branches apart, a value stands for itself: ['null', 'string'] is string | null.
// Where it cannot (two records, int and double, an enum and a string), each value but null is wrapped in an object whose
// one key is the branch's name, as in Avro's own JSON encoding: { OrderPlaced: { … } }. The types in avro-inference.ts
// follow the same rule.

import {
  type AvroType,
  BaseType,
  type CheckHook,
  type CopyOptions,
  isLogical,
  namesFit,
  type Resolver,
  type ResolverOptions,
  type TypeClass,
  type TypeOptions,
  type WriteTap,
} from './avro-avsc.js';
import { isPlainObject } from './avro-containers.js';
import { valueKindOfLogical } from './avro-logical.js';
import { attempt, branchwise } from './avro-resolution.js';
import type { AvroTap } from './avro-tap.js';
import { isBigLong } from './avro-types.js';

/** What JavaScript can tell apart. */
export type ValueKind = 'null' | 'boolean' | 'number' | 'bigint' | 'string' | 'bytes' | 'date' | 'array' | 'object';

const OwnType: TypeClass = branchwise(BaseType);

export class UnionType extends OwnType {
  override readonly typeName = 'union';
  readonly types: readonly AvroType[];
  /** Whether each value but null is an object whose one key is its branch's name. */
  readonly wrapped: boolean;
  private readonly names: readonly string[];
  private readonly indexOf: ReadonlyMap<string, number>;
  /** Whether a branch can hold further unions: only those count as depth. */
  private readonly nests: readonly boolean[];

  constructor(schema: readonly unknown[], options: TypeOptions) {
    super();
    this.types = schema.map((branch) => BaseType.forSchema(branch, options));
    this.names = this.types.map((type) => type.branchName ?? '');
    const kinds = this.types.map(kindOfType);
    if (this.types.length === 0) throw new Error('a union without branches');
    if (this.types.some((type) => type instanceof UnionType)) throw new Error('a union directly in a union');
    if (new Set(this.names).size < this.names.length)
      throw new Error(`a union with the same branch twice: ${this.names.join(', ')}`);
    this.wrapped = new Set(kinds).size < kinds.length;
    this.indexOf = new Map((this.wrapped ? this.names : kinds).map((name, index) => [name, index]));
    this.nests = kinds.map((kind) => kind === 'object' || kind === 'array');
  }

  override _read(tap: AvroTap): unknown {
    const index = tap.readLong();
    const branch = this.types[index];
    if (branch === undefined) throw new Error(`branch ${index} of a union of ${this.types.length}`);
    if (!this.nests[index]) return this.wrap(index, branch._read(tap));
    tap.enter();
    const value = this.wrap(index, branch._read(tap));
    tap.leave();
    return value;
  }

  override _skip(tap: AvroTap): void {
    const index = tap.readLong();
    const branch = this.types[index];
    if (branch === undefined) throw new Error(`branch ${index} of a union of ${this.types.length}`);
    tap.enter();
    branch._skip(tap);
    tap.leave();
  }

  override _write(tap: WriteTap, value: unknown): void {
    const index = this.branchOf(value);
    if (index === undefined) throw new Error('no branch of the union takes the value');
    tap.writeLong(index);
    (this.types[index] as AvroType)._write(tap, this.unwrap(index, value));
  }

  override _check(value: unknown, flags: number, hook: CheckHook | undefined, path: string[]): boolean {
    const index = this.branchOf(value);
    if (index === undefined) {
      hook?.(value, this);
      return false;
    }
    const wraps = this.wrapped && this.names[index] !== 'null';
    if (wraps) path?.push(this.names[index] as string);
    const fits = (this.types[index] as AvroType)._check(this.unwrap(index, value), flags, hook, path);
    if (wraps) path?.pop();
    return fits;
  }

  override _copy(value: unknown, options?: CopyOptions): unknown {
    // The default of a union is a bare value of its first branch.
    if (options?.wrap === 2) return this.wrap(0, (this.types[0] as AvroType)._copy(value, options));
    const index = this.branchOf(value);
    if (index === undefined) throw new Error('no branch of the union takes the value');
    const copy = (this.types[index] as AvroType)._copy(this.unwrap(index, value), options);
    return options?.coerce === 3 ? copy : this.wrap(index, copy);
  }

  /** The branch of the writer's own type first, then the first one that its values can become. */
  override _update(resolver: Resolver, writer: AvroType, options: ResolverOptions): void {
    const order = [...this.types.keys()].sort((a, b) => this.distance(a, writer) - this.distance(b, writer));
    const reasons: string[] = [];
    for (const index of order) {
      const branch = attempt(this.types[index] as AvroType, writer, options);
      if (branch instanceof Error) {
        reasons.push(branch.message);
        continue;
      }
      const nests = this.nests[index];
      resolver._read = (tap) => {
        if (!nests) return this.wrap(index, branch._read(tap));
        tap.enter();
        const value = this.wrap(index, branch._read(tap));
        tap.leave();
        return value;
      };
      return;
    }
    throw new Error(reasons[0]);
  }

  override _deref(_schema: Record<string, unknown>, options: object): unknown {
    return this.types.map((type) => type._attrs(options));
  }

  /** The names of the branches, for messages. */
  describe(): string {
    return this.wrapped
      ? this.names.map((name) => (name === 'null' ? name : `{ ${name}: … }`)).join(' or ')
      : this.names.join(' or ');
  }

  private branchOf(value: unknown): number | undefined {
    // In a field, undefined is null: validated values have it where an optional part is absent.
    if (value === undefined) return this.indexOf.get('null');
    if (!this.wrapped || value === null) return this.indexOf.get(kindOfValue(value));
    if (!isPlainObject(value)) return undefined;
    const keys = Object.keys(value);
    return keys.length === 1 ? this.indexOf.get(keys[0] as string) : undefined;
  }

  private wrap(index: number, value: unknown): unknown {
    return this.wrapped && value !== null ? { [this.names[index] as string]: value } : value;
  }

  private unwrap(index: number, value: unknown): unknown {
    if (value === undefined) return null;
    return this.wrapped && value !== null ? (value as Record<string, unknown>)[this.names[index] as string] : value;
  }

  private distance(index: number, writer: AvroType): number {
    const branch = this.types[index] as AvroType;
    const plain = isLogical(writer) ? writer.underlyingType : writer;
    const own = isLogical(branch) ? branch.underlyingType : branch;
    if (own.typeName !== plain.typeName || !namesFit(own, plain)) return 2;
    return own.name === plain.name && branch.typeName === writer.typeName ? 0 : 1;
  }
}

function kindOfType(type: AvroType): ValueKind {
  if (isLogical(type)) return valueKindOfLogical(type) ?? kindOfType(type.underlyingType);
  switch (type.typeName) {
    case 'null':
    case 'boolean':
    case 'string':
    case 'bytes':
    case 'array':
      return type.typeName;
    case 'int':
    case 'float':
    case 'double':
      return 'number';
    case 'long':
      return isBigLong(type) ? 'bigint' : 'number';
    case 'enum':
      return 'string';
    case 'fixed':
      return 'bytes';
    default:
      return 'object';
  }
}

function kindOfValue(value: unknown): ValueKind | 'none' {
  switch (typeof value) {
    case 'boolean':
    case 'number':
    case 'bigint':
    case 'string':
      return typeof value as ValueKind;
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return 'array';
      if (value instanceof Uint8Array) return 'bytes';
      return value instanceof Date ? 'date' : 'object';
    case 'undefined':
    case 'function':
    case 'symbol':
      return 'none';
  }
}
