import { OptionError } from '../../../denial/errors.js';
import { type JsonObject, parseJsonObject } from '../text/json-object.js';

/** The platform's `fetch`, or a function with the same behavior. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Options of {@link fetchJson}. */
export interface FetchJsonOptions {
  readonly fetch: Fetch;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Form fields to send by POST. Without them, the request is a GET. */
  readonly form?: Readonly<Record<string, string>>;
  /** Additional headers. The headers are sent only to this URL, because redirects are not followed. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Signal that aborts the request. */
  readonly signal?: AbortSignal;
}

/**
 * Fetches one JSON object. Follows no redirects, sends no cookies, and reads at most `maxBytes`.
 *
 * @throws Error unless the response has status 200, contains a JSON object, and arrives in time.
 */
export async function fetchJson(url: string, options: FetchJsonOptions): Promise<JsonObject> {
  const { fetch, timeoutMs, maxBytes, form, headers, signal } = options;
  const late = AbortSignal.timeout(timeoutMs);
  const response = await fetch(url, {
    ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    redirect: 'error',
    credentials: 'omit',
    headers: { ...headers, accept: 'application/json' },
    signal: signal === undefined ? late : AbortSignal.any([late, signal]),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`answered with status ${response.status}`);
  }
  const document = parseJsonObject(await readBytes(response, maxBytes));
  if (document === undefined) throw new Error('answered with something else than a JSON object');
  return document;
}

async function readBytes({ body }: Response, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the stream.
    if (size > maxBytes) throw new Error(`answered with more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * True for a URL that keys may be fetched from: https, or http to this machine or to the hosts in `allowHttp`. The URL
 * must not contain a user name, a password or a fragment.
 */
export function isFetchable(text: string, allowHttp: readonly string[] = []): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, hash } = new URL(text);
  if (username !== '' || password !== '' || hash !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && (LOOPBACK.has(hostname) || allowHttp.includes(hostname)));
}

/** Asserts that a value is a list of host names. @throws OptionError for a host name with a port or a pattern */
export function assertHosts(option: string, hosts: unknown): void {
  const isList = Array.isArray(hosts) && hosts.length <= MAX_HOSTS;
  if (isList && hosts.every((host) => typeof host === 'string' && HOST_NAME.test(host))) return;
  throw new OptionError(`${option}: must be a list of host names without port, such as ['auth']`);
}

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);
const HOST_NAME = /^[a-z0-9][a-z0-9._-]{0,252}$/;
const MAX_HOSTS = 100;
