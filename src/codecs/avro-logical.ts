// Logical types: what an author sees in place of the stored number, text or bytes.
//   date               'YYYY-MM-DD': a day has no time and no zone, so a Date would show another day in half the world
//   timestamp-millis   Date
//   timestamp-micros, time-millis, time-micros   the number as stored: a Date has no microseconds, and would lose them
//   decimal            a text with exactly `scale` digits after the point, '12.50': exact, and itself in JSON and SQL
//   uuid               its text, also where it is stored in a fixed of 16 bytes
// Others are read as what they are stored in, as the specification says.

import {
  type AvroType,
  BaseType,
  type CheckHook,
  type CopyOptions,
  isLogical,
  type Resolver,
  type ResolverOptions,
  type SchemaObject,
  type WriteTap,
} from './avro-avsc.js';
import { branchwise } from './avro-resolution.js';
import type { AvroTap } from './avro-tap.js';
import { asBuffer, type FixedType, longType } from './avro-types.js';

interface Conversion {
  /** What must agree between writer and reader: two units of time never do. */
  readonly meaning: string;
  /** How an author's value looks, for messages. */
  readonly looks: string;
  readonly kind?: 'string' | 'date';
  fromAvro(stored: unknown): unknown;
  /** Undefined if the value is none of the type. */
  toAvro(value: unknown): unknown;
}

/** Whether a logical type changes what authors see, or must be the same on both sides. */
export function isKnownLogical(schema: SchemaObject): boolean {
  return typeof schema.logicalType === 'string' && Object.hasOwn(conversions, schema.logicalType);
}

/** The logical type of a schema over what it is stored in; throws if it cannot be stored in that. */
export function logicalType(schema: SchemaObject, stored: AvroType): AvroType {
  const name = schema.logicalType as keyof typeof conversions;
  const kind: LogicalKind = conversions[name];
  if (!kind.storedIn.includes(stored.typeName)) throw new Error(`a ${name} cannot be stored in ${stored.typeName}`);
  // A Date is made from a number, whatever longs are otherwise.
  return new LogicalType(name, name === 'timestamp-millis' ? longType : stored, kind.conversion(schema, stored));
}

export function valueKindOfLogical(type: AvroType): 'string' | 'date' | undefined {
  return (type as LogicalType).conversion.kind;
}

export function looksOfLogical(type: AvroType): string {
  return (type as LogicalType).conversion.looks;
}

class LogicalType extends branchwise(BaseType) {
  override readonly typeName: string;
  readonly underlyingType: AvroType;
  readonly conversion: Conversion;

  constructor(name: string, underlyingType: AvroType, conversion: Conversion) {
    super();
    this.typeName = `logical:${name}`;
    this.underlyingType = underlyingType;
    this.conversion = conversion;
  }

  override _read(tap: AvroTap): unknown {
    return this.conversion.fromAvro(this.underlyingType._read(tap));
  }

  override _skip(tap: AvroTap): void {
    this.underlyingType._skip(tap);
  }

  override _write(tap: WriteTap, value: unknown): void {
    const stored = this.conversion.toAvro(value);
    if (stored === undefined) throw new Error(`not a ${this.typeName}`);
    this.underlyingType._write(tap, stored);
  }

  override _check(value: unknown, flags: number, hook: CheckHook | undefined, path: string[]): boolean {
    const stored = this.conversion.toAvro(value);
    const fits = stored !== undefined && this.underlyingType._check(stored, flags, undefined, path);
    if (!fits) hook?.(value, this);
    return fits;
  }

  override _copy(value: unknown, options?: CopyOptions): unknown {
    const stored = options?.coerce === 2 ? value : this.conversion.toAvro(value);
    const copy = this.underlyingType._copy(stored, options);
    return options?.coerce === 3 ? copy : this.conversion.fromAvro(copy);
  }

  override _update(resolver: Resolver, writer: AvroType, options: ResolverOptions): void {
    if (isLogical(writer) && (writer as LogicalType).conversion.meaning !== this.conversion.meaning) {
      throw new Error(`cannot read ${(writer as LogicalType).conversion.meaning} as ${this.conversion.meaning}`);
    }
    const stored = this.underlyingType.createResolver(isLogical(writer) ? writer.underlyingType : writer, options);
    resolver._read = (tap) => this.conversion.fromAvro(stored._read(tap));
  }

  override _deref(_schema: Record<string, unknown>, options: object): unknown {
    return this.underlyingType._attrs(options);
  }
}

interface LogicalKind {
  readonly storedIn: readonly string[];
  conversion(schema: SchemaObject, stored: AvroType): Conversion;
}

const msPerDay = 86_400_000;

const conversions = {
  date: {
    storedIn: ['int'],
    conversion: () => ({
      meaning: 'date',
      looks: "a day such as '2024-02-29'",
      kind: 'string',
      fromAvro: (days) => dayText(days as number),
      toAvro: dayNumber,
    }),
  },
  'timestamp-millis': {
    storedIn: ['long'],
    conversion: () => ({
      meaning: 'timestamp-millis',
      looks: 'a valid Date',
      kind: 'date',
      fromAvro: (ms) => validDate(ms as number),
      toAvro: (value) => (value instanceof Date && !Number.isNaN(value.getTime()) ? value.getTime() : undefined),
    }),
  },
  'timestamp-micros': asStored('timestamp-micros', 'long', 'a whole number of microseconds since 1970'),
  'time-millis': asStored('time-millis', 'int', 'a whole number of milliseconds since midnight'),
  'time-micros': asStored('time-micros', 'long', 'a whole number of microseconds since midnight'),
  decimal: { storedIn: ['bytes', 'fixed'], conversion: decimal },
  uuid: { storedIn: ['string', 'fixed'], conversion: uuid },
} satisfies Readonly<Record<string, LogicalKind>>;

function asStored(meaning: string, storedIn: string, looks: string): LogicalKind {
  const same = (value: unknown) => value;
  return { storedIn: [storedIn], conversion: () => ({ meaning, looks, fromAvro: same, toAvro: same }) };
}

function validDate(ms: number): Date {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) throw new Error(`${ms} ms are beyond what a Date can hold`);
  return date;
}

function dayText(days: number): string {
  return validDate(days * msPerDay)
    .toISOString()
    .slice(0, -'T00:00:00.000Z'.length);
}

function dayNumber(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const ms = Date.parse(`${value}T00:00:00.000Z`);
  // February 30 is either refused or becomes another day: both ways it does not read back as it was written.
  return Number.isNaN(ms) || dayText(ms / msPerDay) !== value ? undefined : ms / msPerDay;
}

function decimal({ precision, scale = 0 }: SchemaObject, stored: AvroType): Conversion {
  if (!isCount(precision) || precision < 1) throw new Error('a decimal needs a precision of 1 or more');
  if (!isCount(scale) || scale > precision) throw new Error('the scale of a decimal is from 0 to its precision');
  const fixedBytes = stored.typeName === 'fixed' ? (stored as FixedType).size : undefined;
  const limit = 10n ** BigInt(precision);
  // Some writers pad; beyond this it is no decimal of any database, and the conversion's time grows with its square.
  const bytesMax = fixedBytes ?? Math.max(bytesOf(limit).length, 64);
  if (fixedBytes !== undefined && bytesOf(limit - 1n).length > fixedBytes) {
    throw new Error(`a decimal of ${precision} digits does not fit in ${fixedBytes} bytes`);
  }
  return {
    meaning: `decimal(${precision}, ${scale})`,
    looks: `a decimal text of at most ${precision - scale} digits before the point and ${scale} behind it`,
    kind: 'string',
    fromAvro(bytes) {
      const { length } = bytes as Uint8Array;
      if (length > bytesMax) throw new Error(`a decimal of ${precision} digits in ${length} bytes`);
      const unscaled = bigintOf(bytes as Uint8Array);
      if (unscaled >= limit || unscaled <= -limit) throw new Error(`a decimal has more than ${precision} digits`);
      return decimalText(unscaled, scale);
    },
    toAvro(value) {
      const unscaled = unscaledOf(value, scale);
      if (unscaled === undefined || unscaled >= limit || unscaled <= -limit) return undefined;
      return bytesOf(unscaled, fixedBytes);
    },
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function decimalText(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const sign = unscaled < 0n ? '-' : '';
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function unscaledOf(value: unknown, scale: number): bigint | undefined {
  const parts = typeof value === 'string' ? /^(-?\d+)(?:\.(\d+))?$/.exec(value) : null;
  const [, whole = '', fraction = ''] = parts ?? [];
  if (parts === null || fraction.length > scale) return undefined;
  return BigInt(whole + fraction.padEnd(scale, '0'));
}

/** Two's complement, big-endian, in `length` bytes or as few as hold it. */
function bytesOf(value: bigint, length?: number): Buffer {
  let bytes = length ?? 1;
  if (length === undefined) while (BigInt.asIntN(8 * bytes, value) !== value) bytes++;
  const hex = BigInt.asUintN(8 * bytes, value)
    .toString(16)
    .padStart(2 * bytes, '0');
  return Buffer.from(bytes === 0 ? '' : hex, 'hex');
}

function bigintOf(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${asBuffer(bytes).toString('hex')}`));
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function uuid(_schema: SchemaObject, stored: AvroType): Conversion {
  const isFixed = stored.typeName === 'fixed';
  if (isFixed && (stored as FixedType).size !== 16) throw new Error('a uuid is a fixed of 16 bytes');
  const check = (value: unknown) => (typeof value === 'string' && uuidPattern.test(value) ? value : undefined);
  const common = { meaning: 'uuid', looks: 'a UUID', kind: 'string' } as const;
  if (!isFixed) return { ...common, fromAvro: (text) => text, toAvro: check };
  return {
    ...common,
    fromAvro: (bytes) => {
      const hex = asBuffer(bytes as Uint8Array).toString('hex');
      return [8, 12, 16, 20, 32].map((end, i, ends) => hex.slice(ends[i - 1] ?? 0, end)).join('-');
    },
    toAvro: (value) => {
      const text = check(value);
      return text === undefined ? undefined : Buffer.from(text.replaceAll('-', ''), 'hex');
    },
  };
}
