import { FlairgateClientError } from './client-error.js';
import { TOKEN_EXCHANGE_GRANT, type TokenAnswer } from './wire.js';

/** A caller's credential and its token type (RFC 8693). */
export interface Subject {
  readonly token: string;
  readonly type: string;
}

export interface TokenRequest {
  readonly url: string;
  readonly serviceKey: string;
  readonly audience: string;
  readonly permissions: readonly string[] | undefined;
  readonly oid: string | undefined;
  readonly address: string | undefined;
  readonly subject: Subject;
  readonly fetch: typeof globalThis.fetch;
  readonly timeoutMs: number;
}

/** Exchanges a caller's credential for a token that is valid at the service `audience`. @throws FlairgateClientError */
export async function requestToken(request: TokenRequest): Promise<TokenAnswer> {
  const { url, serviceKey, audience, permissions, oid, address, subject, fetch, timeoutMs } = request;
  const form = new URLSearchParams({
    grant_type: TOKEN_EXCHANGE_GRANT,
    subject_token: subject.token,
    subject_token_type: subject.type,
    audience,
    ...(permissions === undefined ? {} : { scope: permissions.join(' ') }),
    ...(oid === undefined ? {} : { oid }),
    ...(address === undefined ? {} : { address }),
  });
  return sendRequest(() =>
    fetch(`${url}/oauth/token`, {
      method: 'POST',
      body: form,
      headers: { 'x-api-key': serviceKey, accept: 'application/json' },
      redirect: 'error',
      credentials: 'omit',
      signal: AbortSignal.timeout(timeoutMs),
    }),
  );
}

async function sendRequest(send: () => Promise<Response>): Promise<TokenAnswer> {
  try {
    const response = await send();
    const body: unknown = await response.json();
    if (response.ok && isTokenAnswer(body)) return body;
    throw new FlairgateClientError(`the exchange was refused: ${errorOf(body)}`, { status: response.status });
  } catch (error) {
    if (error instanceof FlairgateClientError) throw error;
    throw new FlairgateClientError('the exchange request failed', { status: undefined, cause: error });
  }
}

function isTokenAnswer(body: unknown): body is TokenAnswer {
  if (typeof body !== 'object' || body === null) return false;
  const {
    access_token: token,
    expires_in: seconds,
    token_type: type,
  }: Partial<Record<keyof TokenAnswer, unknown>> = body;
  return typeof token === 'string' && token !== '' && typeof seconds === 'number' && type === 'Bearer';
}

/** Returns only the OAuth error name, because other members of the response could contain a secret. */
function errorOf(body: unknown): string {
  const error: unknown = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  return typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? error : 'no reason was given';
}
