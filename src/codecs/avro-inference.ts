// The TypeScript types of an Avro schema's values, computed from the schema's literal. The rules are those of avro-schema.ts
// and avro-union.ts, which treat the values.

interface Primitives<Long> {
  null: null;
  boolean: boolean;
  int: number;
  long: Long;
  float: number;
  double: number;
  bytes: Uint8Array;
  string: string;
}
type PrimitiveName = keyof Primitives<number>;

/** An Avro schema as a literal: the name of a type, a union as an array, or an object. */
export type AvroSchema = PrimitiveName | (string & {}) | readonly AvroSchema[] | AvroObjectSchema;

interface Named {
  readonly name: string;
  readonly namespace?: string;
  readonly aliases?: readonly string[];
  readonly doc?: string;
}

export interface AvroField {
  readonly name: string;
  readonly type: AvroSchema;
  readonly default?: unknown;
  readonly aliases?: readonly string[];
  readonly doc?: string;
  readonly order?: 'ascending' | 'descending' | 'ignore';
}

export type AvroObjectSchema =
  | (Named & { readonly type: 'record' | 'error'; readonly fields: readonly AvroField[] })
  | (Named & { readonly type: 'enum'; readonly symbols: readonly string[]; readonly default?: string })
  | (Named & { readonly type: 'fixed'; readonly size: number; readonly logicalType?: string })
  | { readonly type: 'array'; readonly items: AvroSchema }
  | { readonly type: 'map'; readonly values: AvroSchema }
  | {
      readonly type: PrimitiveName;
      readonly logicalType?: string;
      readonly precision?: number;
      readonly scale?: number;
    };

interface Options {
  readonly long?: 'number' | 'bigint';
}

/** What a handler reads of a schema. */
export type AvroRead<S, O extends Options = Record<never, never>> = Value<S, '', Scope<S, O, 'read'>>;

/**
 * What may be written of a schema: fields with a default may be left out or undefined, and undefined stands for null in a
 * field whose union has it, which is what `.optional()` of a validating schema gives.
 */
export type AvroWrite<S, O extends Options = Record<never, never>> = Value<S, '', Scope<S, O, 'write'>>;

/** Anything goes for a schema whose types are all known; otherwise a sentence that says which is not. */
export type CheckedSchema<S> = [AvroSchema] extends [S]
  ? unknown
  : [Unknown<S, '', Definitions<S, ''>>] extends [never]
    ? unknown
    : Unknown<S, '', Definitions<S, ''>>;

/** A part that may be any schema has no end to walk to. */
type IsWide<S> = [AvroSchema] extends [S] ? true : false;

/** What is the same for all parts of a schema. */
interface Scope<S, O extends Options, Use extends 'read' | 'write'> {
  readonly use: Use;
  readonly primitives: Primitives<O extends { readonly long: 'bigint' } ? bigint : number>;
  readonly definitions: Definitions<S, ''>;
}
interface AnyScope {
  readonly use: 'read' | 'write';
  readonly primitives: Primitives<number | bigint>;
  readonly definitions: unknown;
}

// ── values: `Ns` is the namespace that encloses the part ──

type Value<S, Ns extends string, C extends AnyScope> =
  IsWide<S> extends true
    ? unknown
    : S extends string
      ? NamedValue<S, Ns, C>
      : S extends readonly unknown[]
        ? UnionValue<S, Ns, C>
        : S extends { readonly logicalType: infer L extends keyof LogicalValues }
          ? LogicalValues[L]
          : S extends { readonly fields: infer F extends readonly AvroField[] }
            ? RecordValue<F[number], InnerNamespace<S, Ns>, C>
            : S extends { readonly symbols: readonly (infer Symbols)[] }
              ? Symbols
              : S extends { readonly size: number }
                ? Uint8Array
                : S extends { readonly items: infer I }
                  ? C['use'] extends 'read'
                    ? Value<I, Ns, C>[]
                    : readonly Value<I, Ns, C>[]
                  : S extends { readonly values: infer V }
                    ? C['use'] extends 'read'
                      ? Record<string, Value<V, Ns, C>>
                      : Readonly<Record<string, Value<V, Ns, C>>>
                    : S extends { readonly type: infer T }
                      ? Value<T, Ns, C>
                      : never;

interface LogicalValues {
  date: string;
  'timestamp-millis': Date;
  decimal: string;
  uuid: string;
}

type NamedValue<S extends string, Ns extends string, C extends AnyScope> = S extends PrimitiveName
  ? C['primitives'][S]
  : Lookup<S, Ns, C['definitions']> extends { readonly schema: infer D; readonly enclosing: infer E extends string }
    ? Value<D, E, C>
    : unknown;

type RecordValue<F, Ns extends string, C extends AnyScope> = C['use'] extends 'read'
  ? { [X in F as NameOf<X>]: Value<TypeOf<X>, Ns, C> }
  : Flat<
      {
        [X in F as HasDefault<X> extends true ? never : NameOf<X>]:
          | Value<TypeOf<X>, Ns, C>
          | NullAsUndefined<TypeOf<X>>;
      } & {
        [X in F as HasDefault<X> extends true ? NameOf<X> : never]?: Value<TypeOf<X>, Ns, C> | undefined;
      }
    >;

type NullAsUndefined<T> = T extends readonly unknown[] ? ('null' extends T[number] ? undefined : never) : never;
type Flat<T> = { [K in keyof T]: T[K] };
type NameOf<F> = F extends { readonly name: infer N extends string } ? N : never;
type TypeOf<F> = F extends { readonly type: infer T } ? T : never;
type HasDefault<F> = F extends { readonly default: unknown } ? true : false;

// ── unions ──

type UnionValue<S extends readonly unknown[], Ns extends string, C extends AnyScope> =
  IsAmbiguous<S, Ns, C> extends true ? Wrapped<S[number], Ns, C> : Value<S[number], Ns, C>;

/** Whether two branches have values that JavaScript cannot tell apart. */
type IsAmbiguous<
  S extends readonly unknown[],
  Ns extends string,
  C extends AnyScope,
  Seen = never,
> = S extends readonly [infer Head, ...infer Rest]
  ? Kind<Head, Ns, C> extends Seen
    ? true
    : IsAmbiguous<Rest, Ns, C, Seen | Kind<Head, Ns, C>>
  : false;

type Wrapped<S, Ns extends string, C extends AnyScope> = S extends 'null'
  ? null
  : { [K in BranchName<S, Ns>]: Value<S, Ns, C> };

type Kind<S, Ns extends string, C extends AnyScope> = S extends 'int' | 'float' | 'double'
  ? 'number'
  : S extends 'long'
    ? C['primitives']['long'] extends bigint
      ? 'bigint'
      : 'number'
    : S extends PrimitiveName
      ? S
      : S extends string
        ? Lookup<S, Ns, C['definitions']> extends {
            readonly schema: infer D;
            readonly enclosing: infer E extends string;
          }
          ? Kind<D, E, C>
          : 'object'
        : S extends { readonly logicalType: 'timestamp-millis' }
          ? 'date'
          : S extends { readonly logicalType: keyof LogicalValues } | { readonly type: 'enum' }
            ? 'string'
            : S extends { readonly type: 'fixed' }
              ? 'bytes'
              : S extends { readonly type: 'array' }
                ? 'array'
                : S extends { readonly type: infer P extends PrimitiveName }
                  ? Kind<P, Ns, C>
                  : 'object';

type BranchName<S, Ns extends string> = S extends PrimitiveName
  ? S
  : S extends string
    ? Qualified<S, Ns>
    : S extends { readonly name: infer N extends string }
      ? FullName<N, S, Ns>
      : S extends { readonly type: infer T extends string }
        ? T
        : never;

// ── names ──

/** Everything that a schema defines: its full name, its schema, the namespace around it. */
type Definitions<S, Ns extends string> =
  IsWide<S> extends true
    ? never
    : S extends string
      ? never
      : S extends readonly (infer Branch)[]
        ? Definitions<Branch, Ns>
        : S extends { readonly name: infer N extends string; readonly type: 'record' | 'error' | 'enum' | 'fixed' }
          ?
              | { readonly name: FullName<N, S, Ns>; readonly schema: S; readonly enclosing: Ns }
              | (S extends { readonly fields: readonly (infer F)[] }
                  ? Definitions<TypeOf<F>, InnerNamespace<S, Ns>>
                  : never)
          : S extends { readonly items: infer I }
            ? Definitions<I, Ns>
            : S extends { readonly values: infer V }
              ? Definitions<V, Ns>
              : S extends { readonly type: infer T }
                ? Definitions<T, Ns>
                : never;

type Lookup<S extends string, Ns extends string, D> = Extract<D, { readonly name: Qualified<S, Ns> }>;

type Qualified<N extends string, Ns extends string> = N extends `${string}.${string}`
  ? N
  : Ns extends ''
    ? N
    : `${Ns}.${N}`;

type FullName<N extends string, S, Ns extends string> = Qualified<N, OwnNamespace<S, Ns>>;

type OwnNamespace<S, Ns extends string> = S extends { readonly namespace: infer Own extends string } ? Own : Ns;

/** The namespace of what a record contains. */
type InnerNamespace<S, Ns extends string> = S extends { readonly namespace: string }
  ? OwnNamespace<S, Ns>
  : S extends { readonly name: infer N extends string }
    ? N extends `${string}.${string}`
      ? BeforeLastDot<N>
      : Ns
    : Ns;

type BeforeLastDot<N extends string> = N extends `${infer Head}.${infer Rest}`
  ? Rest extends `${string}.${string}`
    ? `${Head}.${BeforeLastDot<Rest>}`
    : Head
  : never;

type Unknown<S, Ns extends string, D> =
  IsWide<S> extends true
    ? NotLiteral
    : S extends string
      ? string extends S
        ? NotLiteral
        : S extends PrimitiveName
          ? never
          : [Lookup<S, Ns, D>] extends [never]
            ? `'${S}' is neither an Avro type nor a name that this schema defines`
            : never
      : S extends readonly (infer Branch)[]
        ? Unknown<Branch, Ns, D>
        : S extends { readonly fields: readonly (infer F)[] }
          ? Unknown<TypeOf<F>, InnerNamespace<S, Ns>, D>
          : S extends { readonly items: infer I }
            ? Unknown<I, Ns, D>
            : S extends { readonly values: infer V }
              ? Unknown<V, Ns, D>
              : S extends { readonly type: 'enum' | 'fixed' }
                ? never
                : S extends { readonly type: infer T }
                  ? Unknown<T, Ns, D>
                  : never;

type NotLiteral = 'only the literal of a schema has types: use avroOf<T>() for one that is known at run time';
