import { FlairgateClientError } from './client-error.js';
import { assertInteger, assertKnownNames, assertUrl } from './option-checks.js';
import { requestToken, type Subject } from './token-exchange.js';
import { ACCESS_TOKEN_TYPE, API_KEY_TYPE } from './wire.js';

/** Credential headers of the request that a service is handling. */
export interface CallerCredential {
  readonly 'x-api-key'?: string | readonly string[] | undefined;
  readonly authorization?: string | undefined;
}

/** Options of {@link createServiceFetch}. */
export interface ServiceFetchOptions {
  /**
   * URL of the Flairgate service that issues the tokens. Must be an https URL. An http URL is allowed only for this
   * machine and for the hosts in `allowHttp`.
   */
  readonly url: string;
  /** Service key of the calling service. */
  readonly serviceKey: string;
  /** Name of the next service (the service to call). Tokens for the next service have this name as their audience. */
  readonly audience: string;
  /**
   * Permissions to which the token is limited.
   *
   * @default all permissions that the service key may exchange for this audience
   */
  readonly permissions?: readonly string[];
  /** Function that sends HTTP requests. @default the platform's `fetch` */
  readonly fetch?: typeof globalThis.fetch;
  /** Timeout for one exchange in milliseconds, 100 to 60,000. @default 5000 */
  readonly timeoutMs?: number;
  /** Maximum number of cached tokens, 1 to 1,000,000. @default 1000 */
  readonly maxCachedTokens?: number;
  /**
   * Names of Flairgate hosts that may be called by plain http, such as `auth` in a cluster whose proxy terminates TLS.
   * Anyone on the network between this service and such a host can read the secrets that are sent.
   *
   * @default none
   */
  readonly allowHttp?: readonly string[];
  /** Returns the current time in milliseconds since the Unix epoch. @default Date.now */
  readonly now?: () => number;
}

/** The caller on whose behalf the next service is called. */
export interface OnBehalfOf {
  /** Headers of the request that the service is handling. Only the credential is read. */
  readonly headers: CallerCredential;
  /** Restricts the token to one organization. */
  readonly oid?: string;
  /** IP address of the caller. Needed for keys that are restricted to address ranges. */
  readonly address?: string;
}

/**
 * Sends a request to the next service on behalf of a caller. The caller's own credential is never sent to that service.
 */
export type ServiceFetch = (caller: OnBehalfOf, url: string | URL, init?: RequestInit) => Promise<Response>;

const SERVICE_FETCH_OPTIONS: Readonly<Record<keyof ServiceFetchOptions, true>> = {
  url: true,
  serviceKey: true,
  audience: true,
  permissions: true,
  fetch: true,
  timeoutMs: true,
  maxCachedTokens: true,
  allowHttp: true,
  now: true,
};

/** Remaining lifetime in seconds below which a cached token is replaced. */
const FRESH_SECONDS = 30;

interface CachedToken {
  readonly token: string;
  /** Time from which the token is replaced, in milliseconds since the Unix epoch. */
  readonly until: number;
}

interface Exchanger extends Required<Omit<ServiceFetchOptions, 'permissions' | 'allowHttp'>> {
  readonly permissions: readonly string[] | undefined;
  readonly cache: Map<string, CachedToken>;
  readonly running: Map<string, Promise<CachedToken>>;
}

/**
 * Creates a `fetch` that calls the next service on behalf of a caller.
 *
 * Exchanges the caller's credential for a token whose audience is the next service. The token is cached for this
 * caller, organization and caller address, and is used until 30 seconds before it expires. If the next service returns
 * 401, the token is discarded, and the next call obtains a new token.
 *
 * In the headers of `init`, `authorization` is replaced by the token and `x-api-key` is removed. A redirect is an
 * error, because following the redirect would forward the token.
 *
 * @throws TypeError for an unknown option or a value out of range. Calls reject with FlairgateClientError when the
 * exchange is refused or fails.
 * @see RFC 8693
 * @example
 * const sensors = createServiceFetch({ url, serviceKey, audience: 'sensors' });
 * const response = await sensors({ headers: req.headers }, 'https://sensors.example/readings');
 */
export function createServiceFetch(options: ServiceFetchOptions): ServiceFetch {
  const exchanger = parseServiceFetchOptions(options);
  return async (caller, url, init = {}) => {
    const { id, subject } = await subjectOf(caller);
    const { token } = await tokenFor(exchanger, id, subject, caller);
    const headers = new Headers(init.headers);
    headers.delete('x-api-key');
    headers.set('authorization', `Bearer ${token}`);
    const { fetch } = exchanger;
    const response = await fetch(url, { ...init, headers, redirect: 'error', credentials: 'omit' });
    if (response.status === 401) forget(exchanger, id, token);
    return response;
  };
}

function parseServiceFetchOptions(options: ServiceFetchOptions): Exchanger {
  assertKnownNames('createServiceFetch', options, SERVICE_FETCH_OPTIONS);
  const { url, serviceKey, audience, permissions, now = Date.now } = options;
  const { fetch = globalThis.fetch, timeoutMs = 5000, maxCachedTokens = 1000 } = options;
  assertUrl(url, options.allowHttp);
  if (typeof serviceKey !== 'string' || serviceKey === '')
    throw new TypeError('serviceKey: must be a non-empty string');
  if (typeof audience !== 'string' || audience === '') throw new TypeError('audience: must be a non-empty string');
  assertInteger('timeoutMs', timeoutMs, 100, 60_000);
  assertInteger('maxCachedTokens', maxCachedTokens, 1, 1_000_000);
  return {
    url: url.replace(/\/+$/, ''),
    serviceKey,
    audience,
    permissions,
    fetch,
    timeoutMs,
    maxCachedTokens,
    now,
    cache: new Map(),
    running: new Map(),
  };
}

/**
 * Returns the caller's credential, and the key under which its token is cached. This cache key is a digest, so that the
 * cache contains no credential of a caller.
 */
async function subjectOf({ headers, oid, address }: OnBehalfOf): Promise<{ id: string; subject: Subject }> {
  const subject = readCredential(headers);
  const text = JSON.stringify([subject.type, subject.token, oid ?? null, address ?? null]);
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  const id = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { id, subject };
}

function readCredential(headers: CallerCredential): Subject {
  const { authorization, 'x-api-key': key } = headers;
  if (typeof key === 'string' && key !== '' && authorization === undefined) return { token: key, type: API_KEY_TYPE };
  const bearer = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization ?? '')?.[1];
  if (bearer !== undefined && key === undefined) return { token: bearer, type: ACCESS_TOKEN_TYPE };
  throw new FlairgateClientError('the request being answered must carry exactly one credential', { status: undefined });
}

async function tokenFor(exchanger: Exchanger, id: string, subject: Subject, caller: OnBehalfOf): Promise<CachedToken> {
  const { cache, running, now, maxCachedTokens } = exchanger;
  const held = cache.get(id);
  if (held !== undefined && held.until > now()) return held;
  const shared = running.get(id) ?? exchange(exchanger, subject, caller).finally(() => running.delete(id));
  running.set(id, shared);
  const fresh = await shared;
  cache.delete(id);
  cache.set(id, fresh);
  const [oldest] = cache.keys();
  if (cache.size > maxCachedTokens && oldest !== undefined) cache.delete(oldest);
  return fresh;
}

function forget({ cache }: Exchanger, id: string, token: string): void {
  if (cache.get(id)?.token === token) cache.delete(id);
}

async function exchange(exchanger: Exchanger, subject: Subject, { oid, address }: OnBehalfOf): Promise<CachedToken> {
  const { now, ...asking } = exchanger;
  const askedAt = now();
  const { access_token: token, expires_in: seconds } = await requestToken({ ...asking, subject, oid, address });
  return { token, until: askedAt + Math.max(0, seconds - FRESH_SECONDS) * 1000 };
}
