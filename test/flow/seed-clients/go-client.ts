/** Configuration of a client of LimaCharlie's Go SDK. */
export interface GoOptions {
  readonly url: string;
  readonly oid: string;
  readonly secret: string;
  readonly uid?: string;
}

type Form = Readonly<Record<string, unknown>>;

export interface GoRequest {
  readonly form?: Form;
  readonly values?: readonly (readonly [string, string])[];
  readonly query?: Form;
}

/** The client: one method sends a request by the SDK's rules, another decodes its answer by Go's. */
export interface GoClient {
  readonly oid: string;
  /** Requests on the wire since the last call of it, exchanges of the key left out. */
  takeCount(): number;
  call<T>(verb: string, path: string, request: GoRequest, shape: GoType): Promise<T>;
}

/** A type of a Go struct, as far as `encoding/json` looks at it. */
export type GoType =
  | 'string'
  | 'int'
  | 'bool'
  | 'any'
  | 'nothing'
  | { readonly list: GoType }
  | { readonly map: GoType }
  | { readonly struct: Readonly<Record<string, GoType>> }
  | { readonly custom: (value: unknown) => void };

/** Error of the client: what `RESTError` says, with the body in it. */
export class GoError extends Error {
  override readonly name = 'GoError';
}

const ATTEMPTS = 4;

/**
 * Creates a client that puts requests on the wire as the SDK does: a key exchanged by form, `bearer`, forms from JSON
 * values, and up to four attempts for whatever is not 200 or cannot be decoded.
 */
export function createGoClient({ url, oid, secret, uid }: GoOptions): GoClient {
  let jwt = '';
  let count = 0;
  const refresh = async () => {
    const form = new URLSearchParams({ secret, ...(uid === undefined ? {} : { uid }), oid });
    form.sort();
    const answer = await fetch(url, { method: 'POST', body: form });
    if (answer.status !== 200) throw new GoError(`${answer.status}`);
    jwt = ((await answer.json()) as { jwt: string }).jwt;
  };
  const attempt = async <T>(verb: string, path: string, request: GoRequest, shape: GoType): Promise<T | number> => {
    count += 1;
    const body =
      request.values === undefined ? toForm(request.form) : new URLSearchParams(request.values.map((p) => [...p]));
    const query = toForm(request.query);
    const answer = await fetch(`${url}/v1/${path}${query === undefined ? '' : `?${query}`}`, {
      method: verb,
      headers: { authorization: `bearer ${jwt}`, 'user-agent': 'limacharlie-sdk' },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    if (answer.status !== 200) throw Object.assign(new GoError(`${answer.status}: ${text}`), { status: answer.status });
    if (shape !== 'nothing') decode(shape, JSON.parse(text), 'answer');
    return JSON.parse(text) as T;
  };
  return {
    oid,
    takeCount() {
      const taken = count;
      count = 0;
      return taken;
    },
    async call<T>(verb: string, path: string, request: GoRequest, shape: GoType) {
      if (jwt === '') await refresh();
      let failure: unknown;
      for (let left = ATTEMPTS; left > 0; left -= 1) {
        try {
          return (await attempt<T>(verb, path, request, shape)) as T;
        } catch (error) {
          failure = error;
          if (error instanceof GoError && Reflect.get(error, 'status') === 401) await refresh();
        }
      }
      throw failure;
    },
  };
}

/** The SDK's `getStringKV`: objects become JSON text, lists repeated fields, and everything else what `%v` writes. */
function toForm(data: Form | undefined): URLSearchParams | undefined {
  const entries = Object.entries(data ?? {});
  if (entries.length === 0) return undefined;
  const form = new URLSearchParams();
  for (const [name, value] of entries) {
    if (Array.isArray(value)) for (const item of value) form.append(name, print(item));
    else form.append(name, typeof value === 'object' && value !== null ? JSON.stringify(value) : print(value));
  }
  form.sort();
  return form;
}

function print(value: unknown): string {
  return value === null || value === undefined ? '<nil>' : String(value);
}

/** Go's rules: null and absent members are zero values, unknown members are left out, any other type is an error. */
function decode(type: GoType, value: unknown, place: string): void {
  if (value === null || value === undefined || type === 'any' || type === 'nothing') return;
  if (typeof type === 'string') decodePlain(type, value, place);
  else if ('custom' in type) type.custom(value);
  else if ('list' in type) decodeList(type.list, value, place);
  else decodeObject(type, value, place);
}

function decodeList(type: GoType, value: unknown, place: string): void {
  if (!Array.isArray(value)) throw new GoError(`${place}: not a list`);
  for (const [at, item] of value.entries()) decode(type, item, `${place}[${at}]`);
}

type ObjectType = Extract<GoType, { readonly map: GoType } | { readonly struct: object }>;

function decodeObject(type: ObjectType, value: unknown, place: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new GoError(`${place}: not an object`);
  for (const [name, member] of Object.entries(value)) {
    const inner = 'map' in type ? type.map : (type.struct[name] ?? 'any');
    decode(inner, member, `${place}.${name}`);
  }
}

function decodePlain(type: 'string' | 'int' | 'bool', value: unknown, place: string): void {
  const fits = type === 'int' ? Number.isInteger(value) : typeof value === (type === 'bool' ? 'boolean' : 'string');
  if (!fits) throw new GoError(`${place}: cannot decode ${typeof value} into ${type}`);
}
