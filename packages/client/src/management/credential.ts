import { unlessAborted } from './abort.js';
import type { Answered } from './answer.js';

/** Credential that a client acts with. */
export type ClientCredential =
  /** An organization key, exchanged for a token for its organization. */
  | { readonly kind: 'organization-key'; readonly oid: string; readonly key: string }
  /**
   * A user's key, exchanged for a token that is valid in the organization `oid`. Without `oid`, the token is valid in
   * all organizations of the user. If `oid` is `-`, the token is valid in no organization.
   */
  | { readonly kind: 'user-key'; readonly uid: string; readonly key: string; readonly oid?: string }
  /** Any key. It is sent unchanged with every call and never exchanged. */
  | { readonly kind: 'key'; readonly key: string }
  /**
   * A token from the host program. The client calls the function `token` for every request, and again if the service
   * refuses the token.
   */
  | { readonly kind: 'token'; readonly token: () => string | Promise<string> }
  /**
   * A token that the host program renews. The client keeps the token until it expires within 30 seconds or the service
   * refuses it. The client then calls the function `renew` for a new token.
   */
  | { readonly kind: 'renewed-token'; readonly renew: () => Promise<string> };

/** A credential that can be exchanged at `/jwt`. */
export type ExchangeableCredential = Extract<ClientCredential, { readonly kind: 'organization-key' | 'user-key' }>;

/** Provides the credential headers for each call and discards refused tokens. */
export interface CredentialSource {
  readonly token: (signal?: AbortSignal) => Promise<string>;
  readonly headers: (signal?: AbortSignal) => Promise<Readonly<Record<string, string>>>;
  /** Discards the token in these headers, which the service refused. Returns true if a new token can be obtained. */
  readonly forget: (headers: Readonly<Record<string, string>>) => boolean;
  /** Discards the cached token, so that the next call obtains a new one. */
  readonly renew: () => void;
}

/** Exchanges a key for a token. */
export type Exchange = (fields: Readonly<Record<string, string>>) => Promise<Answered>;

/** Remaining lifetime in seconds below which a cached token is replaced. */
const FRESH_SECONDS = 30;

/** Creates the source of the credential headers for the calls of a client. */
export function createCredentialSource(
  credential: ClientCredential,
  exchange: Exchange,
  now: () => number,
): CredentialSource {
  if (credential.kind === 'key') return fromKey(credential.key);
  if (credential.kind === 'token') return fromFunction(credential.token);
  if (credential.kind === 'renewed-token') return fromRenewal(credential.renew, now);
  const fields = fieldsOf(credential);
  return fromRenewal(async () => textMember((await exchange(fields)).body, 'jwt'), now);
}

function fromKey(key: string): CredentialSource {
  return {
    headers: async () => ({ 'x-api-key': key }),
    token: () => Promise.reject(new TypeError('credential.kind: must not be `key`, which has no token')),
    forget: () => false,
    renew: () => undefined,
  };
}

function fromFunction(token: () => string | Promise<string>): CredentialSource {
  const ask = async (signal?: AbortSignal) => unlessAborted(Promise.resolve(token()), signal);
  return {
    token: ask,
    headers: async (signal) => bearer(await ask(signal)),
    forget: () => true,
    renew: () => undefined,
  };
}

interface CachedToken {
  readonly token: string;
  /** Time from which the token is replaced, in milliseconds since the Unix epoch. */
  readonly until: number;
}

function fromRenewal(renewed: () => Promise<string>, now: () => number): CredentialSource {
  let held: CachedToken | undefined;
  let running: Promise<CachedToken> | undefined;
  async function ask(): Promise<CachedToken> {
    const askedAt = now();
    const token = await renewed();
    return { token, until: askedAt + (lifetimeSeconds(token) - FRESH_SECONDS) * 1000 };
  }
  /**
   * Obtains a token. If `renew` is called before the token arrives, the calls that wait for the token still get it, but
   * it is not cached.
   */
  function begin(): Promise<CachedToken> {
    const begun = ask()
      .then((fresh) => {
        if (running === begun) held = fresh;
        return fresh;
      })
      .finally(() => {
        if (running === begun) running = undefined;
      });
    return begun;
  }
  async function token(signal?: AbortSignal): Promise<string> {
    if (held !== undefined && now() < held.until) return held.token;
    running ??= begin();
    return (await unlessAborted(running, signal)).token;
  }
  return {
    token,
    headers: async (signal) => bearer(await token(signal)),
    forget(headers) {
      if (held !== undefined && headers.authorization === bearer(held.token).authorization) held = undefined;
      return true;
    },
    renew() {
      held = undefined;
      running = undefined;
    },
  };
}

function fieldsOf(credential: ExchangeableCredential): Readonly<Record<string, string>> {
  const { key: secret, oid } = credential;
  const place = oid === undefined ? {} : { oid };
  return credential.kind === 'user-key' ? { secret, uid: credential.uid, ...place } : { secret, ...place };
}

function bearer(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` };
}

/**
 * Returns the lifetime of a token in seconds, from the claims `exp` and `iat`. Returns 0 for a token that cannot be
 * read. The token is not verified, because the client only sends it back to its issuer.
 */
function lifetimeSeconds(token: string): number {
  const payload = token.split('.')[1] ?? '';
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    return numberMember(claims, 'exp') - numberMember(claims, 'iat');
  } catch {
    return 0;
  }
}

function textMember(value: unknown, name: string): string {
  const member: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return typeof member === 'string' ? member : '';
}

function numberMember(value: unknown, name: string): number {
  const member: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return typeof member === 'number' ? member : 0;
}
