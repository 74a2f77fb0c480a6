import { FlairgateClientError } from '@flairgate/client';

/** Ways to sign in that the service offers: with a key, or with an identity provider. */
export interface SignInOffer {
  readonly key: boolean;
  readonly oidc?: { readonly label: string };
}

/** A token for the session that the browser's cookie identifies. */
export interface SessionToken {
  readonly jwt: string;
  /** Id of the user who signed in. */
  readonly uid: string;
}

/** Address of the page that starts the sign-in with the identity provider. */
export const START_PAGE = 'session/start';

/**
 * Reads the ways to sign in that the service offers. If the request fails, returns only the sign-in with a key, which
 * works without the identity provider.
 */
export async function readOffer(): Promise<SignInOffer> {
  try {
    const offer = await sendToService('session/options', { method: 'GET' });
    const label = textIn(Object(offer.oidc), 'label');
    return { key: offer.key !== false, ...(label === undefined ? {} : { oidc: { label } }) };
  } catch {
    return { key: true };
  }
}

/**
 * Requests a token for the session that the browser's cookie identifies. If `oid` is empty, the token is valid in all
 * organizations of the user. If `oid` is `-`, the token is valid in no organization.
 */
export async function requestSessionToken(oid: string): Promise<SessionToken> {
  const answer = await sendToService('session/token', { method: 'POST', fields: oid === '' ? {} : { oid } });
  return { jwt: textIn(answer, 'jwt') ?? '', uid: textIn(answer, 'uid') ?? '' };
}

/** Ends the session that the browser's cookie identifies. */
export async function deleteSession(): Promise<void> {
  await sendToService('session', { method: 'DELETE' });
}

interface Sent {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly fields?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 10_000;

async function sendToService(path: string, { method, fields }: Sent): Promise<Readonly<Record<string, unknown>>> {
  const body = fields === undefined ? {} : { body: JSON.stringify(fields) };
  let response: Response;
  try {
    response = await fetch(new URL(path, document.baseURI), {
      method,
      ...body,
      headers: { accept: 'application/json', ...(fields && { 'content-type': 'application/json' }) },
      redirect: 'error',
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (cause) {
    throw new FlairgateClientError('the service could not be reached', { status: undefined, cause });
  }
  const answer: Readonly<Record<string, unknown>> = Object(await response.json().catch(() => undefined));
  if (response.ok) return answer;
  const message = textIn(answer, 'detail') ?? `the service answered ${response.status}`;
  throw new FlairgateClientError(message, { status: response.status, code: textIn(answer, 'code') });
}

function textIn(value: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const member = value[name];
  return typeof member === 'string' ? member : undefined;
}
