// When two texts are the same Avro schema to a registry: names are compared in full, attributes in any order, white space
// does not count, and everything else does, defaults, docs and attributes of the author's own too. (Avro's "parsing
// canonical form" is no use here: it drops the defaults, and a new default is a new version.)

const primitives = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']);

/** The one form of all texts of a schema: names in full, attributes sorted, no shorthand that has a longer form. */
export function canonicalSchema(schema: unknown, namespace = ''): unknown {
  if (typeof schema === 'string') return primitives.has(schema) ? schema : qualified(schema, namespace);
  if (Array.isArray(schema)) return schema.map((branch) => canonicalSchema(branch, namespace));
  if (!isObject(schema)) return schema;
  const { type, name, namespace: own, ...rest } = schema;
  if (typeof name === 'string' && ['record', 'error', 'enum', 'fixed'].includes(type as string)) {
    const fullName = qualified(name, typeof own === 'string' ? own : namespace);
    const inner = fullName.slice(0, Math.max(0, fullName.lastIndexOf('.')));
    return sorted({ ...rest, type, name: fullName, ...aliases(rest, inner), ...fields(rest, inner) });
  }
  const attributes = {
    ...rest,
    ...(name === undefined ? {} : { name }),
    ...(own === undefined ? {} : { namespace: own }),
  };
  if (type === 'array') return sorted({ ...attributes, type, items: canonicalSchema(rest['items'], namespace) });
  if (type === 'map') return sorted({ ...attributes, type, values: canonicalSchema(rest['values'], namespace) });
  const plain = canonicalSchema(type, namespace);
  return Object.keys(attributes).length === 0 ? plain : sorted({ ...attributes, type: plain });
}

function fields(record: Readonly<Record<string, unknown>>, namespace: string): object {
  if (!Array.isArray(record['fields'])) return {};
  return {
    fields: record['fields'].map((field: unknown) =>
      isObject(field) ? sorted({ ...field, type: canonicalSchema(field['type'], namespace) }) : field,
    ),
  };
}

function aliases(named: Readonly<Record<string, unknown>>, namespace: string): object {
  if (!Array.isArray(named['aliases'])) return {};
  return {
    aliases: named['aliases'].map((alias: unknown) =>
      typeof alias === 'string' ? qualified(alias, namespace) : alias,
    ),
  };
}

function qualified(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
