import { FlairgateClientError } from '../client-error.js';
import { type Answered, readAnswer } from './answer.js';
import { type ClientCredential, type CredentialSource, createCredentialSource } from './credential.js';

/** What a single call may be told. */
export interface CallOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Why a command is given, for the audit. Printable ASCII, at most 255 characters. */
  readonly reason?: string | undefined;
  /** For creates and rotations: the same key within 24 hours makes nothing twice. Default: a random one for each call. */
  readonly idempotencyKey?: string | undefined;
  /** The version that was read; the call is refused with 412 when there is a newer one. */
  readonly etag?: string | undefined;
  /** Only where there is nothing of this name yet; the call is refused with 412 where there is. Not with `etag`. */
  readonly isNew?: boolean | undefined;
}

/** A request, before anything about credentials. */
export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** Goes into the address: nothing secret. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Goes into the body, as JSON. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** A create or rotation, which the service remembers by its idempotency key. */
  readonly create?: boolean;
  /** The route asks for no credential. */
  readonly open?: boolean;
}

/** Sends a request and gives its answer. The type is the caller's word: it is the wire's. */
export type Send = <T>(request: Request, options?: CallOptions) => Promise<T>;

/** How requests are sent. */
export interface SendSettings {
  readonly url: string;
  readonly credential: ClientCredential;
  readonly fetch: typeof globalThis.fetch;
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly maxRetryWaitSeconds: number;
  readonly now: () => number;
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
}

type Headers = Readonly<Record<string, string>>;

/** A request with its headers and the signal of its caller. */
interface Call {
  readonly request: Request;
  readonly headers: Headers;
  readonly signal?: AbortSignal | undefined;
}

/** First pause after a failure that names none. */
const FIRST_PAUSE_MS = 250;

/** Makes the sender, and the source of its credential. */
export function createSender(settings: SendSettings): { readonly send: Send; readonly source: CredentialSource } {
  const exchange = (fields: Readonly<Record<string, string>>) =>
    withRetries(settings, true, undefined, () =>
      sendOnce(settings, { request: { method: 'POST', path: '/jwt', fields }, headers: {} }),
    );
  const source = createCredentialSource(settings.credential, exchange, settings.now);
  async function send<T>(request: Request, options: CallOptions = {}): Promise<T> {
    const headers = callHeaders(request, options);
    // What changes nothing, and what the service remembers by a key, may be sent again after any failure.
    const repeatable = request.method === 'GET' || headers['idempotency-key'] !== undefined;
    const call = { request, headers, signal: options.signal };
    const answered = await withRetries(settings, repeatable, options.signal, () =>
      sendAuthorized(settings, source, call),
    );
    return answered.body as T;
  }
  return { send, source };
}

function callHeaders({ create = false }: Request, { reason, idempotencyKey, etag, isNew }: CallOptions): Headers {
  return {
    ...(create ? { 'idempotency-key': idempotencyKey ?? newIdempotencyKey() } : {}),
    ...(reason === undefined ? {} : { 'x-reason': reason }),
    ...(etag === undefined ? {} : { 'if-match': `"${etag}"` }),
    ...(isNew === true ? { 'if-none-match': '*' } : {}),
  };
}

/** More than 128 random bits: by it a key that rotates itself asks again for a secret that was lost on the way. */
function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(18)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Sends with the credential; once more with a fresh token where the one at hand was refused, so nothing was done. */
async function sendAuthorized(settings: SendSettings, source: CredentialSource, call: Call): Promise<Answered> {
  const { request, headers, signal } = call;
  if (request.open === true) return sendOnce(settings, call);
  const first = await source.headers(signal);
  try {
    return await sendOnce(settings, { ...call, headers: { ...headers, ...first } });
  } catch (error) {
    if (!isTokenRefused(error) || !source.forget(first)) throw error;
    return sendOnce(settings, { ...call, headers: { ...headers, ...(await source.headers(signal)) } });
  }
}

function isTokenRefused(error: unknown): boolean {
  return error instanceof FlairgateClientError && error.code === 'ERR_TOKEN_INVALID';
}

async function sendOnce(settings: SendSettings, { request, headers, signal }: Call): Promise<Answered> {
  const { method, fields } = request;
  const timeout = AbortSignal.timeout(settings.timeoutMs);
  const body = fields === undefined ? {} : { body: JSON.stringify(fields) };
  try {
    const response = await settings.fetch(addressOf(settings.url, request), {
      method,
      ...body,
      headers: { accept: 'application/json', ...(fields && { 'content-type': 'application/json' }), ...headers },
      redirect: 'error',
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    return await readAnswer(response);
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    if (error instanceof FlairgateClientError) throw error;
    const message = timeout.aborted ? 'the service did not answer in time' : 'the service could not be reached';
    throw new FlairgateClientError(message, { status: undefined, cause: error });
  }
}

function addressOf(url: string, { path, query = {} }: Request): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return pairs.length === 0 ? url + path : `${url}${path}?${new URLSearchParams(pairs)}`;
}

/** Tries again after 429, which did nothing; after 503 and silence only what may be repeated. */
async function withRetries<T>(
  { maxRetries, maxRetryWaitSeconds, wait }: SendSettings,
  repeatable: boolean,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let retries = 0; ; retries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (retries >= maxRetries || !isTransient(error, repeatable)) throw error;
      const pauseMs =
        error.retryAfterSeconds === undefined ? FIRST_PAUSE_MS * 2 ** retries : error.retryAfterSeconds * 1000;
      if (pauseMs > maxRetryWaitSeconds * 1000) throw error;
      await wait(pauseMs, signal);
    }
  }
}

function isTransient(error: unknown, repeatable: boolean): error is FlairgateClientError {
  if (!(error instanceof FlairgateClientError)) return false;
  return error.status === 429 || (repeatable && (error.status === 503 || error.status === undefined));
}
