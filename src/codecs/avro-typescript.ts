// Declares the values of Avro schemas in TypeScript, for schemas that stand in no literal and have no types of their own
// (avro-inference.ts): what `avroOf` reads and what it may write. It walks the very types that read and write the values,
// so that it cannot differ from them on what a union, a long or a logical type is.

import { type AvroType, isLogical, isUnion, unqualified } from './avro-avsc.js';
import { looksOfLogical, valueKindOfLogical } from './avro-logical.js';
import { type CompileOptions, compileSchema } from './avro-schema.js';
import { isBigLong } from './avro-types.js';
import type { UnionType } from './avro-union.js';

export interface NamedSchema {
  /** What its type is called if the schema itself has no name. */
  readonly name: string;
  readonly schema: unknown;
}

/**
 * A declaration for each name that the schemas define, as the text of a module. A record, or whatever else may be written
 * otherwise than it is read, has a second one, `<name>Write`.
 *
 * @throws an error that says what is wrong with a schema
 */
export function typeScriptOf(
  schemas: readonly NamedSchema[],
  { long = 'number' }: Pick<CompileOptions, 'long'> = {},
): string {
  const declared = new Map<string, string>();
  for (const { name, schema } of schemas) {
    const root = compileSchema(schema, { long, strict: true });
    const others = new Set<string>();
    // What two schemas define alike is declared once; what only has the same name is called otherwise in the second.
    for (;;) {
      const own = new Declarations(root, name, others).all();
      const clashing = own.filter(([one, text]) => (declared.get(one) ?? text) !== text);
      for (const [one] of clashing) others.add(one);
      if (clashing.length > 0) continue;
      for (const [one, text] of own) declared.set(one, text);
      break;
    }
  }
  return [...declared.values()].join('\n');
}

type Use = 'read' | 'write';

/** The declarations of one schema. */
class Declarations {
  readonly #root: AvroType;
  /** Undefined where the schema itself names it. */
  readonly #rootName: string | undefined;
  /** By their names in Avro, in full. */
  readonly #named: ReadonlyMap<string, AvroType>;
  readonly #names = new Map<string, string>();
  readonly #taken: Set<string>;

  /** @param others names that stand for something else already */
  constructor(root: AvroType, rootName: string, others: ReadonlySet<string>) {
    this.#root = root;
    this.#named = namedIn(root);
    this.#taken = new Set([...unusable, ...others]);
    for (const fullName of this.#named.keys()) this.#names.set(fullName, this.#choose(candidates(fullName)));
    this.#rootName = nameIn(root) === undefined ? this.#choose(numbered(pascal(rootName))) : undefined;
  }

  all(): readonly (readonly [name: string, text: string])[] {
    const named = [...this.#named].map(([fullName, type]) => [this.#names.get(fullName) as string, type] as const);
    const all = this.#rootName === undefined ? named : [[this.#rootName, this.#root] as const, ...named];
    return all.flatMap(([name, type]) => {
      const read = [name, commented(plain(type).doc, '', this.#definition(name, type, 'read'))] as const;
      if (!isWrittenOtherwise(type)) return [read];
      const definition = this.#definition(`${name}Write`, type, 'write');
      return [read, [`${name}Write`, commented(`What may be written as ${name}.`, '', definition)] as const];
    });
  }

  /** The first name that is free, also with `Write` behind it. */
  #choose(names: Iterable<string>): string {
    for (const name of names) {
      if (this.#taken.has(name) || this.#taken.has(`${name}Write`)) continue;
      this.#taken.add(name).add(`${name}Write`);
      return name;
    }
    throw new Error('there is always another name');
  }

  #definition(name: string, type: AvroType & Parts, use: Use): string {
    if (type.fields === undefined) return `export type ${name} = ${this.#valueOf(type, use)};\n`;
    const fields = type.fields.map((field) => this.#field(field, use));
    return `export interface ${name} {${fields.length > 0 ? '\n' : ''}${fields.join('')}}\n`;
  }

  #field({ name, type, doc, defaultValue }: FieldParts, use: Use): string {
    let value = this.#value(type, use);
    const mayBeLeftOut = use === 'write' && defaultValue() !== undefined;
    // Where null may be written, so may undefined, which is what optional parts of validated values have.
    if (mayBeLeftOut || (use === 'write' && isUnion(type) && branchesOf(type).some(isNull))) value += ' | undefined';
    const comment = [doc, remarkOn(type)].filter((line) => line !== undefined).join('\n');
    return commented(comment || undefined, '  ', `  ${name}${mayBeLeftOut ? '?' : ''}: ${value};\n`);
  }

  /** What a value is, by name where it has one. */
  #value(type: AvroType, use: Use): string {
    const name = nameIn(type);
    if (name === undefined) return this.#valueOf(type, use);
    const declared = this.#names.get(name) as string;
    return use === 'write' && isWrittenOtherwise(type) ? `${declared}Write` : declared;
  }

  #valueOf(type: AvroType & Parts, use: Use): string {
    if (isLogical(type)) {
      const kind = valueKindOfLogical(type);
      if (kind === undefined) return this.#valueOf(type.underlyingType, use);
      return kind === 'date' ? 'Date' : kind;
    }
    if (isUnion(type)) return this.#union(type as UnionType, use);
    if (type.symbols) return type.symbols.map((symbol) => `'${symbol}'`).join(' | ');
    const isWrite = use === 'write';
    if (type.itemsType) return `${isWrite ? 'readonly ' : ''}${this.#item(type.itemsType, use)}[]`;
    if (type.valuesType) {
      const record = `Record<string, ${this.#value(type.valuesType, use)}>`;
      return isWrite ? `Readonly<${record}>` : record;
    }
    if (type.typeName === 'long') return isBigLong(type) ? 'bigint' : 'number';
    return primitives[type.typeName as keyof typeof primitives];
  }

  #item(type: AvroType, use: Use): string {
    const value = this.#value(type, use);
    const isCompound = value.startsWith('readonly ') || (isUnion(type) && branchesOf(type).length > 1);
    return isCompound ? `(${value})` : value;
  }

  #union(type: UnionType, use: Use): string {
    const branches = type.types.filter((branch) => !isNull(branch));
    const values = branches.map((branch) =>
      type.wrapped
        ? `{ ${propertyName(branch.branchName as string)}: ${this.#value(branch, use)} }`
        : this.#value(branch, use),
    );
    return [...values, ...(branches.length < type.types.length ? ['null'] : [])].join(' | ');
  }
}

const primitives = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  float: 'number',
  double: 'number',
  string: 'string',
  bytes: 'Uint8Array',
  fixed: 'Uint8Array',
} as const;

// ── what types consist of ──

interface Parts {
  readonly doc?: string;
  readonly fields?: readonly FieldParts[];
  readonly symbols?: readonly string[];
  readonly itemsType?: AvroType;
  readonly valuesType?: AvroType;
}

interface FieldParts {
  readonly name: string;
  readonly type: AvroType;
  readonly doc?: string;
  /** Gives undefined where there is none. */
  readonly defaultValue: () => unknown;
}

function plain(type: AvroType): AvroType & Parts {
  return isLogical(type) ? type.underlyingType : type;
}

function nameIn(type: AvroType): string | undefined {
  return plain(type).name;
}

function isNull(type: AvroType): boolean {
  return type.typeName === 'null';
}

function branchesOf(type: AvroType): readonly AvroType[] {
  return isUnion(type) ? (type as UnionType).types : [];
}

function partsOf(type: AvroType & Parts): readonly AvroType[] {
  const { fields = [], itemsType, valuesType } = plain(type);
  const inner = [itemsType, valuesType].filter((part) => part !== undefined);
  return [...fields.map((field) => field.type), ...inner, ...branchesOf(type)];
}

/** Every type with a name, in the order in which the schema defines them. */
function namedIn(type: AvroType, found = new Map<string, AvroType>()): Map<string, AvroType> {
  const name = nameIn(type);
  if (name !== undefined && found.has(name)) return found;
  if (name !== undefined) found.set(name, type);
  for (const part of partsOf(type)) namedIn(part, found);
  return found;
}

/** Whether more may be written than is read: a default left out, undefined for null, a list that nobody can change. */
function isWrittenOtherwise(type: AvroType & Parts, seen = new Set<AvroType>()): boolean {
  if (seen.has(type)) return false;
  seen.add(type);
  if (type.itemsType !== undefined || type.valuesType !== undefined) return true;
  const loosens = ({ type: of, defaultValue }: FieldParts) =>
    defaultValue() !== undefined || branchesOf(of).some(isNull);
  return (type.fields ?? []).some(loosens) || partsOf(type).some((part) => isWrittenOtherwise(part, seen));
}

/** How a text that stands for something else looks. */
function remarkOn(type: AvroType): string | undefined {
  const logical = [type, ...branchesOf(type)].find(
    (part) => isLogical(part) && part.typeName !== 'logical:timestamp-millis',
  );
  if (logical === undefined) return undefined;
  const looks = looksOfLogical(logical);
  return `${looks[0]?.toUpperCase()}${looks.slice(1)}.`;
}

// ── names and comments ──

/** What a declaration may not be called: words of the language, and the types that declarations are made of. */
const unusable: ReadonlySet<string> = new Set(
  (
    'any bigint boolean break case catch class const continue debugger default delete do else enum export extends false finally for ' +
    'function if implements import in instanceof interface let never new null number object package private protected public return ' +
    'static string super switch symbol this throw true try type typeof undefined unknown var void while with yield ' +
    'Date Readonly Record Uint8Array'
  ).split(' '),
);

/** `com.acme.Order`: Order, else ComAcmeOrder, else OrderType, else OrderType2 … */
function* candidates(fullName: string): Iterable<string> {
  const own = unqualified(fullName);
  yield own;
  if (own !== fullName) yield pascal(fullName);
  yield* numbered(`${own}Type`);
}

function* numbered(name: string): Iterable<string> {
  yield name;
  for (let number = 2; ; number++) yield `${name}${number}`;
}

/** `orders-value` → OrdersValue; a name that begins with a digit gets a letter before it. */
function pascal(text: string): string {
  const words = text.split(/[^A-Za-z0-9_]+/).filter((word) => word !== '');
  const name = words.map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`).join('');
  return /^[A-Za-z_]/.test(name) ? name : `T${name}`;
}

function propertyName(name: string): string {
  return name.includes('.') ? `'${name}'` : name;
}

function commented(doc: string | undefined, indent: string, text: string): string {
  if (doc === undefined || doc.trim() === '') return text;
  const lines = doc.trim().replaceAll('*/', '*\\/').split(/\r?\n/);
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n${text}`;
  return `${[`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`].join('\n')}\n${text}`;
}
