type Schema = Readonly<Record<string, unknown>>;

const EXAMPLE_ID = '5f2d6c1e-9b3a-4c57-8a44-1d0e7b2f9c36';
const TIME = 1_796_000_000;

/** Example values by field name. An example is used only for a field of the same type. */
const BY_NAME: Readonly<Record<string, unknown>> = {
  action: 'key.create',
  allowed_ip_range: '192.0.2.0/24,2001:db8::/32',
  api_key: 'fg_example_never_a_real_key',
  audience: 'https://auth.example',
  because: 'the key created it',
  by: 'ann@acme.example',
  code: 'ERR_KEY_INVALID',
  created: TIME,
  day: '2026-11-30',
  description: 'for the vendor, asked for by Ann',
  email: 'ann@acme.example',
  ends: TIME,
  etag: '5',
  everywhereBy: TIME,
  exp: TIME,
  expires: TIME,
  flairs: ['segment'],
  from: TIME,
  grants: ['dr.list'],
  ident: 'vendor[segment]',
  jwt: 'eyJhbGciOiJFZERTQSJ9.e30.signature',
  key: 'fg_example_never_a_real_key',
  key_hash: 'wH4H5Qc8Ka',
  key_name: 'vendor[segment]',
  limit: 100,
  made: TIME,
  match: ['repository=acme/site'],
  member_email: 'bo@acme.example',
  org_name: 'Acme',
  overlap: 3600,
  perm: ['dr.list'],
  permissions: ['dr.list'],
  perms: ['dr.list', 'output.list'],
  priv: ['dr.list'],
  role: 'Viewer',
  scope: 'dr.list',
  secret: 'fg_example_never_a_real_key',
  time: TIME,
  to: TIME,
  token: 'fg_example_never_a_real_key',
  type: 'rule',
};

/** Matches names of fields that contain a UUID. */
const IDS = /^(?:oid|uid|gid|child|group_id|org_id|identity|holder|sub|sid|federation_id)$/;

/**
 * Returns an example value that the schema accepts, if possible the one for the field name `name`. Returns undefined if
 * the schema accepts no value, as for a field that must not be sent.
 */
export function exampleOf(schema: Schema, name = ''): unknown {
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const [choice] = exampleListOf(schema.anyOf ?? schema.oneOf);
  if (choice !== undefined) return exampleOf(choice, name);
  const { type } = schema;
  const first = Array.isArray(type) ? type[0] : type;
  const known = knownExample(name, first, schema);
  if (known !== undefined) return known;
  switch (first) {
    case 'object':
      return exampleOfObject(schema);
    case 'array':
      return [exampleOf(toSchema(schema.items), name)].filter((item) => item !== undefined);
    case 'integer':
    case 'number':
      return 1;
    case 'boolean':
      return true;
    case 'string':
      return 'text';
    default:
      return 'not' in schema ? undefined : {};
  }
}

function knownExample(name: string, type: unknown, { pattern, items }: Schema): unknown {
  if (type === 'string' && (IDS.test(name) || (typeof pattern === 'string' && pattern.includes('0-9a-f'))))
    return EXAMPLE_ID;
  if (type === 'array' && toSchema(items).type !== 'string') return undefined;
  const known = Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
  return schemaTypeOf(known) === type || (schemaTypeOf(known) === 'integer' && type === 'number') ? known : undefined;
}

/** Returns the JSON Schema type of a value. */
function schemaTypeOf(value: unknown): string {
  if (Array.isArray(value)) return isTexts(value) ? 'array' : 'mixed';
  return typeof value === 'number' ? 'integer' : typeof value;
}

function isTexts(value: readonly unknown[]): boolean {
  return value.every((item) => typeof item === 'string');
}

function exampleOfObject({ properties, additionalProperties }: Schema): Schema {
  const named = Object.entries(toSchema(properties)).map(([name, given]) => [name, exampleOf(toSchema(given), name)]);
  const others = toSchema(additionalProperties);
  // The member names of a map are ids or names. The example uses the public id of a key in both cases.
  const more = named.length === 0 && Object.keys(others).length > 0 ? [['wH4H5Qc8Ka', exampleOf(others)]] : [];
  return Object.fromEntries([...named, ...more].filter(([, value]) => value !== undefined));
}

function exampleListOf(value: unknown): readonly Schema[] {
  return Array.isArray(value) ? value.map(toSchema) : [];
}

function toSchema(value: unknown): Schema {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
