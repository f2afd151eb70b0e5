// Reading what was written with another schema, where avsc is stricter than Avro: a writer's union that has a branch which
// the reader cannot take. avsc refuses the whole schema; the specification refuses only values of that branch. Producers
// in Java declare every field as ['null', …], so a reader that says 'string' must get on with it.

import {
  type AvroType,
  BaseType,
  isUnion,
  type Readable,
  type Resolver,
  type ResolverOptions,
  type TypeClass,
} from './avro-avsc.js';
import type { AvroTap } from './avro-tap.js';

/** The type class with resolution of writers' unions branch by branch. */
export function branchwise(Base: TypeClass): TypeClass {
  return class extends Base {
    override createResolver(writer: AvroType, options: ResolverOptions): Readable {
      return isUnion(writer) && BaseType.isType(writer)
        ? new BranchResolver(this, writer as AvroType & { readonly types: readonly AvroType[] }, options)
        : super.createResolver(writer, options);
    }
  };
}

/**
 * Tries to resolve without leaving a trace: avsc notes a record's resolver before it is complete, and one that then failed
 * would be taken for a good one the next time.
 */
export function attempt(reader: AvroType, writer: AvroType, options: ResolverOptions): Readable | Error {
  const before = { ...options.registry };
  const unreadableBefore = options.unreadable.length;
  try {
    return reader.createResolver(writer, options);
  } catch (error) {
    options.registry = before;
    options.unreadable.length = unreadableBefore;
    return error instanceof Error ? error : new Error(String(error));
  }
}

class BranchResolver implements Resolver {
  // avsc reads these of every resolver.
  readonly itemsType = null;
  readonly valuesType = null;
  private readonly branches: readonly (Readable | Error)[];

  constructor(reader: AvroType, writer: AvroType & { readonly types: readonly AvroType[] }, options: ResolverOptions) {
    this.branches = writer.types.map((branch) => attempt(reader, branch, options));
    const failures = this.branches.filter((branch) => branch instanceof Error);
    if (failures.length === this.branches.length)
      throw new Error(failures.map((failure) => failure.message).join('; '));
    options.unreadable.push(...failures.map((failure) => failure.message));
  }

  _read(tap: AvroTap): unknown {
    const index = tap.readLong();
    const branch = this.branches[index];
    if (branch === undefined) throw new Error(`branch ${index} of a union of ${this.branches.length}`);
    if (branch instanceof Error) throw branch;
    return branch._read(tap);
  }

  _peek(tap: AvroTap): unknown {
    const { pos } = tap;
    const value = this._read(tap);
    tap.pos = pos;
    return value;
  }
}
