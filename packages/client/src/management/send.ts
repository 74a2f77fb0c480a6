import { FlairgateClientError } from '../client-error.js';
import { type Answered, readAnswer } from './answer.js';
import { type ClientCredential, type CredentialSource, createCredentialSource } from './credential.js';

/** Options of a single call. */
export interface CallOptions {
  /** Signal that aborts the call. The call then rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
  /** Reason for the command, stored in the audit. Printable ASCII, at most 255 characters. */
  readonly reason?: string | undefined;
  /**
   * Idempotency key of a create or rotation. If a call is repeated with the same idempotency key within 24 hours, the
   * repeated call creates nothing.
   *
   * @default random for each call
   */
  readonly idempotencyKey?: string | undefined;
  /** Version that the caller has read of the object to change. The service returns 412 if a newer version exists. */
  readonly etag?: string | undefined;
  /**
   * True to create an object, but never replace one. The service returns 412 if the name is taken. Cannot be combined
   * with `etag`.
   */
  readonly isNew?: boolean | undefined;
}

/** A request without credentials. */
export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Query parameters of the URL. Must contain no secret. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Fields of the JSON body. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /**
   * True for a create or rotation. Such a request has an idempotency key, by which the service recognizes a repeated
   * request.
   */
  readonly create?: boolean;
  /** True if the route needs no credential. */
  readonly open?: boolean;
}

/** Sends a request and returns the parsed response. The type of the response is not checked. */
export type Send = <T>(request: Request, options?: CallOptions) => Promise<T>;

/** Settings of {@link createSender}. */
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

/** A request, together with its headers and the caller's abort signal. */
interface ManagementCall {
  readonly request: Request;
  readonly headers: Headers;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Pause before the first retry, in milliseconds, if the service sends no `Retry-After`. Each further pause is twice as
 * long.
 */
const FIRST_PAUSE_MS = 250;

/** Creates the function that sends requests, and the source of the credential for these requests. */
export function createSender(settings: SendSettings): { readonly send: Send; readonly source: CredentialSource } {
  const exchange = (fields: Readonly<Record<string, string>>) =>
    withRetries(settings, true, undefined, () =>
      sendOnce(settings, { request: { method: 'POST', path: '/jwt', fields }, headers: {} }),
    );
  const source = createCredentialSource(settings.credential, exchange, settings.now);
  async function send<T>(request: Request, options: CallOptions = {}): Promise<T> {
    const headers = callHeaders(request, options);
    // Reads, and requests with an idempotency key, may be repeated after any failure.
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

/**
 * Returns a random idempotency key of 144 bits, which no other caller can guess. This matters if an API key rotates
 * itself and the response is lost. The call is then repeated with the same idempotency key, and the response to the
 * repeated call contains the new secret.
 */
function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(18)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Sends the request with the credential. If the token is refused, the request had no effect and is sent once more with
 * a new token.
 */
async function sendAuthorized(
  settings: SendSettings,
  source: CredentialSource,
  call: ManagementCall,
): Promise<Answered> {
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

async function sendOnce(settings: SendSettings, { request, headers, signal }: ManagementCall): Promise<Answered> {
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

/**
 * Calls `attempt`, and retries after some failures. After status 429, every request is retried, because a rate-limited
 * request had no effect. After 503 or a lost response, a request is retried only if it is `repeatable` (safe to
 * repeat).
 */
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
